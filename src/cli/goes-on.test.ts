import { expect } from 'chai';
import type { Deployment } from './api/types.ts';
import { goesOn } from './goes-on.ts';

const at = (phase: Deployment['phase']) =>
  goesOn('teal', {
    id: '0192b3c4-0000-7000-8000-000000000001',
    version: '2',
    phase,
    descriptor: { appName: 'man', newVersion: '#', podspec: { containers: [] } },
  });

describe('what is said of a deployment for which nobody waits any more', () => {
  const said: [phase: Deployment['phase'], text: string][] = [
    ['verifying', 'man 2 goes on; follow it: teal logs -f 0192b3c4-0000; stop it: teal cancel 0192b3c4-0000'],
    ['waiting', 'man 2 waits for a promotion: teal promote man, or teal abort man'],
    ['serving', 'man 2 serves, and the version before it still drains: teal status man'],
    ['draining', 'man 2 has no traffic any more and is on its way out: teal status man'],
    ['cleaning-up', 'man 2 does not serve, and what it made is being removed; follow it: teal logs -f 0192b3c4-0000'],
  ];
  for (const [phase, text] of said) it(`while it is ${phase}`, () => expect(at(phase)).to.equal(text));
});
