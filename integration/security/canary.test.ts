/**
 * Canaries: secret values are put wherever a secret can be, then everything that leaves the process is searched for them: every kind of answer, stream, log line, metric.
 * Only whoever may deploy sees what stands in a descriptor, and only in the descriptor itself; no credential of Teal's own is seen by anybody.
 */

import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SignJWT } from 'jose';
import { WebSocket } from 'ws';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/index.ts';
import { openEmbeddedStore } from '../../src/store/embedded/index.ts';
import { keys } from '../../src/store/keys.ts';
import { demo, type Json } from '../support/demo.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { createKube, type Kube } from '../support/kube.ts';
import { startTeal, type TealProcess } from '../support/teal-process.ts';
import { eventually, within } from '../support/wait.ts';

const namespace = 'default';
const canary = (name: string) => `cnry/${name} ${randomBytes(9).toString('hex')}`;

/** Nobody sees these. */
const own = {
  jwtSecret: `cnry-jwt-${randomBytes(24).toString('hex')}`,
  kubeToken: `cnry-kube-${randomBytes(9).toString('hex')}`,
  storeToken: canary('store'),
  /** In a Secret of the cluster: Teal never knows it, and hides it by its name alone. */
  clusterPassword: canary('cluster'),
};
/** Who may deploy sees these in the descriptor. */
const written = {
  variable: canary('variable'),
  mapped: canary('mapped'),
  url: `cnry-url-${randomBytes(9).toString('hex')}`,
  argument: canary('argument'),
  header: `cnry-header-${randomBytes(9).toString('hex')}`,
  annotation: canary('annotation'),
  webhook: `cnry-webhook-${randomBytes(9).toString('hex')}`,
};

/** What of a canary may not be seen: itself, its ends (a text may have been cut), and what it looks like elsewhere. */
const traces = (value: string): string[] => [
  value,
  value.slice(0, 16),
  value.slice(-12),
  encodeURIComponent(value),
  Buffer.from(value).toString('base64').replace(/=+$/, '').slice(0, -1),
];

const descriptor = (appName: string, changes: Json = {}): Json =>
  demo(namespace, {
    appName,
    useHealthCheck: true,
    // The demo program answers its whole environment there.
    healthCheckPath: 'env',
    healthCheckType: 'simple',
    environment: { MAPPED_TOKEN: written.mapped },
    annotations: { 'example.test/api-key': written.annotation },
    webhooks: [{ key: written.webhook, description: 'from the registry' }],
    container: {
      env: [
        { name: 'DB_PASSWORD', value: written.variable },
        { name: 'LOGIN_PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } },
        { name: 'DB_URL', value: `postgres://app:${written.url}@db:5432/shop` },
        { name: 'GREETING', value: `in other words $(DB_PASSWORD) or ${Buffer.from(written.variable).toString('base64')}` },
        ...((changes['env'] as Json[] | undefined) ?? []),
      ],
      args: [`--password=${written.argument}`, '--verbose', '--api-token', written.argument],
      readinessProbe: {
        httpGet: { path: '/ready', port: 8080, httpHeaders: [{ name: 'Authorization', value: `Bearer ${written.header}` }] },
        periodSeconds: 1,
      },
    },
  });

type Role = 'viewer' | 'deployer';

interface Seen {
  where: string;
  text: string;
  /** Whoever asked has sent it in the same request, or may read the descriptor. */
  descriptorToo?: boolean;
}

describe('what leaves the process', function () {
  this.timeout(240_000);

  const clean: (() => Promise<unknown>)[] = [];
  const seen: Seen[] = [];
  let sandbox: Sandbox;
  let kube: Kube;
  let gateway: Gateway;
  let teal: TealProcess;
  let dir: string;
  const tokens = {} as Record<Role, string>;

  async function ask(role: Role, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const answer = await fetch(`${teal.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${tokens[role]}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const all = `${JSON.stringify([...answer.headers])}\n${text}`;
    return { status: answer.status, location: answer.headers.get('location') ?? '', text, all };
  }

  /** Asks, and remembers the answer for the search. `descriptorToo`: the answer may hold the descriptor for this role. */
  async function note(
    role: Role,
    method: string,
    path: string,
    body?: unknown,
    descriptorToo = false,
    headers: Record<string, string> = {},
  ) {
    const answer = await ask(role, method, path, body, headers);
    seen.push({ where: `${method} ${path.replace(/[0-9a-f-]{36}/g, 'ID')} as ${role}`, text: answer.all, descriptorToo });
    return answer;
  }

  async function listen(role: Role, path: string, protocol?: string, forMs = 1500): Promise<void> {
    const socket = new WebSocket(`${teal.url.replace('http', 'ws')}${path}`, protocol ?? [], {
      headers: { authorization: `Bearer ${tokens[role]}` },
    });
    const frames: string[] = [];
    const over = new Promise<void>((resolve, reject) => {
      socket.on('message', data => frames.push((data as Buffer).toString()));
      socket.on('close', () => resolve());
      socket.on('error', reject);
      setTimeout(() => socket.terminate(), forMs).unref();
    });
    await within(`the stream ${path}`, 30_000, over);
    seen.push({ where: `stream ${path.replace(/[0-9a-f-]{36}/g, 'ID')} ${protocol ?? ''} as ${role}`, text: frames.join('\n') });
  }

  async function deploy(body: Json, outcome: string): Promise<string> {
    const made = await ask('deployer', 'POST', `/descriptors/?namespace=${namespace}`, body);
    expect(made.status, made.text).to.equal(201);
    const id = made.location.split('/')[2] ?? '';
    const started = await ask('deployer', 'POST', `/deployments/?namespace=${namespace}&descriptorId=${id}`);
    expect(started.status, started.text).to.equal(202);
    const path = started.location;
    await eventually(`${String(body['appName'])} is ${outcome}`, 90_000, async () => {
      const now = JSON.parse((await ask('deployer', 'GET', `${path}&wait=5s&until=deployed`)).text) as { status: string };
      expect(now.status).to.equal(outcome);
    });
    return path.split('/')[2] ?? '';
  }

  before('a Teal full of secrets has done its work', async () => {
    sandbox = await startSandbox({ host: '127.0.0.1', clock: systemClock, log: silentLogger });
    clean.push(() => sandbox.stop());
    kube = createKube({ url: sandbox.apiUrl });
    clean.push(() => kube.close());
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, stringData: { password: own.clusterPassword } };
    expect((await kube.call('POST', `/api/v1/namespaces/${namespace}/secrets`, secret)).status).to.equal(201);
    gateway = await startGateway({ url: sandbox.apiUrl });
    clean.push(() => gateway.stop());

    dir = await mkdtemp(join(tmpdir(), 'teal-canary-'));
    clean.push(() => rm(dir, { recursive: true, force: true }));
    const file = async (name: string, content: string) => {
      await writeFile(join(dir, name), content);
      return join(dir, name);
    };
    const data = join(dir, 'data');
    const store = await openEmbeddedStore({ dir: data }, { clock: systemClock, log: silentLogger });
    await store.transact({ compare: [], writes: [{ put: keys.environmentKey('API_TOKEN'), value: own.storeToken }] });
    await store.close();

    teal = await startTeal([
      ...['--kubernetes', gateway.url, '--kubernetes-token-file', await file('kube-token', own.kubeToken)],
      ...['--jwt-secret-file', await file('jwt-secret', own.jwtSecret), '--data-dir', data, '--log-level', 'debug'],
      ...['--health-via', 'api-proxy', '--timeout', '30', '--confirm', '0', '--drain', '0', '--lease', '5'],
    ]);
    clean.push(() => (teal.running ? teal.kill() : Promise.resolve()));
    for (const role of ['viewer', 'deployer'] as const)
      tokens[role] = await new SignJWT({ sub: role, roles: [role], namespaces: [namespace] })
        .setProtectedHeader({ alg: 'HS256' })
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode(own.jwtSecret));
  });

  after(async () => {
    for (const end of clean.reverse()) await end().catch(() => undefined);
  });

  it('carries none of the canaries', async () => {
    await deploy(descriptor('well'), 'DEPLOYED');
    // What is no duration is printed by the program before it ends.
    await deploy(descriptor('crashes', { env: [{ name: 'START_DELAY', value: '$(DB_PASSWORD)' }] }), 'FAILURE');
    const [well] = await kube.list('Pod', namespace, { app: 'well' });
    const inside = (await kube.askPod(namespace, well?.metadata.name ?? '', 'GET', '/env')).text;
    for (const value of [written.variable, written.mapped, written.url, own.storeToken, own.clusterPassword])
      expect(inside, 'the pod tells all').to.include(value);

    const denied = gateway.spoil({ method: 'POST', path: /\/replicationcontrollers$/, with: { quoting: 403 } });
    await deploy(descriptor('denied'), 'FAILURE');
    await note('viewer', 'POST', `/descriptors/validate?namespace=${namespace}&cluster=true`, descriptor('asked'), true);
    expect(denied.struck()).to.be.at.least(2);
    denied.heal();
    const failing = gateway.spoil({ method: 'POST', path: /\/replicationcontrollers$/, times: 3, with: { quoting: 500 } });
    await deploy(descriptor('late'), 'DEPLOYED');
    expect(failing.struck()).to.equal(3);

    for (const role of ['viewer', 'deployer'] as const) await collect(role);
    await teal.stop();
    seen.push({ where: 'what it printed', text: teal.printed().join('\n') });
    for (const name of await readdir(join(dir, 'data')))
      if (/^LOG/.test(name)) seen.push({ where: `${name} of the embedded store`, text: await readFile(join(dir, 'data', name), 'utf8') });

    expect(seen.length, 'places').to.be.greaterThan(60);
    const log = seen.filter(({ where }) => /\/logs/.test(where)).map(({ text }) => text);
    expect(
      log.some(text => text.includes('not a duration')),
      'the last words of the pod are there',
    ).to.equal(true);
    expect(
      log.some(text => text.includes('quotes.example.test')),
      'the denial is there',
    ).to.equal(true);

    const found = seen.flatMap(({ where, text, descriptorToo }) =>
      Object.entries({ ...own, ...(descriptorToo ? {} : written), viewerToken: tokens.viewer, deployerToken: tokens.deployer }).flatMap(
        ([name, value]) => (traces(value).some(trace => text.includes(trace)) ? [`${name} in ${where}: ${excerpt(text, value)}`] : []),
      ),
    );
    expect([...new Set(found)]).to.deep.equal([]);
  });

  const excerpt = (text: string, value: string): string => {
    const at = Math.max(0, ...traces(value).map(trace => text.indexOf(trace)));
    return text.slice(Math.max(0, at - 60), at + 60).replaceAll('\n', ' ');
  };

  async function collect(role: Role): Promise<void> {
    const mayRead = role === 'deployer';
    const query = `?namespace=${namespace}`;
    const idsOf = async (kind: string) => {
      const { text } = await note(role, 'GET', `/${kind}/${query}`, undefined, mayRead);
      return (JSON.parse(text) as { id: string }[]).map(({ id }) => id);
    };
    for (const id of await idsOf('descriptors')) await note(role, 'GET', `/descriptors/${id}/${query}`, undefined, mayRead);
    for (const id of await idsOf('deployments')) {
      const { text } = await note(role, 'GET', `/deployments/${id}/${query}`, undefined, mayRead);
      const { descriptor: _copy, ...rest } = JSON.parse(text) as Json;
      seen.push({ where: `deployment without its descriptor as ${role}`, text: JSON.stringify(rest) });
      await note(role, 'GET', `/deployments/${id}/logs${query}`);
      await note(role, 'GET', `/deployments/${id}/logs${query}`, undefined, false, { accept: 'application/json' });
      await note(role, 'GET', `/deployments/${id}/logs${query}&follow=true`);
      await note(role, 'GET', `/deployments/${id}/healthcheckdata${query}`);
      await listen(role, `/stream/deployments/${id}/logs${query}`);
      await listen(role, `/stream/deployments/${id}/logs${query}`, 'teal.v1');
    }
    await listen(role, `/stream/events${query}&after=1`, 'teal.v1');
    for (const path of [`/apps/${query}`, '/apps/', '/whoami', `/diagnosis${query}`]) await note(role, 'GET', path);
    for (const app of ['well', 'crashes', 'denied', 'late']) await note(role, 'GET', `/apps/${app}/${query}`);
    // Against what serves, and against nothing.
    for (const app of ['well', 'fresh']) await note(role, 'POST', `/descriptors/diff${query}`, descriptor(app), mayRead);
    // Refusals: of what is no JSON, what is no descriptor, what the policy forbids, what is not there, what is not allowed.
    await note(role, 'POST', `/descriptors/${query}`, `{"podspec": "${written.variable}`);
    await note(role, 'POST', `/descriptors/${query}`, { ...descriptor('bad'), replicas: written.variable, [written.mapped]: 1 }, true);
    await note(role, 'POST', `/descriptors/${query}`, {
      ...descriptor('bad'),
      podspec: { hostNetwork: true, containers: [{ name: 'a', image: 'a' }] },
    });
    await note(role, 'GET', `/deployments/none/${query}`);
    await note(role, 'GET', '/deployments/?namespace=other');
    for (const path of ['/metrics', '/version', '/openapi.json', '/readyz?verbose', '/livez?verbose']) await note(role, 'GET', path);
  }
});
