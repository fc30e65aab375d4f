import { expect } from 'chai';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createPrincipalCache } from './cache.ts';
import type { Principal } from './principal.ts';

describe('the cache of principals', () => {
  const clock = createFakeClock();
  const ending = (afterMs: number): Principal => ({ name: 'ann', role: 'viewer', namespaces: [], expiresAtMs: clock.now() + afterMs });

  it('knows a token until it ends', async () => {
    const cache = createPrincipalCache({ clock });
    const principal = ending(1000);
    cache.put('a', principal, Infinity);
    await clock.advance(999);
    expect(cache.get('a')).to.equal(principal);
    expect(cache.get('b')).to.equal(undefined);
    await clock.advance(1);
    expect(cache.get('a')).to.equal(undefined);
  });

  it('knows it no longer than its key is trusted', async () => {
    const cache = createPrincipalCache({ clock });
    cache.put('a', ending(60_000), clock.monotonic() + 500);
    await clock.advance(499);
    expect(cache.get('a')).to.not.equal(undefined);
    await clock.advance(1);
    expect(cache.get('a')).to.equal(undefined);
  });

  it('holds so many, and lets go first of what was asked for longest ago', () => {
    const cache = createPrincipalCache({ clock, size: 3 });
    for (const token of ['a', 'b', 'c']) cache.put(token, ending(1000), Infinity);
    cache.get('a');
    cache.put('d', ending(1000), Infinity);
    expect(['a', 'b', 'c', 'd'].filter(token => cache.get(token) !== undefined)).to.deep.equal(['a', 'c', 'd']);
  });
});
