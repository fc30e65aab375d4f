import { createHmac, generateKeyPairSync, sign as signWith } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CompactEncrypt, exportJWK } from 'jose';
import { Problem } from '../lib/problem.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createGate, type Gate, type GateSettings } from './gate.ts';
import { makeToken, type TokenWish } from './make-token.ts';
import { may, type Principal } from './principal.ts';

const names = { jwtNamespacesClaim: 'namespaces', jwtRolesClaim: 'roles' };
const secret = 'a secret of thirty-two bytes or more';
const clock = createFakeClock();
const now = clock.now() / 1000;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string;

const part = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
/** By hand, so that every wrong token can be made. A text goes in as it stands. */
const hs256 = (claims: unknown, header: unknown = { alg: 'HS256' }, key = secret): string => {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
};
const rs256 = (claims: unknown, header: unknown = { alg: 'RS256' }): string => {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${signWith('sha256', Buffer.from(input), rsa.privateKey).toString('base64url')}`;
};
const good = { sub: 'ann', exp: now + 300, namespaces: ['shop'], roles: ['deployer'] };

describe('the gate', () => {
  let dir: string;
  let bySecret: GateSettings;
  let byKey: GateSettings;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'teal-gate-'));
    await writeFile(join(dir, 'secret'), `${secret}\n`);
    await writeFile(join(dir, 'public.pem'), publicPem);
    await writeFile(join(dir, 'private.pem'), rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    bySecret = { jwtSecretFile: join(dir, 'secret'), ...names };
    byKey = { jwtPublicKeyFile: join(dir, 'public.pem'), ...names };
  });
  after(() => rm(dir, { recursive: true }));

  const asked = (gate: Gate, token: string): Promise<Principal> => gate.authenticate({ authorization: [`Bearer ${token}`] });

  async function outcome(settings: GateSettings, token: string): Promise<string> {
    try {
      await asked(await createGate(settings, { clock }), token);
      return 'let in';
    } catch (error) {
      expect(error).to.be.instanceOf(Problem);
      return `${(error as Problem).status} ${(error as Problem).message}`;
    }
  }

  it('lets everybody in as anonymous admin when no key is configured', async () => {
    const gate = await createGate(names);
    expect(gate.enforced).to.equal(false);
    expect(await gate.authenticate({})).to.deep.equal({ name: 'anonymous', role: 'admin', namespaces: 'all' });
  });

  it('reads name, role, namespaces and end of life from the token', async () => {
    const principal = await asked(await createGate(bySecret, { clock }), hs256(good));
    expect(principal).to.deep.equal({ name: 'ann', role: 'deployer', namespaces: ['shop'], expiresAtMs: good.exp * 1000 });
  });

  it('asks for a token', async () => {
    const gate = await createGate(bySecret);
    const failure = await gate.authenticate({}).catch((error: unknown) => error as Problem);
    expect(failure).to.include({ status: 401, message: 'send a token: Authorization: Bearer <token>' });
  });

  const claim = (name: string) => `401 the token's claim ${name} is missing or not the expected one`;
  const notOurs = '401 the token is not signed with the key of this server';
  const notAllowed = '401 the token is signed with an algorithm that the key is not for';
  const broken = '401 the token is not valid';
  const otherType = '401 the token is of another type (typ) than JWT or at+jwt';

  describe('with a secret', () => {
    const rows: [title: string, token: () => string, outcome: string][] = [
      ['as it should be', () => hs256(good), 'let in'],
      ['with typ JWT', () => hs256(good, { alg: 'HS256', typ: 'JWT' }), 'let in'],
      ['with typ at+jwt in another letter case', () => hs256(good, { alg: 'HS256', typ: 'AT+JWT' }), 'let in'],
      ['with typ as a media type', () => hs256(good, { alg: 'HS256', typ: 'application/at+jwt' }), 'let in'],
      ['of another type', () => hs256(good, { alg: 'HS256', typ: 'logout+jwt' }), otherType],
      ['with a typ that is no text', () => hs256(good, { alg: 'HS256', typ: 7 }), otherType],
      ['no token at all', () => 'nonsense', broken],
      ['two parts', () => 'a.b', broken],
      ['alg none', () => `${part({ alg: 'none' })}.${part(good)}.`, notAllowed],
      ['alg None', () => `${part({ alg: 'None' })}.${part(good)}.`, notAllowed],
      ['no alg', () => hs256(good, {}), broken],
      ['an empty signature', () => hs256(good).replace(/[^.]*$/, ''), notOurs],
      ['half a signature', () => hs256(good).slice(0, -11), notOurs],
      ['claims changed after signing', () => hs256(good).replace(/\.[^.]*\./, `.${part({ ...good, roles: ['admin'] })}.`), notOurs],
      ['another secret', () => hs256(good, undefined, 'another secret of thirty-two bytes'), notOurs],
      ['HS512', () => hs256(good, { alg: 'HS512' }), notAllowed],
      ['RS256', () => rs256(good), notAllowed],
      ['a kid, which does not matter here', () => hs256(good, { alg: 'HS256', kid: '../../etc/passwd' }), 'let in'],
      ['an unknown crit', () => hs256(good, { alg: 'HS256', crit: ['exp'], exp: 1 }), broken],
      ['an empty crit', () => hs256(good, { alg: 'HS256', crit: [] }), broken],
      ['an unencoded payload (b64)', () => hs256(good, { alg: 'HS256', crit: ['b64'], b64: false }), broken],
      ['a header that is no JSON', () => hs256(good, '{"alg":'), broken],
      ['claims that are no JSON', () => hs256('{'), broken],
      ['claims that are no object', () => hs256('[]'), broken],
      ['expired', () => hs256({ ...good, exp: now - 31 }), '401 the token has expired'],
      ['expired within the skew', () => hs256({ ...good, exp: now - 29 }), 'let in'],
      ['exp missing', () => hs256({ ...good, exp: undefined }), claim('exp')],
      ['exp null', () => hs256({ ...good, exp: null }), claim('exp')],
      ['exp as text', () => hs256({ ...good, exp: String(good.exp) }), claim('exp')],
      ['exp 1e400', () => hs256('{"sub":"ann","exp":1e400}'), claim('exp')],
      ['exp twice, the last over', () => hs256('{"sub":"ann","exp":99999999999,"exp":1}'), '401 the token has expired'],
      ['nbf in the future', () => hs256({ ...good, nbf: now + 31 }), claim('nbf')],
      ['nbf in the future within the skew', () => hs256({ ...good, nbf: now + 29 }), 'let in'],
      ['nbf as text', () => hs256({ ...good, nbf: '1' }), claim('nbf')],
      ['iat as text', () => hs256({ ...good, iat: 'now' }), claim('iat')],
      [
        'without sub',
        () => hs256({ ...good, sub: undefined }),
        "401 the token's claim sub must be a text of 1 to 256 characters without control characters",
      ],
      [
        'a role claim without a role',
        () => hs256({ ...good, roles: ['boss'] }),
        "403 the token's claim roles names none of viewer, deployer, admin",
      ],
    ];
    for (const [title, token, expected] of rows) it(title, async () => expect(await outcome(bySecret, token())).to.equal(expected));

    it('an encrypted token, without a look into it', async () => {
      const jwe = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(good)))
        .setProtectedHeader({ alg: 'dir', enc: 'A128CBC-HS256' })
        .encrypt(new TextEncoder().encode(secret.slice(0, 32)));
      expect(await outcome(bySecret, jwe)).to.equal('401 the token is encrypted (JWE); send a signed one');
    });
  });

  describe('with issuer and audience', () => {
    const [iss, aud] = ['https://id', 'teal'];
    const rows: [claims: object, outcome: string][] = [
      [{ iss, aud }, 'let in'],
      [{ iss, aud: ['other', aud] }, 'let in'],
      [{ iss: 'https://id/', aud }, claim('iss')],
      [{ iss: 'https://other', aud }, claim('iss')],
      [{ iss: [iss], aud }, claim('iss')],
      [{ aud }, claim('iss')],
      [{ iss, aud: 'other' }, claim('aud')],
      [{ iss, aud: 'teal-2' }, claim('aud')],
      [{ iss, aud: ['other'] }, claim('aud')],
      [{ iss, aud: [] }, claim('aud')],
      [{ iss, aud: { teal: true } }, claim('aud')],
      [{ iss }, claim('aud')],
    ];
    for (const [claims, expected] of rows)
      it(JSON.stringify(claims), async () =>
        expect(await outcome({ ...bySecret, jwtIssuer: iss, jwtAudience: aud }, hs256({ ...good, ...claims }))).to.equal(expected),
      );
  });

  describe('with a public key', () => {
    const rows: [title: string, token: () => string, outcome: string][] = [
      ['as it should be', () => rs256(good), 'let in'],
      ['the public key as shared secret', () => hs256(good, undefined, publicPem), notAllowed],
      ['the public key without its last line break as shared secret', () => hs256(good, undefined, publicPem.trim()), notAllowed],
      ['an algorithm of another kind of key', () => rs256(good, { alg: 'ES256' }), notAllowed],
      ['alg none', () => `${part({ alg: 'none' })}.${part(good)}.`, notAllowed],
    ];
    for (const [title, token, expected] of rows) it(title, async () => expect(await outcome(byKey, token())).to.equal(expected));
  });

  it('takes the tokens that are made here, by either kind of key', async () => {
    const wish: TokenWish = {
      ...names,
      subject: 'ci',
      roles: ['deployer'],
      namespaces: ['shop'],
      issuer: 'me',
      audience: 'teal',
      issuedAtMs: clock.now(),
      expiresAtMs: clock.now() + 60_000,
    };
    const rules = { jwtIssuer: 'me', jwtAudience: 'teal' };
    for (const [settings, file] of [
      [bySecret, { jwtSecretFile: join(dir, 'secret') }],
      [byKey, { jwtPrivateKeyFile: join(dir, 'private.pem') }],
    ] as const) {
      const gate = await createGate({ ...settings, ...rules }, { clock });
      const expected = { name: 'ci', role: 'deployer', namespaces: ['shop'], expiresAtMs: wish.expiresAtMs };
      expect(await asked(gate, await makeToken({ ...wish, ...file }))).to.deep.equal(expected);
      expect(await asked(gate, await makeToken({ ...wish, ...file, kid: '7' }))).to.deep.equal(expected);
    }
  });

  it('answers alike from what it remembers, and lets nobody in after the end', async () => {
    const time = createFakeClock();
    const gate = await createGate(bySecret, { clock: time });
    const token = hs256({ ...good, exp: time.now() / 1000 + 60 });
    const first = await asked(gate, token);
    expect(await asked(gate, token)).to.equal(first);
    await time.advance(59_999);
    expect(await asked(gate, token)).to.equal(first);
    await time.advance(31_001);
    expect(await asked(gate, token).catch((error: unknown) => error as Problem)).to.have.property('message', 'the token has expired');
  });

  describe('with a key set', () => {
    let server: Server;
    let url: string;
    let requests: string[];
    let answer: { status: number; headers: Record<string, string>; body: string };
    before(async () => {
      server = createServer((request, response) => {
        requests.push(request.url ?? '');
        response.writeHead(answer.status, answer.headers).end(answer.body);
      });
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => server.close());
    beforeEach(async () => {
      requests = [];
      const jwk = { ...(await exportJWK(rsa.publicKey)), kid: '1', alg: 'RS256', use: 'sig' };
      answer = { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ keys: [jwk] }) };
    });

    const bySet = () => ({ jwksUrl: `${url}/keys`, ...names });
    const unknownKey = '401 the token is not signed with a key of the key set';
    const unavailable = '503 the key set of the tokens cannot be fetched now';

    it('lets in who is signed with its key', async () =>
      expect(await outcome(bySet(), rs256(good, { alg: 'RS256', kid: '1' }))).to.equal('let in'));

    for (const kid of ['2', '../../etc/passwd', "' or 1=1", '__proto__', 'constructor', '', 'x'.repeat(4000), 1, null, ['1'], { kid: '1' }])
      it(`kid is an opaque name: ${JSON.stringify(kid).slice(0, 30)}`, async () => {
        expect(await outcome(bySet(), rs256(good, { alg: 'RS256', kid }))).to.equal(unknownKey);
        expect(requests).to.deep.equal(['/keys']);
      });

    for (const name of ['jku', 'x5u'])
      it(`${name} leads nowhere`, async () => {
        expect(await outcome(bySet(), rs256(good, { alg: 'RS256', kid: '2', [name]: `${url}/evil` }))).to.equal(unknownKey);
        expect(requests).to.deep.equal(['/keys']);
      });

    it('a key that the token brings along counts for nothing', async () => {
      const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const header = { alg: 'RS256', kid: '1', jwk: await exportJWK(own.publicKey), x5c: ['MIIB'] };
      const input = `${part(header)}.${part(good)}`;
      const token = `${input}.${signWith('sha256', Buffer.from(input), own.privateKey).toString('base64url')}`;
      expect(await outcome(bySet(), token)).to.equal(notOurs);
    });

    it('its public keys are no shared secrets', async () =>
      expect(await outcome(bySet(), hs256(good, { alg: 'HS256', kid: '1' }, publicPem))).to.equal(notAllowed));

    for (const [title, changes] of [
      ['a redirect, which is not followed', { status: 302, headers: { Location: '/evil' } }],
      ['an error', { status: 500 }],
      ['no JSON', { body: '<html>' }],
      ['more than 256 KiB', { body: JSON.stringify({ keys: [], padding: 'x'.repeat(300_000) }) }],
    ] as const)
      it(`is not to be had: ${title}`, async () => {
        answer = { ...answer, ...changes };
        expect(await outcome(bySet(), rs256(good, { alg: 'RS256', kid: '1' }))).to.equal(unavailable);
        expect(requests).to.deep.equal(['/keys']);
      });

    it('is not to be had: nobody listens', async () =>
      expect(await outcome({ jwksUrl: 'http://127.0.0.1:1/keys', ...names }, rs256(good))).to.equal(unavailable));
  });
});

describe('may', () => {
  const of = (role: Principal['role']): Principal => ({ name: 'x', role, namespaces: ['shop'] });
  it('lets each role do what those below it may, in its namespaces only', () => {
    expect(['viewer', 'deployer', 'admin'].map(access => may(of('deployer'), access as 'viewer', 'shop'))).to.deep.equal([
      true,
      true,
      false,
    ]);
    expect(may(of('deployer'), 'viewer', 'other')).to.equal(false);
    expect(may({ ...of('viewer'), namespaces: [] }, 'public', 'other')).to.equal(true);
  });
});
