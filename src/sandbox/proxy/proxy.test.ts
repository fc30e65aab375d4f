import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { WebSocket, WebSocketServer } from 'ws';
import { controller, core, eventually, ingress, networking, service, startTestSandbox, type SandboxClient } from '../../testing/sandbox.ts';
import { resources } from '../api/resources.ts';
import { createStorage } from '../storage.ts';
import { createProxy } from './server.ts';

describe('simulated ingress proxy', () => {
  let sandbox: SandboxClient;
  beforeEach(async () => {
    sandbox = await startTestSandbox({ pace: { startMs: 5 } });
  });
  afterEach(() => sandbox.stop());

  const runVersion = async (name: string, image: string) => {
    await sandbox.make(controller(name, { app: 'shop', version: name }, { image }));
    await sandbox.make(service(name, { app: 'shop', version: name }));
  };
  const answersWith = (host: string, version: string) =>
    eventually(`${host} answers with ${version}`, async () => (await sandbox.visit(host, '/version')).headers['x-version'] === version);

  it('follows an Ingress to the pods of its Service, and a changed Ingress at the next request', async () => {
    await runVersion('one', 'demo-app:v1');
    await runVersion('two', 'demo-app:v2');
    const made = await sandbox.make(ingress('shop', 'shop.test', 'one'));
    await sandbox.make(ingress('next', 'next.test', 'two'));
    await answersWith('shop.test', 'v1');
    await answersWith('next.test', 'v2');
    const changed = ingress('shop', 'shop.test', 'two');
    await sandbox.call('PUT', `${networking}/ingresses/shop`, { ...changed, metadata: made.metadata });
    expect((await sandbox.visit('shop.test')).headers['x-version']).to.equal('v2');
  });

  it('answers 404 for a host nobody has and 503 for one without ready pods', async () => {
    await sandbox.make(service('none', { app: 'none' }));
    await sandbox.make(ingress('none', 'none.test', 'none'));
    expect((await sandbox.visit('nobody.test')).status).to.equal(404);
    expect((await sandbox.visit('none.test')).status).to.equal(503);
  });

  it('follows the selector of a Service that is moved', async () => {
    await runVersion('one', 'demo-app:v1');
    await runVersion('two', 'demo-app:v2');
    const made = await sandbox.make(service('shop', { app: 'shop', version: 'one' }));
    await sandbox.make(ingress('shop', 'shop.test', 'shop'));
    await answersWith('shop.test', 'v1');
    await sandbox.call('PUT', `${core}/services/shop`, { ...made, spec: { ...made.spec, selector: { app: 'shop', version: 'two' } } });
    await answersWith('shop.test', 'v2');
  });

  it('does what ingress-nginx annotations ask: www redirect, headers, cookie affinity', async () => {
    await sandbox.make(controller('web', { app: 'web' }, {}, 2));
    await sandbox.make(service('web', { app: 'web' }));
    await sandbox.make({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'headers' }, data: { 'X-Team': 'blue' } });
    const prefix = 'nginx.ingress.kubernetes.io';
    const annotations = {
      [`${prefix}/from-to-www-redirect`]: 'true',
      [`${prefix}/custom-headers`]: 'default/headers',
      [`${prefix}/affinity`]: 'cookie',
      [`${prefix}/session-cookie-name`]: 'stay',
    };
    await sandbox.make(ingress('web', 'web.test', 'web', annotations));
    await eventually('both pods answer', async () => {
      const answers = [await sandbox.visit('web.test'), await sandbox.visit('web.test')];
      return new Set(answers.map(answer => answer.headers['x-pod'])).size === 2;
    });
    const redirect = await sandbox.visit('www.web.test', '/a?b=c');
    expect([redirect.status, redirect.headers.location]).to.deep.equal([308, 'http://web.test/a?b=c']);
    const first = await sandbox.visit('web.test');
    expect(first.headers['x-team']).to.equal('blue');
    const cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect(cookie).to.match(/^stay=/);
    for (let count = 0; count < 3; count++)
      expect((await sandbox.visit('web.test', '/', { cookie })).headers['x-pod']).to.equal(first.headers['x-pod']);
  });

  it('answers 404 where Traefik would miss a middleware', async () => {
    await runVersion('one', 'demo-app:v1');
    await sandbox.make(ingress('good', 'good.test', 'one', { 'traefik.ingress.kubernetes.io/router.middlewares': 'teal-compress@file' }));
    await sandbox.make(
      ingress('bad', 'bad.test', 'one', { 'traefik.ingress.kubernetes.io/router.middlewares': 'default-missing@kubernetescrd' }),
    );
    await answersWith('good.test', 'v1');
    expect((await sandbox.visit('bad.test')).status).to.equal(404);
  });
});

describe('simulated ingress proxy, to any backend', () => {
  let backend: Server;
  let proxy: ReturnType<typeof createProxy>;
  let sockets: WebSocketServer;
  const listen = (server: Server) =>
    new Promise<number>(resolve => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
  let port: number;

  beforeEach(async () => {
    backend = createServer((_, response) => {
      response.write('first\n');
      backend.once('release', () => response.end('second\n'));
    });
    sockets = new WebSocketServer({ server: backend });
    sockets.on('connection', socket => socket.on('message', text => socket.send(`echo ${(text as Buffer).toString()}`)));
    const backendPort = await listen(backend);
    const storage = createStorage(100);
    const put = (name: keyof typeof resources, object: Record<string, unknown>) =>
      storage.put(resources[name], { apiVersion: 'v1', kind: 'X', metadata: { name: 'x', namespace: 'n' }, ...object });
    put('ingresses', { spec: { defaultBackend: { service: { name: 'x', port: { number: 80 } } } } });
    put('services', { spec: { ports: [{ port: 80 }] } });
    const metadata = { name: 'x', namespace: 'n', labels: { 'kubernetes.io/service-name': 'x' } };
    put('endpointslices', {
      metadata,
      ports: [{ name: '', port: backendPort }],
      endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
    });
    proxy = createProxy({ storage, endpoint: (address, target) => ({ address, port: target }) });
    port = await listen(proxy.server);
  });
  afterEach(() => {
    proxy.stop();
    sockets.close();
    for (const server of [backend, proxy.server]) {
      server.closeAllConnections();
      server.close();
    }
  });

  it('passes WebSockets through', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    const answer = await new Promise<string>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => socket.send('hello'));
      socket.on('message', data => resolve((data as Buffer).toString()));
    });
    expect(answer).to.equal('echo hello');
    socket.terminate();
  });

  it('passes a stream on while it still comes', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const read = async () => Buffer.from((await reader.read()).value ?? []).toString();
    expect(await read()).to.equal('first\n');
    backend.emit('release');
    expect(await read()).to.equal('second\n');
  });
});
