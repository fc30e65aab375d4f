/** Tokens on the real service process: of an identity provider over HTTPS whose keys rotate and who goes away, of `teal token`, and what a start with half a configuration says. */

import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { decodeProtectedHeader } from 'jose';
import { startIdentityProvider, type IdentityProvider } from '../support/identity-provider.ts';
import { openStream } from '../support/stream.ts';
import { startTeal, type TealProcess } from '../support/teal-process.ts';
import { eventually } from '../support/wait.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = process.env['TEAL_BUILT'] ? [`${root}dist/main.js`] : ['--import', 'tsx', `${root}src/main.ts`];

interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command of the real program to its end; one that serves instead is killed and has code -1. */
function teal(args: string[], { env = {}, input = '' }: { env?: Record<string, string>; input?: string } = {}): Promise<Said> {
  return new Promise(resolve => {
    const options = { env: { PATH: process.env['PATH'], ...env }, timeout: 30_000 };
    const child = execFile(process.execPath, [...program, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

let dir: string;
const file = (name: string) => join(dir, name);
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'teal-security-'));
});
after(() => rm(dir, { recursive: true, force: true }));

/** A server beside a cluster that does not answer: what is asked here needs the store only. */
const serve = (name: string, ...args: string[]): Promise<TealProcess> =>
  startTeal(['--kubernetes', 'http://127.0.0.1:1', '--data-dir', file(name), ...args]);

const lists = '/deployments/?namespace=shop';
const ask = (server: TealProcess, token: string | undefined, path = lists): Promise<Response> =>
  fetch(server.url + path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
const statusOf = async (server: TealProcess, token: string, path = lists): Promise<number> => (await ask(server, token, path)).status;

describe('tokens of an identity provider', function () {
  this.timeout(150_000);
  /** Seconds; the shortest time that Teal keeps a key set, whatever the provider says, and its cool-down. */
  const kept = 30;
  const longEnough = (kept + 15) * 1000;
  let provider: IdentityProvider;
  let server: TealProcess;
  let log: () => string;

  before(async () => {
    provider = await startIdentityProvider({
      maxAge: 1,
      clients: {
        pipeline: { secret: 'p', claims: { realm_access: { roles: ['offline_access', 'deployer'] }, teal: { namespaces: ['shop'] } } },
        stranger: { secret: 's', claims: { aud: 'another-service', realm_access: { roles: ['admin'] } } },
        guest: { secret: 'g', claims: { realm_access: { roles: ['viewer'] }, teal: { namespaces: '*' } } },
      },
    });
    await writeFile(file('authority.pem'), provider.authority);
    const claims = ['--jwt-namespaces-claim', 'teal.namespaces', '--jwt-roles-claim', 'realm_access.roles'];
    const rules = ['--jwt-issuer', provider.issuer, '--jwt-audience', 'teal', ...claims];
    server = await serve('oidc', '--jwks-url', provider.jwksUrl, '--jwks-ca', file('authority.pem'), ...rules);
    log = () => server.printed().join('\n');
  });
  after(async () => {
    await server.kill();
    await provider.stop();
  });

  it('open what their claims allow, and nothing else', async () => {
    const [pipeline, stranger, guest] = await Promise.all([
      provider.tokenFor('pipeline', 'p'),
      provider.tokenFor('stranger', 's'),
      provider.tokenFor('guest', 'g'),
    ]);
    expect(await statusOf(server, pipeline)).to.equal(200);
    expect(await statusOf(server, pipeline, '/deployments/?namespace=blog')).to.equal(403);
    expect(await statusOf(server, guest)).to.equal(403);
    const refused = await ask(server, stranger);
    expect([refused.status, refused.headers.get('www-authenticate')]).to.deep.equal([401, 'Bearer realm="teal"']);
    expect(((await refused.json()) as { detail: string }).detail).to.equal("the token's claim aud is missing or not the expected one");
  });

  it('open streams too, by header and by subprotocol', async () => {
    const token = await provider.tokenFor('pipeline', 'p');
    const url = `${server.url}/stream/events?namespace=shop`;
    const streams = [
      openStream(url, { protocols: ['teal.v1'], headers: { authorization: `Bearer ${token}` } }),
      openStream(url, { protocols: ['teal.v1', 'bearer', token] }),
    ];
    await Promise.all(streams.map(({ opened }) => opened));
    for (const stream of streams) stream.cut();
    const both = openStream(url, { protocols: ['teal.v1', 'bearer', token], headers: { authorization: `Bearer ${token}` } });
    expect(await both.opened.catch((error: unknown) => (error as Error).message)).to.equal('refused with 401');
  });

  it('a thousand with keys that nobody knows ask the provider at most once per cool-down', async () => {
    const parts = (await provider.tokenFor('pipeline', 'p')).split('.');
    const strange = Array.from({ length: 1000 }, (_, n) => {
      const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: `random-${n}` })).toString('base64url');
      return [header, ...parts.slice(1)].join('.');
    });
    const [from, before] = [performance.now(), provider.keySetFetches];
    const seen = new Set<number>();
    for (let at = 0; at < strange.length; at += 50)
      for (const status of await Promise.all(strange.slice(at, at + 50).map(token => statusOf(server, token)))) seen.add(status);
    expect([...seen]).to.deep.equal([401]);
    const coolDowns = Math.ceil((performance.now() - from) / (kept * 1000));
    expect(provider.keySetFetches - before).to.be.at.most(coolDowns);
  });

  it('signed with a new key are taken after the cool-down; with one that was removed they are refused when the key set is due', async () => {
    const old = await provider.tokenFor('pipeline', 'p');
    expect(await statusOf(server, old)).to.equal(200);
    await provider.rotate();
    const fresh = await provider.tokenFor('pipeline', 'p');
    await eventually('the new key is known', longEnough, async () => expect(await statusOf(server, fresh)).to.equal(200), 500);
    expect(await statusOf(server, old)).to.equal(200);
    provider.removeKey(decodeProtectedHeader(old).kid ?? '');
    await eventually('the old key is forgotten', longEnough, async () => expect(await statusOf(server, old)).to.equal(401), 500);
    expect(await statusOf(server, fresh)).to.equal(200);
  });

  it('are taken while the provider is away, unless their key was never seen; and again when it is back', async () => {
    const known = await provider.tokenFor('pipeline', 'p');
    expect(await statusOf(server, known)).to.equal(200);
    await provider.rotate();
    const unknown = await provider.tokenFor('pipeline', 'p');
    await provider.goDown();
    const warning = 'the key set of the tokens cannot be fetched';
    await eventually(
      'Teal has noticed',
      longEnough,
      async () => {
        expect(await statusOf(server, known)).to.equal(200);
        expect(log()).to.include(warning);
      },
      500,
    );
    expect(await statusOf(server, known)).to.equal(200);
    const answer = await ask(server, unknown);
    expect([answer.status, answer.headers.get('retry-after')]).to.deep.equal([503, '5']);
    await provider.comeBack();
    await eventually('the new key is known', longEnough, async () => expect(await statusOf(server, unknown)).to.equal(200), 500);
    expect(await statusOf(server, known)).to.equal(200);
  });

  it('are refused as UNAVAILABLE when the server of the key set is not the one it should be', async () => {
    // The authority of Node.js knows nothing of this certificate.
    const trusting = await serve('untrusting', '--jwks-url', provider.jwksUrl, '--jwt-audience', 'teal');
    try {
      expect(await statusOf(trusting, await provider.tokenFor('pipeline', 'p'))).to.equal(503);
      expect(trusting.printed('the key set of the tokens cannot be fetched').join('\n')).to.include('self-signed certificate');
    } finally {
      await trusting.kill();
    }
  });
});

describe('tokens of teal token', function () {
  this.timeout(120_000);
  let server: TealProcess;
  const rules = ['--jwt-issuer', 'us', '--jwt-audience', 'teal'];
  const secret = () => ['--jwt-secret-file', file('secret')];
  const wish = ['--subject', 'ci', '--namespaces', 'shop,blog', '--roles', 'deployer', '--issuer', 'us', '--audience', 'teal'];

  before(async () => {
    await writeFile(file('secret'), 'a secret of thirty-two bytes or more\n');
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    await writeFile(file('public.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    await writeFile(file('private.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    server = await serve('secret-store', ...secret(), ...rules);
  });
  after(() => server.kill());

  it('open a server with the same secret; stdout is the token alone', async () => {
    const { code, stdout, stderr } = await teal(['token', ...secret(), ...wish]);
    expect([code, stdout]).to.deep.equal([0, stdout.match(/^[\w-]+\.[\w-]+\.[\w-]+\n/)?.[0]]);
    expect(stderr).to.match(/^ci: deployer in shop, blog; good for 12 hours, until \d{4}-/);
    expect(await statusOf(server, stdout.trim())).to.equal(200);
    expect(await statusOf(server, stdout.trim(), '/deployments/?namespace=other')).to.equal(403);
  });

  it('are refused when two headers bring them', async () => {
    const { stdout } = await teal(['token', ...secret(), ...wish]);
    const status = await new Promise<number | undefined>((resolve, reject) =>
      httpRequest(server.url + lists, { headers: { authorization: [`Bearer ${stdout.trim()}`, `Bearer ${stdout.trim()}`] as never } })
        .on('response', answer => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end(),
    );
    expect(status).to.equal(401);
  });

  it('of 100 KB are refused by their size', async () => {
    expect(await statusOf(server, 'a'.repeat(8193))).to.equal(401);
    expect(await statusOf(server, 'a'.repeat(100_000))).to.equal(431);
  });

  it('are explained by teal auth check, from stdin, variable and argument', async () => {
    const { stdout: token } = await teal(['token', ...secret(), ...wish, '--expires', '2h']);
    const settings = [...secret(), ...rules];
    for (const said of [
      await teal(['auth', 'check', '-', ...settings], { input: token }),
      await teal(['auth', 'check', ...settings], { env: { TEAL_TOKEN: token.trim() } }),
      await teal(['auth', 'check', token.trim(), ...settings]),
      await teal(['auth', 'check', ...settings, token.trim()]),
    ]) {
      expect(said).to.include({ code: 0, stderr: '' });
      expect(said.stdout)
        // A token ends at a whole second; whether half a second of its two hours has gone by now is the machine's affair.
        .to.match(/^valid for (2 hours|1 hour 59 minutes), until \d{4}-.*\nsubject {5}ci\nrole {8}deployer\nnamespaces {2}shop, blog\n/)
        .and.match(/^shop +yes +yes +no$/m)
        .and.match(/^\(any other\) +no +no +no$/m);
    }
    const elsewhere = await teal(['auth', 'check', '-', ...secret(), '--jwt-audience', 'other'], { input: token });
    expect(elsewhere).to.include({ code: 1, stdout: "not valid: the token's claim aud is missing or not the expected one\n" });
  });

  it('are made with a private key too', async () => {
    const { stdout: token } = await teal(['token', '--jwt-private-key-file', file('private.pem'), '--subject', 'boss', '--roles', 'admin']);
    const said = await teal(['auth', 'check', '-', '--jwt-public-key-file', file('public.pem')], { input: token });
    expect(said.code).to.equal(0);
    expect(said.stdout)
      .to.match(/^namespaces {2}all$/m)
      .and.match(/^\(any other\) +yes +yes +yes$/m);
  });

  const wrong: [title: string, args: () => string[], says: string[]][] = [
    ['nothing', () => ['token'], ['give --jwt-secret-file or --jwt-private-key-file', '--subject is missing', '--namespaces is missing']],
    ['both keys', () => ['token', ...secret(), '--jwt-private-key-file', file('private.pem'), ...wish], ['exclude each other']],
    ['a public key', () => ['token', '--jwt-private-key-file', file('public.pem'), ...wish], ['must hold a private key (PEM)']],
    ['a role with a slip', () => ['token', ...secret(), '--subject', 'a', '--roles', 'deploier'], ['did you mean deployer?']],
    ['every namespace', () => ['token', ...secret(), '--subject', 'a', '--namespaces', '*'], ['must be exact names of namespaces']],
    ['for ever', () => ['token', ...secret(), ...wish, '--expires', '1000d'], ['--expires must be a time such as', 'at most 366d']],
    ['a verb with a slip', () => ['auth', 'chek'], ["unknown command 'chek'; did you mean check?"]],
    ['to check without a key', () => ['auth', 'check', 'x', '--jwt-issuer', 'me'], ['--jwt-issuer needs --jwt-secret']],
    ['to check no token', () => ['auth', 'check', ...secret()], ['there is no token']],
  ];
  for (const [title, args, says] of wrong)
    it(`are asked for wrongly: ${title}`, async () => {
      const said = await teal(args());
      expect(said).to.include({ code: 2, stdout: '' });
      for (const text of says) expect(said.stderr).to.include(text);
    });
});

describe('a start with a wrong or half configuration', function () {
  this.timeout(120_000);
  before(async () => {
    const pem = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits });
    const [good, weak] = [pem(2048), pem(1024)];
    await writeFile(file('short'), 'short');
    await writeFile(file('good.pem'), good.publicKey.export({ type: 'spki', format: 'pem' }));
    await writeFile(file('own.pem'), good.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await writeFile(file('weak.pem'), weak.publicKey.export({ type: 'spki', format: 'pem' }));
    await writeFile(file('enough'), 'a secret of thirty-two bytes or more');
  });

  const rows: [title: string, args: () => string[], says: () => string][] = [
    [
      'beyond loopback without a key',
      () => ['--host', '0.0.0.0'],
      () =>
        'refusing to listen on 0.0.0.0: anybody who reaches it could deploy, because no authentication is configured.\n' +
        'Give tokens a key (--jwt-secret-file, --jwt-public-key-file or --jwks-url), or say that everybody may:\n' +
        '  teal serve --host 0.0.0.0 --port 8000 --allow-anonymous',
    ],
    [
      'a key, and everybody let in',
      () => ['--jwt-secret-file', file('enough'), '--allow-anonymous'],
      () => '--jwt-secret-file and --allow-anonymous exclude each other: give one\nteal help serve lists the flags',
    ],
    [
      'two keys',
      () => ['--jwt-secret-file', file('enough'), '--jwt-public-key-file', file('good.pem')],
      () => '--jwt-secret-file and --jwt-public-key-file exclude each other: give one\nteal help serve lists the flags',
    ],
    [
      'rules for tokens without a key',
      () => ['--jwt-audience', 'teal'],
      () => '--jwt-audience needs --jwt-secret-file or --jwt-public-key-file or --jwks-url\nteal help serve lists the flags',
    ],
    [
      'a shared provider without audience',
      () => ['--jwks-url', 'https://id.example.com/keys'],
      () =>
        '--jwks-url needs --jwt-audience: without it every token of that identity provider, for whatever service, would open Teal\n' +
        'teal help serve lists the flags',
    ],
    [
      'a key set that anybody on the way may change',
      () => ['--jwks-url', 'http://id.example.com/keys', '--jwt-audience', 'teal'],
      () =>
        '--jwks-url must start with https:// unless its host is this machine; it is "http://id.example.com/keys"\n' +
        'teal help serve lists the flags',
    ],
    [
      'no such file',
      () => ['--jwt-secret-file', file('gone')],
      () => `--jwt-secret-file ${file('gone')} cannot be read: ENOENT: no such file or directory, open '${file('gone')}'`,
    ],
    [
      'a short secret',
      () => ['--jwt-secret-file', file('short')],
      () => `--jwt-secret-file ${file('short')} must hold a secret of at least 32 bytes; openssl rand -hex 32 makes one`,
    ],
    [
      'a public key as secret',
      () => ['--jwt-secret-file', file('good.pem')],
      () => `--jwt-secret-file ${file('good.pem')} holds a key in PEM, not a secret; a public key belongs to --jwt-public-key-file`,
    ],
    [
      'a weak key',
      () => ['--jwt-public-key-file', file('weak.pem')],
      () => `--jwt-public-key-file ${file('weak.pem')} holds an RSA key of 1024 bits; use one of 2048 or more`,
    ],
    [
      'a private key for a public one',
      () => ['--jwt-public-key-file', file('own.pem')],
      () => `--jwt-public-key-file ${file('own.pem')} holds a private key; a server needs the public one: openssl pkey -pubout makes it`,
    ],
    [
      'an authority that is none',
      () => ['--jwks-url', 'https://id.example.com/keys', '--jwt-audience', 'teal', '--jwks-ca', file('good.pem')],
      () => `--jwks-ca ${file('good.pem')} must hold a certificate (PEM)`,
    ],
  ];
  for (const [title, args, says] of rows)
    it(`is refused: ${title}`, async () => {
      const said = await teal(['serve', '--kubernetes', 'http://127.0.0.1:1', '--data-dir', file('never'), ...args()]);
      expect(said).to.deep.equal({ code: 2, stdout: '', stderr: `teal: ${says()}\n` });
    });

  it('without a key on loopback it says so', async () => {
    const server = await serve('loopback');
    await server.stop();
    expect(server.printed('no authentication').join('\n')).to.include('served on loopback only, and to pages of this server only');
  });
});
