import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/log.ts';
import { sendJson, startFakeApiServer, statusObject, type Asked, type FakeApiServer } from '../../testing/fake-api-server.ts';
import { ClusterError, type Cluster, type ClusterErrorCode } from '../cluster.ts';
import type { KubeObject } from '../objects.ts';
import { createCluster, loadConnection, type ClusterOptions, type ConnectionSettings, type RequestInfo } from './index.ts';

const config = (name = 'a'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'n', uid: 'u', resourceVersion: '1' },
});
const ref = { kind: 'ConfigMap', namespace: 'n', name: 'a' } as const;

describe('calls of the Kubernetes client', () => {
  const endings: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  async function serve(handle: Parameters<typeof startFakeApiServer>[0]): Promise<FakeApiServer> {
    const server = await startFakeApiServer(handle);
    endings.push(() => server.stop());
    return server;
  }
  async function client(
    url: string,
    options: Partial<ClusterOptions> = {},
    settings: ConnectionSettings = {},
  ): Promise<{ cluster: Cluster; requests: RequestInfo[] }> {
    const requests: RequestInfo[] = [];
    const connection = await loadConnection({ url, ...settings });
    const cluster = createCluster({
      ...connection,
      clock: systemClock,
      log: silentLogger,
      version: '9.9.9',
      requestTimeoutMs: 3_000,
      onRequest: info => requests.push(info),
      ...options,
    });
    endings.push(() => cluster.close());
    return { cluster, requests };
  }
  async function refusal(promise: Promise<unknown>, code: ClusterErrorCode): Promise<ClusterError> {
    const error = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(ClusterError);
    expect((error as ClusterError).code, (error as ClusterError).message).to.equal(code);
    return error as ClusterError;
  }
  /** Answers the first requests as listed and the rest with the object. */
  const script =
    (...first: { status: number; headers?: Record<string, string>; body?: unknown }[]) =>
    ({ index }: Asked, reply: Parameters<typeof sendJson>[0]) => {
      const { status, headers, body } = first[index] ?? { status: 200 };
      sendJson(reply, status, body ?? (status < 300 ? config() : statusObject(status, '', 'scripted')), headers);
    };

  it('reuses connections, one after another and in parallel, within their bound', async () => {
    const server = await serve(script());
    const { cluster } = await client(server.url, { connections: 4 });
    for (let i = 0; i < 20; i++) await cluster.read(ref);
    // A connection is free again a moment after its answer is complete.
    expect(server.connections).to.be.at.most(2);
    await Promise.all(Array.from({ length: 60 }, () => cluster.read(ref)));
    expect(server.connections).to.be.at.most(4);
    expect(server.asked).to.have.length(80);
  });

  it('says who it is, asks for JSON, and keeps the path of the base URL', async () => {
    const server = await serve(script());
    const { cluster, requests } = await client(`${server.url}/k8s/clusters/c-1/`);
    await cluster.create(config());
    expect(server.asked[0]?.headers).to.include({
      'user-agent': 'teal/9.9.9',
      accept: 'application/json',
      'content-type': 'application/json',
    });
    expect(server.asked[0]?.path).to.equal('/k8s/clusters/c-1/api/v1/namespaces/n/configmaps');
    expect(requests.map(({ method, path, query, status }) => `${method} ${path}?${query} ${status}`)).to.deep.equal([
      'POST /api/v1/namespaces/n/configmaps?fieldValidation=Warn 200',
    ]);
  });

  it('repeats a read after 429, 500 and 503 and honours Retry-After', async () => {
    const server = await serve(script({ status: 429, headers: { 'retry-after': '1' } }, { status: 500 }, { status: 503 }));
    const { cluster } = await client(server.url);
    expect((await cluster.read(ref))?.metadata.name).to.equal('a');
    expect(server.asked).to.have.length(4);
    expect((server.asked[1]?.at ?? 0) - (server.asked[0]?.at ?? 0)).to.be.at.least(990);
  });

  it('gives a read up after four attempts', async () => {
    const server = await serve((_asked, reply) => sendJson(reply, 503, statusObject(503, 'ServiceUnavailable', 'down')));
    const { cluster } = await client(server.url);
    expect(await refusal(cluster.read(ref), 'UNAVAILABLE')).to.include({ status: 503, outcome: 'none', message: 'down' });
    expect(server.asked).to.have.length(4);
  });

  it("does not wait for a Retry-After beyond the call's time, and tells it", async () => {
    const server = await serve(script({ status: 429, headers: { 'retry-after': '30' } }));
    const { cluster } = await client(server.url);
    const before = performance.now();
    expect(await refusal(cluster.read(ref), 'TOO_MANY_REQUESTS')).to.include({ retryAfterMs: 30_000 });
    expect(performance.now() - before).to.be.lessThan(1_000);
  });

  it('repeats a mutation after 429 with Retry-After only', async () => {
    const server = await serve(script({ status: 429, headers: { 'retry-after': '0' } }, { status: 200 }, { status: 429 }));
    const { cluster } = await client(server.url);
    await cluster.create(config());
    expect(server.asked).to.have.length(2);
    await refusal(cluster.create(config()), 'TOO_MANY_REQUESTS');
    expect(server.asked).to.have.length(3);
  });

  for (const status of [500, 502, 503, 504]) {
    it(`does not repeat a mutation after ${status}, whose outcome is unknown`, async () => {
      const server = await serve(script({ status, headers: { 'retry-after': '0' } }));
      const { cluster } = await client(server.url);
      expect(await refusal(cluster.replace(config()), status === 504 ? 'TIMEOUT' : 'UNAVAILABLE')).to.include({
        status,
        outcome: 'unknown',
      });
      expect(server.asked).to.have.length(1);
    });
  }

  it('does not repeat a mutation whose connection broke after it was sent: its outcome is unknown', async () => {
    const server = await serve((_asked, reply) => void reply.socket?.destroy());
    const { cluster } = await client(server.url);
    expect(await refusal(cluster.create(config()), 'UNAVAILABLE')).to.include({ status: 0, outcome: 'unknown' });
    expect(server.asked).to.have.length(1);
  });

  it('repeats a read whose connection broke', async () => {
    const server = await serve((asked, reply) => (asked.index === 0 ? void reply.socket?.destroy() : sendJson(reply, 200, config())));
    const { cluster } = await client(server.url);
    expect((await cluster.read(ref))?.metadata.name).to.equal('a');
  });

  it('knows that a mutation was not applied when no connection came about, and repeats it', async () => {
    const first = await startFakeApiServer(() => {});
    await first.stop();
    const { cluster } = await client(first.url);
    const pending = cluster.create(config());
    await systemClock.sleep(30);
    const second = await startFakeApiServer(script(), first.port);
    endings.push(() => second.stop());
    expect((await pending).metadata.name).to.equal('a');

    await second.stop();
    const refused = await refusal((await client(first.url)).cluster.create(config()), 'UNAVAILABLE');
    expect(refused).to.include({ status: 0, outcome: 'none' });
    expect(refused.message).to.include('ECONNREFUSED');
  });

  it('gives up at the deadline when no head of an answer comes', async () => {
    const server = await serve(() => {});
    const { cluster } = await client(server.url);
    const before = performance.now();
    expect(await refusal(cluster.create(config(), { timeoutMs: 200 }), 'TIMEOUT')).to.include({ outcome: 'unknown' });
    expect(await refusal(cluster.read(ref, { timeoutMs: 200 }), 'TIMEOUT')).to.include({ outcome: 'none' });
    expect(performance.now() - before).to.be.within(390, 1_500);
    expect(server.asked).to.have.length(2);
  });

  it('gives up at the deadline when a body stops half-way', async () => {
    const server = await serve((_asked, reply) => {
      reply.writeHead(200, { 'content-type': 'application/json' });
      reply.write('{"apiVersion":');
    });
    const { cluster } = await client(server.url);
    await refusal(cluster.read(ref, { timeoutMs: 200 }), 'TIMEOUT');
  });

  it('sends no mutation while the fence is closed, and reads nevertheless', async () => {
    const server = await serve(script());
    const { cluster, requests } = await client(server.url, {
      beforeMutation: () => {
        throw new ClusterError('NOT_SENT', 'the lease has run out');
      },
    });
    const calls = [
      cluster.create(config()),
      cluster.replace(config()),
      cluster.remove(ref, { uid: 'u', resourceVersion: '1' }, 'Background'),
    ];
    for (const call of calls) expect(await refusal(call, 'NOT_SENT')).to.include({ message: 'the lease has run out', outcome: 'none' });
    expect(server.asked).to.deep.equal([]);
    expect(requests).to.deep.equal([]);
    await cluster.read(ref);
    await cluster.dryRun(config());
    expect(server.asked.map(({ method }) => method)).to.deep.equal(['GET', 'POST']);
  });

  it('asks the fence when the request is about to be written, not when it is called', async () => {
    let open = true;
    let release = () => {};
    const server = await serve((_asked, reply) => (release = () => sendJson(reply, 200, config())));
    const { cluster } = await client(server.url, {
      connections: 1,
      beforeMutation: () => {
        if (!open) throw new ClusterError('NOT_SENT', 'closed');
      },
    });
    const reading = cluster.read(ref);
    while (server.asked.length === 0) await systemClock.sleep(5);
    const waiting = cluster.create(config());
    open = false;
    release();
    await reading;
    await refusal(waiting, 'NOT_SENT');
    expect(server.asked).to.have.length(1);
  });

  it('does not send what was aborted before, or while it waited for a connection', async () => {
    let release = () => {};
    const server = await serve((_asked, reply) => (release = () => sendJson(reply, 200, config())));
    const { cluster } = await client(server.url, { connections: 1 });
    await refusal(cluster.create(config(), { signal: AbortSignal.abort() }), 'NOT_SENT');
    const reading = cluster.read(ref);
    while (server.asked.length === 0) await systemClock.sleep(5);
    const stop = new AbortController();
    const waiting = cluster.create(config(), { signal: stop.signal });
    stop.abort();
    await refusal(waiting, 'NOT_SENT');
    release();
    await reading;
    await cluster.close();
    expect(server.asked).to.have.length(1);
  });

  it('an abort after sending leaves the outcome unknown', async () => {
    const server = await serve(() => {});
    const { cluster } = await client(server.url);
    const stop = new AbortController();
    const pending = cluster.create(config(), { signal: stop.signal });
    while (server.asked.length === 0) await systemClock.sleep(5);
    stop.abort();
    expect(await refusal(pending, 'TIMEOUT')).to.include({ outcome: 'unknown' });
  });

  it('reads a token file again after a 401, once', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'teal-token-'));
    endings.push(() => rm(directory, { recursive: true }));
    const tokenFile = join(directory, 'token');
    await writeFile(tokenFile, 'old\n');
    const server = await serve(({ headers }, reply) =>
      headers.authorization === 'Bearer new'
        ? sendJson(reply, 200, config())
        : sendJson(reply, 401, statusObject(401, 'Unauthorized', 'who are you?')),
    );
    const { cluster } = await client(server.url, {}, { tokenFile });
    await refusal(cluster.read(ref), 'UNAUTHORIZED');
    expect(server.asked).to.have.length(2);
    await writeFile(tokenFile, 'new\n');
    await cluster.create(config());
    expect(server.asked.map(({ headers }) => headers.authorization)).to.deep.equal([
      'Bearer old',
      'Bearer old',
      'Bearer old',
      'Bearer new',
    ]);
  });

  it('sends a user name and password as basic auth', async () => {
    const server = await serve(script());
    const { cluster } = await client(server.url, {}, { username: 'ann', password: 'p:w' });
    await cluster.read(ref);
    expect(server.asked[0]?.headers.authorization).to.equal(`Basic ${Buffer.from('ann:p:w').toString('base64')}`);
  });

  it('does not take a web page for an object', async () => {
    const server = await serve((_asked, reply) => reply.writeHead(200, { 'content-type': 'text/html' }).end('<html>log in</html>'));
    const { cluster } = await client(server.url);
    await refusal(cluster.read(ref), 'UNAVAILABLE');
    expect(await refusal(cluster.create(config()), 'UNAVAILABLE')).to.include({ outcome: 'unknown' });
  });

  it('follows no redirect', async () => {
    const server = await serve((_asked, reply) => reply.writeHead(302, { location: '/elsewhere' }).end());
    const { cluster } = await client(server.url);
    await refusal(cluster.read(ref), 'UNAVAILABLE');
    expect(server.asked.map(({ path }) => path)).to.not.include('/elsewhere');
    expect(await cluster.proxyToPod({ namespace: 'n', pod: 'p', port: 80, path: '/', method: 'GET', timeoutMs: 1_000 })).to.include({
      status: 302,
    });
  });

  it("cuts a pod's answer at 64 KiB, without a broken character at its end", async () => {
    const server = await serve((_asked, reply) => {
      reply.writeHead(200);
      reply.write('x' + 'ü'.repeat(40_000));
    });
    const { cluster } = await client(server.url);
    const { body } = await cluster.proxyToPod({ namespace: 'n', pod: 'p', port: 80, path: '/', method: 'GET', timeoutMs: 2_000 });
    expect(Buffer.byteLength(body)).to.be.within(65_530, 65_536);
    expect(body).to.match(/^xü+$/);
  });

  it("hands a pod's path and query over as they are, and never lets them leave the pod", async () => {
    const server = await serve((_asked, reply) => reply.writeHead(200).end('ok'));
    const { cluster } = await client(server.url);
    const ask = (path: string) => cluster.proxyToPod({ namespace: 'n', pod: 'p', port: 8080, path, method: 'GET', timeoutMs: 1_000 });
    await ask('/health?a=1&a=%20b');
    await ask('/../../../../../api/v1/secrets');
    await ask('/%2e%2e/%2E%2e/x');
    await ask('//evil.test/x');
    const under = '/api/v1/namespaces/n/pods/p:8080/proxy';
    expect(server.asked.map(({ path }) => path)).to.deep.equal([
      `${under}/health`,
      `${under}/api/v1/secrets`,
      `${under}/x`,
      `${under}//evil.test/x`,
    ]);
    expect(server.asked[0]?.query.getAll('a')).to.deep.equal(['1', ' b']);
  });

  for (const name of ['', '.', '..', 'a/b', '../b', 'a%2fb', 'a\\b', 'a\nb']) {
    it(`refuses ${JSON.stringify(name)} as a name or namespace before anything is sent`, async () => {
      const server = await serve(script());
      const { cluster } = await client(server.url);
      const precondition = { uid: 'u', resourceVersion: '1' };
      for (const bad of [
        { ...ref, name },
        { ...ref, namespace: name },
      ]) {
        await refusal(cluster.read(bad), 'BAD_REQUEST');
        await refusal(cluster.remove(bad, precondition, 'Background'), 'BAD_REQUEST');
      }
      await refusal(cluster.replace({ ...config(), metadata: { name, namespace: 'n', resourceVersion: '1' } }), 'BAD_REQUEST');
      await refusal(cluster.create({ ...config(), metadata: { name: 'a', namespace: name } }), 'BAD_REQUEST');
      await refusal(cluster.podLog('n', name, {}), 'BAD_REQUEST');
      if (name !== '') await refusal(cluster.list('Pod', name), 'BAD_REQUEST');
      expect(server.asked).to.deep.equal([]);
    });
  }

  it('refuses an update without a version and a delete without preconditions before anything is sent', async () => {
    const server = await serve(script());
    const { cluster } = await client(server.url);
    await refusal(cluster.replace({ ...config(), metadata: { name: 'a', namespace: 'n' } }), 'BAD_REQUEST');
    await refusal(cluster.remove(ref, { uid: '', resourceVersion: '1' }, 'Background'), 'BAD_REQUEST');
    await refusal(cluster.remove(ref, { uid: 'u', resourceVersion: '' }, 'Background'), 'BAD_REQUEST');
    expect(server.asked).to.deep.equal([]);
  });

  it('hands over every warning of a create', async () => {
    const server = await serve((_asked, reply) => {
      reply.setHeader('warning', ['299 - "unknown field \\"spec.a\\"", 299 - "old"', '299 - "third"']);
      sendJson(reply, 201, config());
    });
    const { cluster } = await client(server.url);
    const warnings: string[] = [];
    await cluster.create(config(), { onWarnings: texts => warnings.push(...texts) });
    expect(warnings).to.deep.equal(['unknown field "spec.a"', 'old', 'third']);
  });

  it('lists all pages, and starts anew when a page has gone stale', async () => {
    let restarted = false;
    const server = await serve(({ query }, reply) => {
      const next = query.get('continue');
      if (next === 'two' && !restarted) {
        restarted = true;
        sendJson(reply, 410, statusObject(410, 'Expired', 'too old'));
      } else if (next === 'two') sendJson(reply, 200, { metadata: { resourceVersion: '9' }, items: [{ metadata: { name: 'b' } }] });
      else sendJson(reply, 200, { metadata: { resourceVersion: '9', continue: 'two' }, items: [{ metadata: { name: 'a' } }] });
    });
    const { cluster } = await client(server.url);
    const listed = await cluster.list('ConfigMap', 'n');
    expect(listed.map(({ kind, apiVersion, metadata }) => `${apiVersion} ${kind} ${metadata.name}`)).to.deep.equal([
      'v1 ConfigMap a',
      'v1 ConfigMap b',
    ]);
    expect(server.asked.map(({ query }) => query.get('continue'))).to.deep.equal([null, 'two', null, 'two']);
    expect(server.asked.every(({ query }) => query.get('limit') === '500')).to.equal(true);
  });

  it('closes without leaving a handle, and ends what is under way', async () => {
    const server = await serve((asked, reply) =>
      asked.query.has('watch') ? reply.writeHead(200).flushHeaders() : asked.index === 0 ? sendJson(reply, 200, config()) : undefined,
    );
    const { cluster } = await client(server.url);
    await cluster.read(ref);
    const pending = refusal(cluster.read(ref), 'NOT_SENT');
    while (server.asked.length < 2) await systemClock.sleep(5);
    const before = process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap').length;
    expect(before).to.be.at.least(2);
    await cluster.close();
    await pending;
    await server.stop();
    await systemClock.sleep(20);
    expect(process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap')).to.deep.equal([]);
    await refusal(cluster.read(ref), 'NOT_SENT');
  });
});
