/** What every client of the server meets, whatever it asks for: paths, conditions, pages, refusals, tokens, readiness, and how the process starts and ends. */

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { SignJWT } from 'jose';
import { settingsWith } from '../../src/config.ts';
import { startServer } from '../../src/serve.ts';
import { StoreError, type Store } from '../../src/store/store.ts';
import { awayCluster, startInProcess, type InProcess } from '../support/in-process.ts';

type Json = Record<string, unknown>;
const minimal = {
  appName: 'shop',
  newVersion: '#',
  podspec: { containers: [{ name: 'web', image: 'nginx', env: [{ name: 'KEY', value: 'hidden-value' }] }] },
};

describe('the server', () => {
  let teal: InProcess;
  before(async () => {
    teal = await startInProcess();
  });
  after(() => teal.stop());

  const ask = (path: string, init: RequestInit = {}) => fetch(teal.url + path, init);
  async function create(fields: Json = {}, namespace = 'default'): Promise<string> {
    const answer = await ask(`/descriptors/?namespace=${namespace}`, { method: 'POST', body: JSON.stringify({ ...minimal, ...fields }) });
    expect(answer.status).to.equal(201);
    return answer.headers.get('location') ?? '';
  }

  it('does not end in the middle of its start, while nothing but a timer of ours is under way', async function () {
    this.timeout(60_000);
    const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('../support/slow-start.ts', import.meta.url))]);
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await new Promise(resolve => child.once('exit', resolve));
    expect(printed).to.match(/^http:/);
  });

  it('gives a Location that can be joined to the base URL with its slash, and reads back what was created', async () => {
    const location = await create();
    expect(location).to.match(/^\/descriptors\/[0-9a-f-]{36}\/\?namespace=default$/);
    const answer = await ask(`/${location}`);
    expect(answer.headers.get('content-type')).to.equal('application/json; charset=utf-8');
    const text = await answer.text();
    expect(text).to.include('\n  "appName": "shop"');
    expect(JSON.parse(text)).to.deep.include({ appName: 'shop', namespace: 'default', replicas: 1 });
  });

  it('takes a body that says it is a form, as curl --data does', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect((await ask('/descriptors/?namespace=default', { method: 'POST', headers, body: JSON.stringify(minimal) })).status).to.equal(201);
  });

  it('replaces under a condition, and refuses when the descriptor has changed since', async () => {
    const location = await create();
    const first = await ask(location);
    const etag = first.headers.get('etag') ?? '';
    const created = ((await first.json()) as Json)['created'];
    const put = (tag: string) =>
      ask(location, { method: 'PUT', headers: { 'If-Match': tag }, body: JSON.stringify({ ...minimal, replicas: 3 }) });
    expect((await put(etag)).status).to.equal(204);
    const stale = await put(etag);
    expect([stale.status, ((await stale.json()) as Json)['code']]).to.deep.equal([412, 'PRECONDITION_FAILED']);
    expect((await put('*')).status).to.equal(204);
    expect((await put(`W/${etag}`)).status).to.equal(412);
    const after = (await (await ask(location)).json()) as Json;
    expect(after).to.deep.include({ created, replicas: 3 });
    expect(String(after['lastModified']) > String(created)).to.equal(true);
    expect((await ask(location, { method: 'DELETE', headers: { 'If-Match': etag } })).status).to.equal(412);
  });

  it('deletes with 200 and no content, then answers 404', async () => {
    const location = await create();
    const answer = await ask(location, { method: 'DELETE' });
    expect([answer.status, await answer.text()]).to.deep.equal([200, '']);
    for (const method of ['GET', 'DELETE']) expect((await ask(location, { method })).status).to.equal(404);
    expect((await ask(location, { method: 'PUT', body: JSON.stringify(minimal) })).status).to.equal(404);
  });

  it('gives pages, newest first, that join to the whole list', async () => {
    const made: string[] = [];
    for (let count = 0; count < 7; count++)
      made.unshift((await create({ appName: count % 2 ? 'odd' : 'even' }, 'pages')).split('/')[2] ?? '');
    for (const [query, expected] of [
      ['', made],
      ['&appname=even', made.filter((_, index) => index % 2 === 0)],
    ] as const) {
      const seen: string[] = [];
      let next: string | undefined = `/descriptors/?namespace=pages&limit=3${query}`;
      while (next !== undefined) {
        const answer: Response = await ask(next);
        seen.push(...((await answer.json()) as { id: string }[]).map(({ id }) => id));
        next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
      }
      expect(seen).to.deep.equal(expected);
    }
    expect(await (await ask('/descriptors/?namespace=empty')).json()).to.deep.equal([]);
  });

  it('deletes all descriptors of an app but the newest, or all of them', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) ids.unshift((await create({}, 'bulk')).split('/')[2] ?? '');
    const other = await create({ appName: 'shop-2' }, 'bulk');
    const remove = async (query: string) => (await ask(`/descriptors/?namespace=bulk&${query}`, { method: 'DELETE' })).json();
    expect(await remove('appname=shop')).to.deep.equal({ deleted: ids.slice(1) });
    expect(await remove('appname=shop')).to.deep.equal({ deleted: [] });
    expect(await remove('appname=shop&keepLatest=false')).to.deep.equal({ deleted: [ids[0]] });
    expect(await remove('appname=unknown')).to.deep.equal({ deleted: [] });
    expect((await ask(other)).status).to.equal(200);
  });

  it('refuses a pod spec that the policy forbids with 403 and pointers, and stores nothing', async () => {
    const before = await teal.stored();
    const podspec = { hostNetwork: true, containers: [{ name: 'web', image: 'nginx' }] };
    const answer = await ask('/descriptors/?namespace=default', { method: 'POST', body: JSON.stringify({ ...minimal, podspec }) });
    expect(answer.status).to.equal(403);
    expect(await answer.json()).to.deep.include({
      code: 'POLICY_VIOLATION',
      errors: [{ pointer: '/podspec/hostNetwork', message: 'must not share the namespaces of the node (pod policy baseline)' }],
    });
    expect(await teal.stored()).to.equal(before);
  });

  it('validates without a namespace, and says that the cluster is asked about one', async () => {
    const verdict = await ask('/descriptors/validate', { method: 'POST', body: JSON.stringify(minimal) });
    expect([verdict.status, ((await verdict.json()) as Json)['valid']]).to.deep.equal([200, true]);
    expect((await ask('/descriptors/validate?cluster=true', { method: 'POST', body: JSON.stringify(minimal) })).status).to.equal(400);
    const away = await ask('/descriptors/validate?cluster=true&namespace=default', { method: 'POST', body: JSON.stringify(minimal) });
    expect([away.status, away.headers.get('retry-after')]).to.deep.equal([503, '2']);
  });

  it('answers HEAD as GET without a body, OPTIONS with Allow, other methods with 405 and unknown paths with 404', async () => {
    const head = await ask('/descriptors/?namespace=empty', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).to.deep.equal([200, '3', '']);
    const options = await ask('/descriptors/', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')?.split(', ').sort()]).to.deep.equal([
      204,
      ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST'],
    ]);
    const patch = await ask('/descriptors/', { method: 'PATCH', body: '{}' });
    expect([patch.status, patch.headers.get('content-type')]).to.deep.equal([405, 'application/problem+json; charset=utf-8']);
    expect((await ask('/nothing')).status).to.equal(404);
  });

  it('keeps a usable request id of the client and makes its own otherwise', async () => {
    expect((await ask('/version', { headers: { 'X-Request-Id': 'pipeline-77-abc' } })).headers.get('x-request-id')).to.equal(
      'pipeline-77-abc',
    );
    expect((await ask('/version', { headers: { 'X-Request-Id': 'a b' } })).headers.get('x-request-id')).to.match(/^[0-9a-f-]{36}$/);
  });

  it('serves only its own machine while nobody needs a token', async () => {
    const raw = (host: string) =>
      new Promise<string>(resolve => {
        const socket = connect(Number(new URL(teal.url).port), '127.0.0.1', () =>
          socket.write(`GET /version HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
        );
        let text = '';
        socket.on('data', chunk => (text += chunk.toString())).on('close', () => resolve(text));
      });
    expect(await raw('localhost')).to.match(/^HTTP\/1.1 200/);
    expect(await raw('rebound.example')).to.match(/^HTTP\/1.1 403/);
    expect((await ask('/version', { headers: { Origin: 'https://evil.example' } })).status).to.equal(403);
  });

  it('serves its docs offline: page, script, style and document come from itself, under a policy that forbids all else', async () => {
    const page = await ask('/apidocs/');
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).to.include("default-src 'none'").and.include("script-src 'self'");
    const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '');
    expect(links).to.have.length(4);
    for (const link of links) expect((await ask(`/apidocs/${link}`)).status, link).to.equal(200);
    expect(html + (await (await ask('/apidocs/start.js')).text())).to.not.match(/https?:\/\//);
    expect((await ask('/apidocs', { redirect: 'manual' })).headers.get('location')).to.equal('apidocs/');
    for (const other of ['index.html', 'package.json', '../package.json', '..%2fpackage.json', 'constructor'])
      expect((await ask(`/apidocs/${other}`)).status, other).to.equal(404);
  });

  it('says what it is not ready for', async () => {
    const answer = await ask('/readyz?verbose');
    expect([answer.status, await answer.text()]).to.deep.equal([
      503,
      '[+] store ok\n[-] cluster: does not answer\n[-] engine: the cluster has not been read yet\nnot ready\n',
    ]);
    expect(await (await ask('/livez')).text()).to.equal('ok\n');
  });

  it('counts requests by route, never by path', async () => {
    await ask('/descriptors/some-very-special-id/?namespace=default');
    const metrics = await (await ask('/metrics')).text();
    expect(metrics)
      .to.include('teal_http_request_duration_seconds_count{method="GET",route="/descriptors/{id}/",status="404"}')
      .and.not.include('some-very-special-id');
  });

  it('answers 503 with Retry-After when the store is away, and says nothing of its inside', async () => {
    const failing = (): Promise<never> => Promise.reject(new StoreError('UNAVAILABLE', 'connect ECONNREFUSED 10.1.2.3:2379'));
    const store = new Proxy(teal.store, {
      get: (target, name: keyof Store) =>
        name === 'get' || (name === 'range' && broken)
          ? broken
            ? failing
            : target[name].bind(target)
          : (target[name] as (...args: never[]) => unknown).bind(target),
    });
    let broken = false;
    const server = await startServer(settingsWith({ port: 0 }), { store, cluster: awayCluster(), processMetrics: false });
    broken = true;
    try {
      for (const path of [
        '/descriptors/?namespace=default',
        '/descriptors/01a1fde3-e4d4-76d6-8b14-1e39119db438/?namespace=default',
        '/deployments/?namespace=default',
      ]) {
        const answer = await fetch(server.url + path);
        expect([answer.status, answer.headers.get('retry-after')], path).to.deep.equal([503, '2']);
        expect(await answer.text()).to.not.include('10.1.2.3');
      }
    } finally {
      broken = false;
      await server.stop();
    }
  });
});

describe('the server with tokens', () => {
  const key = 'a secret of thirty-two bytes or more';
  let dir: string;
  let teal: InProcess;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'teal-tokens-'));
    await writeFile(join(dir, 'secret'), key);
    teal = await startInProcess({ jwtSecretFile: join(dir, 'secret'), namespaces: ['shop', 'bank'] });
  });
  after(async () => {
    await teal.stop();
    await rm(dir, { recursive: true });
  });

  const token = (roles: string[] | undefined, namespaces: string[]) =>
    new SignJWT({ sub: 'ann', namespaces, ...(roles && { roles }) })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(key));
  const ask = async (path: string, bearer: string | undefined, init: RequestInit = {}) =>
    fetch(teal.url + path, { ...init, headers: bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` } });
  const post = { method: 'POST', body: JSON.stringify(minimal) };

  it('answers 401 with WWW-Authenticate without a token, before it looks at anything else', async () => {
    for (const path of ['/descriptors/', '/descriptors/?namespace=!!', '/deployments/?namespace=shop']) {
      const answer = await ask(path, undefined);
      expect([answer.status, answer.headers.get('www-authenticate')]).to.deep.equal([401, 'Bearer realm="teal"']);
    }
    expect((await ask('/livez', undefined)).status).to.equal(200);
  });

  it('answers 403 where the token has no right, and where nothing is served', async () => {
    expect((await ask('/descriptors/?namespace=bank', await token(['deployer'], ['shop']))).status).to.equal(403);
    expect((await ask('/descriptors/?namespace=shop', await token(undefined, ['shop']), post)).status).to.equal(403);
    expect((await ask('/descriptors/?namespace=other', await token(['admin'], []))).status).to.equal(403);
  });

  it('shows values of variables to those who may deploy, and their names to viewers', async () => {
    expect(
      (
        await ask('/descriptors/?namespace=shop', await token(['deployer'], ['shop']), {
          ...post,
          body: JSON.stringify({ ...minimal, environment: { OTHER: 'hidden-value' } }),
        })
      ).status,
    ).to.equal(201);
    const seenBy = async (roles: string[]) => (await ask('/descriptors/?namespace=shop', await token(roles, ['shop']))).text();
    expect(await seenBy(['deployer'])).to.include('hidden-value');
    expect(await seenBy(['viewer']))
      .to.include('"KEY"')
      .and.include('"OTHER"')
      .and.not.include('hidden-value');
  });
});

describe('the process', () => {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'teal-process-'));
  });
  after(() => rm(dir, { recursive: true }));

  function run(...args: string[]) {
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>(resolve =>
      child.once('close', code => resolve({ code, ...output })),
    );
    const ready = new Promise<string>(resolve =>
      child.stdout.on('data', () => {
        const url = /listening on (http:\S+)/.exec(output.stdout)?.[1];
        if (url !== undefined) resolve(url);
      }),
    );
    return { child, ended, ready };
  }

  it('refuses to listen beyond loopback without tokens, with exit code 2 and the line to use', async function () {
    this.timeout(30_000);
    const { code, stderr } = await run('serve', '--host', '0.0.0.0').ended;
    expect(code).to.equal(2);
    expect(stderr).to.include('teal serve --host 0.0.0.0 --port 8000 --allow-anonymous');
  });

  it('lists every wrong setting and ends with exit code 2', async function () {
    this.timeout(30_000);
    const { code, stderr } = await run('serve', '--prot', '1', '--drain', 'x').ended;
    expect(code).to.equal(2);
    expect(stderr).to.include('did you mean --port?').and.include('--drain must be an integer');
  });

  it('names the port that is taken and what chooses another, also those that somebody asked of the sandbox', async function () {
    this.timeout(60_000);
    const other = createServer();
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const taken = String(port);
    const sandbox = ['sandbox', '--port', '0', '--data-dir', join(dir, 'taken')];
    const said = await Promise.all([
      run('serve', '--kubernetes', 'http://127.0.0.1:1', '--port', taken, '--data-dir', join(dir, 'taken too')).ended,
      run(...sandbox, '--sandbox-api-port', taken, '--sandbox-proxy-port', '0').ended,
      run(...sandbox, '--sandbox-api-port', '0', '--sandbox-proxy-port', taken).ended,
    ]);
    other.close();
    for (const { stderr } of said) expect(stderr).to.include(`teal: port ${taken} is in use; choose another with --`);
    expect(said.map(({ code }) => code)).to.deep.equal([1, 2, 2]);
  });

  it('names the flags that name a cluster when none is named', async function () {
    this.timeout(30_000);
    const { code, stderr } = await run('serve', '--port', '0', '--data-dir', join(dir, 'nowhere')).ended;
    expect(code).to.equal(1);
    expect(stderr).to.include('--kubeconfig FILE or --kubernetes URL');
  });

  it('prints its address, and on SIGTERM ends with 0 within ten seconds, with a waiting client and an open connection', async function () {
    this.timeout(60_000);
    const { child, ended, ready } = run('serve', '--kubernetes', 'http://127.0.0.1:1', '--port', '0', '--data-dir', join(dir, 'a'));
    const url = await ready;
    const idle = connect(Number(new URL(url).port), '127.0.0.1');
    idle.on('error', () => undefined);
    expect((await fetch(`${url}/livez`)).status).to.equal(200);
    const asked = Date.now();
    child.kill('SIGTERM');
    expect((await ended).code).to.equal(0);
    expect(Date.now() - asked).to.be.below(10_000);
    idle.destroy();
  });

  it('edits the environment of the embedded store', async function () {
    this.timeout(180_000);
    const store = ['--data-dir', join(dir, 'b')];
    expect((await run('env', 'set', 'DATABASE', 'db:5432', ...store).ended).code).to.equal(0);
    expect((await run('env', 'get', ...store).ended).stdout).to.equal('DATABASE=db:5432\n');
    expect((await run('env', 'delete', 'DATABASE', ...store).ended).code).to.equal(0);
    expect((await run('env', 'get', 'DATABASE', ...store).ended).code).to.equal(1);
    expect((await run('env', 'set', 'a/b', 'x', ...store).ended).code).to.equal(2);
  });
});
