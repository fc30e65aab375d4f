import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { exportJWK, SignJWT } from 'jose';
import { Problem } from '../lib/problem.ts';
import { createGate, type GateSettings } from './gate.ts';
import { may, type Principal } from './principal.ts';

const claimNames = { jwtNamespacesClaim: 'namespaces', jwtRolesClaim: 'roles' };
const secret = 'a secret of thirty-two bytes or more';
const key = new TextEncoder().encode(secret);

const token = (claims: Record<string, unknown> = {}, options: { expires?: string | number; key?: Uint8Array } = {}) =>
  new SignJWT({ sub: 'ann', namespaces: ['shop'], roles: ['deployer'], ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(options.expires ?? '5m')
    .sign(options.key ?? key);

describe('the gate', () => {
  let dir: string;
  let settings: GateSettings;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'teal-gate-'));
    await writeFile(join(dir, 'secret'), `${secret}\n`);
    settings = { jwtSecretFile: join(dir, 'secret'), ...claimNames };
  });
  after(() => rm(dir, { recursive: true }));

  const principal = async (claims: Record<string, unknown>, more: Partial<GateSettings> = {}): Promise<Principal> =>
    (await createGate({ ...settings, ...more })).authenticate({ authorization: `Bearer ${await token(claims)}` });

  async function refused(authorization: string | undefined, more: Partial<GateSettings> = {}): Promise<string> {
    const gate = await createGate({ ...settings, ...more });
    try {
      await gate.authenticate({ authorization });
    } catch (error) {
      expect(error).to.be.instanceOf(Problem);
      return `${(error as Problem).code}: ${(error as Problem).message}`;
    }
    return 'let in';
  }

  it('lets everybody in as anonymous admin when no key is configured', async () => {
    const gate = await createGate(claimNames);
    expect(gate.enforced).to.equal(false);
    expect(await gate.authenticate({})).to.deep.equal({ name: 'anonymous', role: 'admin', namespaces: 'all' });
  });

  it('reads name, role, namespaces and end of life from the token', async () => {
    const found = await principal({});
    expect(found).to.deep.include({ name: 'ann', role: 'deployer', namespaces: ['shop'] });
    expect((found.expiresAtMs ?? 0) - Date.now()).to.be.within(290_000, 301_000);
  });

  it('takes a missing roles claim for viewer, and missing or odd namespaces for none', async () => {
    expect((await principal({ roles: undefined })).role).to.equal('viewer');
    for (const namespaces of [undefined, 'shop', {}, [1]]) expect((await principal({ namespaces })).namespaces).to.deep.equal([]);
  });

  it('gives the highest of several roles; admin works everywhere', async () => {
    expect((await principal({ roles: ['viewer', 'deployer'] })).role).to.equal('deployer');
    expect(await principal({ roles: ['admin'], namespaces: [] })).to.deep.include({ role: 'admin', namespaces: 'all' });
  });

  it('refuses a roles claim that names no role', async () => {
    for (const roles of [[], ['boss'], 'admin', null]) expect(await refused(`Bearer ${await token({ roles })}`)).to.match(/^FORBIDDEN: /);
  });

  it('reads the token from the subprotocol pair of an upgrade', async () => {
    const gate = await createGate(settings);
    expect((await gate.authenticate({ protocols: `teal.v1, bearer, ${await token()}` })).name).to.equal('ann');
  });

  it('refuses what is missing, broken, expired, signed otherwise, or never ends', async () => {
    const forever = await new SignJWT({ sub: 'ann' }).setProtectedHeader({ alg: 'HS256' }).sign(key);
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"ann","exp":9999999999}').toString('base64url')}.`;
    expect(await refused(undefined)).to.equal('UNAUTHENTICATED: send a token: Authorization: Bearer <token>');
    expect(await refused('Basic YTpi')).to.match(/^UNAUTHENTICATED: send a token/);
    expect(await refused('Bearer nonsense')).to.equal('UNAUTHENTICATED: the token is not valid');
    expect(await refused(`Bearer ${await token({}, { expires: Math.floor(Date.now() / 1000) - 60 })}`)).to.equal(
      'UNAUTHENTICATED: the token has expired',
    );
    expect(await refused(`Bearer ${await token({}, { key: new TextEncoder().encode('another secret of thirty-two bytes') })}`)).to.match(
      /^UNAUTHENTICATED/,
    );
    expect(await refused(`Bearer ${forever}`)).to.equal("UNAUTHENTICATED: the token's claim exp is missing or not the expected one");
    expect(await refused(`Bearer ${none}`)).to.match(/^UNAUTHENTICATED/);
  });

  it('checks issuer and audience when they are configured', async () => {
    const more = { jwtIssuer: 'https://id', jwtAudience: 'teal' };
    expect(await refused(`Bearer ${await token({ iss: 'https://id', aud: 'teal' })}`, more)).to.equal('let in');
    expect(await refused(`Bearer ${await token({ iss: 'https://other', aud: 'teal' })}`, more)).to.match(/claim iss/);
    expect(await refused(`Bearer ${await token({ iss: 'https://id', aud: 'other' })}`, more)).to.match(/claim aud/);
  });

  it('never takes a public key for a shared secret', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    await writeFile(join(dir, 'public'), pem);
    const more = { jwtSecretFile: undefined as never, jwtPublicKeyFile: join(dir, 'public') };
    const good = await new SignJWT({ sub: 'ann' }).setProtectedHeader({ alg: 'RS256' }).setExpirationTime('5m').sign(privateKey);
    expect(await refused(`Bearer ${good}`, more)).to.equal('let in');
    expect(await refused(`Bearer ${await token({}, { key: new TextEncoder().encode(pem) })}`, more)).to.match(/^UNAUTHENTICATED/);
  });

  it('says at the start what is wrong with a key file', async () => {
    await writeFile(join(dir, 'short'), 'short');
    const failure = await createGate({ ...settings, jwtSecretFile: join(dir, 'short') }).catch((error: unknown) => error as Error);
    expect((failure as Error).message).to.match(/short must hold a secret of at least 32 bytes$/);
  });

  describe('with a key set', () => {
    let server: Server;
    let url: string;
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    before(async () => {
      const jwk = { ...(await exportJWK(pair.publicKey)), kid: '1', alg: 'ES256', use: 'sig' };
      server = createServer((_request, response) =>
        response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: [jwk] })),
      );
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    });
    after(() => server.close());

    it('verifies against it, and says UNAVAILABLE when it cannot be fetched', async () => {
      const signed = await new SignJWT({ sub: 'ann' })
        .setProtectedHeader({ alg: 'ES256', kid: '1' })
        .setExpirationTime('5m')
        .sign(pair.privateKey);
      const more = (jwksUrl: string) => ({ jwtSecretFile: undefined as never, jwksUrl });
      expect(await refused(`Bearer ${signed}`, more(url))).to.equal('let in');
      expect(await refused(`Bearer ${signed}`, more('http://127.0.0.1:1/keys'))).to.match(/^UNAVAILABLE: /);
    });
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
