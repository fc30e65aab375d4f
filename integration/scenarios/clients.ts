/** Clients that exist already: a shell pipeline, and what the original deployer's own black-box tests ask for, told in our words. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Json } from '../support/demo.ts';
import { startGateway } from '../support/gateway.ts';
import type { Deployment } from '../support/user.ts';
import { eventually } from '../support/wait.ts';
import type { World } from '../support/world.ts';
import { scenario, type Scenario } from './scenario.ts';

const plainScript = fileURLToPath(new URL('../support/pipeline.sh', import.meta.url));
const exampleScript = fileURLToPath(new URL('../../deploy/examples/pipeline.sh', import.meta.url));

interface PipelineWish {
  script?: string;
  /** Where it finds Teal, when not directly. */
  url?: string;
}

async function pipeline(
  world: World,
  descriptor: Json,
  { script = plainScript, url = world.server.process.url }: PipelineWish = {},
): Promise<{ code: number; out: string }> {
  const authorization = world.user.client.headers['authorization'];
  const env = { ...process.env, TEAL_AUTHORIZATION: authorization, TEAL_TOKEN: authorization?.replace(/^Bearer /, '') };
  const dir = await mkdtemp(join(tmpdir(), 'teal-pipeline-'));
  const file = join(dir, 'descriptor.json');
  await writeFile(file, JSON.stringify(descriptor));
  try {
    return await new Promise(resolve =>
      execFile('sh', [script, url, world.namespace, file], { timeout: 90_000, env }, (error, out) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? 99 : 0, out }),
      ),
    );
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** As that suite does it: base URL with a slash, plus the Location, so that the path starts with two. */
async function outcome(world: World, wish: object): Promise<Deployment> {
  const { client } = world.user;
  const described = await client.call('POST', '/descriptors/', {
    body: world.routed({ appName: 'integrationtest', replicas: 2, timeoutSeconds: 40, ...wish }),
  });
  const id = /\/descriptors\/(.*)\/.*/.exec(described.headers['location'] ?? '')?.[1] ?? '';
  const accepted = await client.call('POST', '/deployments/', { query: { descriptorId: id } });
  expect(accepted.status).to.equal(202);
  return eventually('the deployment has ended', 90_000, async () => {
    const polled = await client.call('GET', `/${accepted.headers['location'] ?? ''}`, { namespace: null });
    const deployment = polled.json<Deployment>();
    expect(['DEPLOYED', 'FAILURE']).to.include(deployment.status);
    return deployment;
  });
}

const controllers = async (world: World) =>
  (await world.kube.list('ReplicationController', world.namespace)).map(object => object.metadata.labels ?? {});

/** Two running pods, one RC, and the Ingress on that RC's version. */
async function running(world: World): Promise<number> {
  const [labels, ...others] = await controllers(world);
  expect(others).to.deep.equal([]);
  expect(labels?.['app']).to.equal('integrationtest');
  const pods = (await world.pods({ app: 'integrationtest' })).filter(pod => pod['status'].phase === 'Running');
  expect(pods.length).to.equal(2);
  const version = Number(labels?.['version']);
  expect(version).to.satisfy(Number.isInteger);
  if (await world.object('Ingress', 'integrationtest')) expect((await world.pointing('integrationtest')).ingress).to.equal(String(version));
  return version;
}

const unhealthy = { env: { HEALTHY: 'false', HEALTH_FORMAT: 'always200' }, timeoutSeconds: 5 };
const simply = { healthCheckType: 'simple', healthCheckPath: '/status/200' };

export const clientScenarios: Scenario[] = [
  scenario('a shell with curl, grep and expr deploys, sees the end, the log and the health data', async world => {
    for (const image of ['v1', 'v2']) {
      const { code, out } = await pipeline(world, world.demo({ image }));
      expect(code, out).to.equal(0);
      expect(out)
        .to.include('status DEPLOYED')
        .and.to.match(/\d{4}-\d\d-\d\dT.*healthy/i)
        .and.to.include('"podName"');
    }
  }),

  scenario('the loop of the shell client ends on a failed deployment', async world => {
    const { code, out } = await pipeline(world, world.demo({ image: 'missing' }));
    expect(code, out).to.equal(1);
    expect(out).to.include('status FAILURE').and.to.include('demo-app:missing');
  }),

  scenario('the loop of the shell client ends on a cancelled deployment', async world => {
    const result = pipeline(world, world.demo({ env: { READY_DELAY: '300s' } }));
    const [found] = await eventually('it is deploying', 15_000, async () => {
      const list = await world.user.list();
      expect(list.length).to.equal(1);
      return list;
    });
    await world.user.remove(found?.id ?? '');
    const { code, out } = await result;
    expect(code, out).to.equal(2);
    expect(out).to.include('status UNDEPLOYED');
  }),

  scenario('the example for pipelines goes on while the server is away, and deploys once though an answer was lost', async world => {
    // It writes the names of headers in lower case, as many proxies do.
    const gateway = await startGateway({ url: world.server.process.url });
    try {
      const spoils = [
        gateway.spoil({ method: 'POST', path: /^\/descriptors\//, times: 1, with: 503 }),
        gateway.spoil({ method: 'POST', path: /^\/deployments\//, times: 1, with: 'lost-answer' }),
        gateway.spoil({ method: 'GET', path: /^\/deployments\/[^/]+\/$/, times: 1, with: 502 }),
      ];
      const { code, out } = await pipeline(world, world.demo(), { script: exampleScript, url: gateway.url });
      expect(code, out).to.equal(0);
      expect(out).to.match(/^version 1 serves$/m);
      expect(spoils.map(({ struck }) => struck())).to.deep.equal([1, 1, 1]);
      expect(await world.user.list()).to.have.length(1);
    } finally {
      await gateway.stop();
    }
  }),

  scenario('original: after a failed first deployment neither a route nor an RC is left', async world => {
    expect((await outcome(world, unhealthy)).status).to.equal('FAILURE');
    await eventually('no RC is left', 5000, async () => expect(await controllers(world)).to.deep.equal([]));
    expect(await world.object('Ingress', 'integrationtest')).to.equal(undefined);
  }),

  scenario('original: consecutive deployments by probe and by simple check leave one RC, one version up', async world => {
    expect((await outcome(world, {})).status).to.equal('DEPLOYED');
    const before = await running(world);
    expect((await outcome(world, simply)).status).to.equal('DEPLOYED');
    expect(await running(world)).to.equal(before + 1);
  }),

  scenario('original: failing probe and simple checks are not deployed, an ignored one is', async world => {
    expect((await outcome(world, unhealthy)).status).to.equal('FAILURE');
    expect((await outcome(world, { ...simply, healthCheckPath: '/status/500', timeoutSeconds: 5 })).status).to.equal('FAILURE');
    expect((await outcome(world, { ...unhealthy, timeoutSeconds: 40, ignoreHealthCheck: true })).status).to.equal('DEPLOYED');
    await running(world);
  }),

  scenario(
    'original: deployments of one app at the same time are all deployed, and one RC is left',
    async world => {
      const all = await Promise.all([1, 2, 3, 4, 5].map(() => outcome(world, {})));
      expect(all.map(({ status }) => status)).to.deep.equal(Array(5).fill('DEPLOYED'));
      await eventually('one version runs', 10_000, () => running(world));
    },
    { limitMs: 180_000 },
  ),

  scenario('original: an app without frontend and health check is deployed with its pods', async world => {
    const plain = {
      frontend: undefined,
      useHealthCheck: false,
      healthCheckPath: undefined,
      healthCheckPort: undefined,
      healthCheckType: undefined,
    };
    expect((await outcome(world, plain)).status).to.equal('DEPLOYED');
    await running(world);
  }),

  scenario('original: deploying the same fixed version again fails, the live one stays', async world => {
    expect((await outcome(world, {})).status).to.equal('DEPLOYED');
    const version = await running(world);
    expect((await outcome(world, { newVersion: String(version) })).status).to.equal('FAILURE');
    expect(await running(world)).to.equal(version);
  }),
];
