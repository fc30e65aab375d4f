import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { exportJWK, SignJWT, type JWK } from 'jose';
import type { Logger } from '../lib/log.ts';
import { silentLogger } from '../lib/log.ts';
import type { Problem } from '../lib/problem.ts';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.ts';
import { createPrincipalCache } from './cache.ts';
import { maxAgeOf } from './fetch-key-set.ts';
import { createKeySet, keySetTimes, type FetchedKeySet } from './key-set.ts';
import { createVerifier } from './verify.ts';

const minute = 60_000;

interface Signer {
  kid: string;
  jwk: JWK;
  sign(): Promise<string>;
}

async function signer(kid: string, clock: FakeClock): Promise<Signer> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    kid,
    jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' },
    sign: () =>
      new SignJWT({ sub: 'ann' })
        .setProtectedHeader({ alg: 'ES256', kid })
        .setExpirationTime(Math.floor(clock.now() / 1000) + 86_400)
        .sign(privateKey),
  };
}

describe('a key set', () => {
  let clock: FakeClock;
  let one: Signer;
  let two: Signer;
  let provider: { keys: JWK[]; maxAgeMs?: number; fetches: number; answer?: () => Promise<FetchedKeySet> };
  let warnings: string[];
  const log: Logger = { ...silentLogger, warn: (message, fields) => warnings.push(`${message}: ${String(fields?.['error'])}`) };

  beforeEach(async () => {
    clock = createFakeClock();
    [one, two] = await Promise.all([signer('1', clock), signer('2', clock)]);
    provider = { keys: [one.jwk], fetches: 0 };
    warnings = [];
  });

  async function open() {
    const keys = createKeySet({
      clock,
      log,
      fetch: async () => {
        provider.fetches++;
        if (provider.answer) return provider.answer();
        return { jwks: { keys: provider.keys }, ...(provider.maxAgeMs === undefined ? {} : { maxAgeMs: provider.maxAgeMs }) };
      },
    });
    await clock.advance(0);
    const verify = createVerifier(keys, {}, clock);
    const asked = async (token: string): Promise<string> =>
      verify(token).then(
        () => 'let in',
        (error: unknown) => (error as Problem).code,
      );
    return { keys, asked };
  }
  const away = () => Promise.reject(new Error('connect ECONNREFUSED'));

  it('is fetched at the start and serves its keys without being asked for again', async () => {
    const { asked } = await open();
    for (let count = 0; count < 5; count++) expect(await asked(await one.sign())).to.equal('let in');
    expect(await asked(await two.sign())).to.equal('UNAUTHENTICATED');
    expect(provider.fetches).to.equal(1);
  });

  it('learns a new key, once the cool-down is over', async () => {
    const { asked } = await open();
    provider.keys = [one.jwk, two.jwk];
    expect(await asked(await two.sign())).to.equal('UNAUTHENTICATED');
    await clock.advance(keySetTimes.cooldown);
    expect(await asked(await two.sign())).to.equal('let in');
    expect(await asked(await one.sign())).to.equal('let in');
    expect(provider.fetches).to.equal(2);
  });

  it('is asked for once per cool-down, however many tokens name keys that nobody knows', async () => {
    const { asked } = await open();
    const strange = await Promise.all(Array.from({ length: 50 }, (_, n) => signer(`random-${n}`, clock).then(({ sign }) => sign())));
    for (let round = 1; round <= 3; round++) {
      await clock.advance(keySetTimes.cooldown);
      expect(new Set(await Promise.all(strange.map(asked)))).to.deep.equal(new Set(['UNAUTHENTICATED']));
      for (const token of strange) expect(await asked(token)).to.equal('UNAUTHENTICATED');
      expect(provider.fetches).to.equal(1 + round);
    }
  });

  it('refuses a removed key within the max age, also for tokens that were verified before', async () => {
    const { keys, asked } = await open();
    const cache = createPrincipalCache({ clock });
    const token = await one.sign();
    await clock.advance(keySetTimes.maxAge - 1);
    expect(await asked(token)).to.equal('let in');
    cache.put(token, { name: 'ann', role: 'viewer', namespaces: [] }, keys.trustedUntil());
    provider.keys = [two.jwk];
    await clock.advance(1);
    expect(cache.get(token)).to.equal(undefined);
    expect(await asked(token)).to.equal('UNAUTHENTICATED');
  });

  for (const [title, maxAgeMs, keptMs] of [
    ['as long as the provider says', 2 * minute, 2 * minute],
    ['for the cool-down at least', 0, keySetTimes.cooldown],
    ['for the max age at most', 24 * 60 * minute, keySetTimes.maxAge],
  ] as const)
    it(`is kept ${title}`, async () => {
      provider.maxAgeMs = maxAgeMs;
      const { asked } = await open();
      await clock.advance(keptMs - 1);
      await asked(await one.sign());
      expect(provider.fetches).to.equal(1);
      await clock.advance(1);
      await asked(await one.sign());
      expect(provider.fetches).to.equal(2);
    });

  it('goes on with the last set while the provider is away, for an hour and no longer', async () => {
    const { asked } = await open();
    provider.answer = away;
    await clock.advance(keySetTimes.maxAge);
    expect(await asked(await one.sign())).to.equal('let in');
    expect(await asked(await two.sign())).to.equal('UNAVAILABLE');
    await clock.advance(keySetTimes.stale - keySetTimes.maxAge - 1);
    expect(await asked(await one.sign())).to.equal('let in');
    await clock.advance(1);
    expect(await asked(await one.sign())).to.equal('UNAVAILABLE');
    delete provider.answer;
    await clock.advance(keySetTimes.retry);
    expect(await asked(await one.sign())).to.equal('let in');
    expect(warnings).to.deep.equal(['the key set of the tokens cannot be fetched: connect ECONNREFUSED']);
  });

  it('makes nobody wait for a provider that hangs while there is a set to go on with', async () => {
    const { asked } = await open();
    provider.answer = away;
    await clock.advance(keySetTimes.maxAge);
    await asked(await one.sign());
    provider.answer = () => new Promise(() => undefined);
    await clock.advance(keySetTimes.retry);
    for (let count = 0; count < 3; count++) expect(await asked(await one.sign())).to.equal('let in');
    expect(provider.fetches).to.equal(3);
  });

  it('says UNAVAILABLE with a time when there was never one, and tries again after that', async () => {
    provider.answer = away;
    const { keys, asked } = await open();
    for (let count = 0; count < 20; count++) expect(await asked(await one.sign())).to.equal('UNAVAILABLE');
    expect(provider.fetches).to.equal(1);
    const problem = await createVerifier(keys, {}, clock)(await one.sign()).catch((error: unknown) => error as Problem);
    expect(problem).to.have.property('retryAfter', 5);
    delete provider.answer;
    await clock.advance(keySetTimes.retry);
    expect(await asked(await one.sign())).to.equal('let in');
  });

  for (const [title, jwks] of [
    ['nothing', undefined],
    ['a text', 'keys'],
    ['no array', { keys: {} }],
    ['keys that are no objects', { keys: ['a', 1, null] }],
  ] as const)
    it(`passes over an answer that is no key set: ${title}`, async () => {
      const { asked } = await open();
      provider.answer = () => Promise.resolve({ jwks });
      await clock.advance(keySetTimes.maxAge);
      expect(await asked(await one.sign())).to.equal('let in');
      expect(warnings).to.have.length(1);
    });

  it('takes an empty set for one without keys', async () => {
    const { asked } = await open();
    provider.keys = [];
    await clock.advance(keySetTimes.maxAge);
    expect(await asked(await one.sign())).to.equal('UNAUTHENTICATED');
  });

  it('never verifies with a shared secret, a private key, a key for encryption or an RSA key under 2048 bits', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const weak = await exportJWK(publicKey);
    provider.keys = [
      { kty: 'oct', kid: 'oct', k: Buffer.from('a secret of thirty-two bytes or more').toString('base64url'), alg: 'HS256' },
      { ...weak, kid: 'weak', alg: 'RS256' },
      { ...one.jwk, use: 'enc' },
    ];
    const { asked } = await open();
    const sign = (alg: string, kid: string, key: Parameters<SignJWT['sign']>[0]) =>
      new SignJWT({ sub: 'ann' }).setProtectedHeader({ alg, kid }).setExpirationTime('1y').sign(key);
    const secret = new TextEncoder().encode('a secret of thirty-two bytes or more');
    expect(await asked(await sign('HS256', 'oct', secret))).to.equal('UNAUTHENTICATED');
    const head = Buffer.from('{"alg":"RS256","kid":"weak"}').toString('base64url');
    const body = Buffer.from('{"sub":"ann","exp":9999999999}').toString('base64url');
    const { sign: rsaSign } = await import('node:crypto');
    const signature = rsaSign('sha256', Buffer.from(`${head}.${body}`), privateKey).toString('base64url');
    expect(await asked(`${head}.${body}.${signature}`)).to.equal('UNAUTHENTICATED');
    expect(await asked(await one.sign())).to.equal('UNAUTHENTICATED');
  });
});

describe('the max age of an answer', () => {
  for (const [header, expected] of [
    ['', undefined],
    ['max-age=60', 60_000],
    ['public, max-age="60", must-revalidate', 60_000],
    ['no-store', 0],
    ['max-age=600, no-cache', 0],
    ['max-age=-1', undefined],
    ['max-age=soon', undefined],
  ] as const)
    it(`"${header}"`, () => expect(maxAgeOf(header)).to.equal(expected));
});
