/** When a version counts as healthy. */

import { expect } from 'chai';
import type { DemoWish } from '../support/demo.ts';
import { eventually } from '../support/wait.ts';
import type { World } from '../support/world.ts';
import { scenario, type Scenario } from './scenario.ts';

interface Datum {
  podName: string;
  value: string;
  healthy: boolean;
  checkedAt: string;
}

const healthOf = async (world: World, id: string): Promise<Datum[]> =>
  (await world.user.client.call('GET', `/deployments/${id}/healthcheckdata`)).json<Datum[]>();

/** Deploys with a short deadline and expects that the health check never passes. */
async function neverHealthy(world: World, wish: DemoWish): Promise<Datum[]> {
  const failed = await world.user.deploy(world.demo({ timeoutSeconds: world.short(6), ...wish }), 'FAILURE');
  expect(failed.reason?.code).to.equal('TIMEOUT');
  const data = await healthOf(world, failed.id);
  expect(data.map(({ healthy }) => healthy)).to.deep.equal([false]);
  return data;
}

const simple = (path: string): DemoWish => ({ healthCheckType: 'simple', healthCheckPath: path });

export const healthScenarios: Scenario[] = [
  scenario('a probe that answers 200 but says unhealthy fails the deployment at its deadline, with the answer kept', async world => {
    const [datum] = await neverHealthy(world, { env: { HEALTHY: 'false', HEALTH_FORMAT: 'always200' } });
    expect(JSON.parse(datum?.value ?? '')).to.include({ healthy: false });
    await world.stands([], 5000);
  }),

  scenario('a probe that answers with an error status is unhealthy', async world => {
    await neverHealthy(world, { env: { HEALTHY: 'false' } });
  }),

  scenario('a probe whose answer is no JSON is unhealthy', async world => {
    const [datum] = await neverHealthy(world, { env: { HEALTH_FORMAT: 'broken' } });
    expect(datum?.value).to.include('{"healthy":');
  }),

  scenario('a simple check takes any 2xx, whatever the body', async world => {
    await world.user.deploy(world.demo(simple('/status/204')));
    await world.user.deploy(world.demo(simple('status/202')));
  }),

  scenario('a simple check takes neither an error nor a redirect', async world => {
    await neverHealthy(world, simple('/status/500'));
    await neverHealthy(world, simple('/status/302'));
  }),

  scenario('the path of the health check works with and without leading slash, and with a query', async world => {
    for (const healthCheckPath of ['health', '/health', 'health?deep=true']) await world.user.deploy(world.demo({ healthCheckPath }));
  }),

  scenario('without a given port the only one of the container is asked', async world => {
    await world.user.deploy(world.demo({ healthCheckPort: undefined }));
  }),

  scenario('without any declared port 9999 is asked', async world => {
    await world.user.deploy(
      world.demo({ healthCheckPort: undefined, env: { PORT: '9999' }, container: { ports: [], readinessProbe: undefined } }),
    );
  }),

  scenario('of several ports the one named healthcheck is asked, and traffic goes to another', async world => {
    const ports = [
      { name: 'healthcheck', containerPort: 8081 },
      { name: 'web', containerPort: 8080 },
    ];
    const checker = { name: 'checker', image: 'demo-app:v1', imagePullPolicy: 'IfNotPresent', env: [{ name: 'PORT', value: '8081' }] };
    const descriptor = world.routed({ image: 'v2', healthCheckPort: undefined, container: { ports } });
    const podspec = descriptor['podspec'] as { containers: object[] };
    const { id } = await world.user.deploy({ ...descriptor, podspec: { ...podspec, containers: [...podspec.containers, checker] } });
    expect((await healthOf(world, id))[0]?.value).to.include('"version":"v1"');
    await world.answers(world.host, 'v2');
  }),

  scenario('several ports without a named one and without healthCheckPort are refused', async world => {
    const reply = await world.user.client.call('POST', '/descriptors/', {
      body: world.demo({
        healthCheckPort: undefined,
        container: {
          ports: [
            { name: 'a', containerPort: 8080 },
            { name: 'b', containerPort: 8081 },
          ],
        },
      }),
    });
    expect(reply.status).to.equal(400);
    expect(reply.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)).to.deep.equal(['/healthCheckPort']);
  }),

  scenario('ignoreHealthCheck deploys an unhealthy app without asking it', async world => {
    const { id } = await world.user.deploy(world.demo({ ignoreHealthCheck: true, env: { HEALTHY: 'false' } }));
    expect(await healthOf(world, id)).to.deep.equal([]);
  }),

  scenario('without a health check readiness alone decides: nothing switches before all pods are ready', async world => {
    const plain = { useHealthCheck: false, healthCheckPath: undefined, healthCheckPort: undefined, healthCheckType: undefined };
    await world.user.deploy(world.routed(plain));
    const id = await world.user.start(
      await world.user.describe(world.routed({ ...plain, image: 'v2', replicas: 2, env: { READY_DELAY: '3s' } })),
    );
    await eventually('pods of the new version run', 20_000, async () => expect((await world.pods({ version: '2' })).length).to.equal(2));
    expect((await world.pointing()).service).to.equal('1');
    const done = await world.user.ended(id);
    expect(done.status).to.equal('DEPLOYED');
    expect(await healthOf(world, id)).to.deep.equal([]);
    const ready = (await world.pods({ version: '2' })).map(
      pod => (pod['status'].conditions as { type: string; status: string }[]).find(({ type }) => type === 'Ready')?.status,
    );
    expect(ready).to.deep.equal(['True', 'True']);
  }),

  scenario('a version that is never ready fails at its deadline and leaves nothing', async world => {
    const failed = await world.user.deploy(
      world.demo({ useHealthCheck: false, env: { READY_DELAY: '300s' }, timeoutSeconds: world.short(5) }),
      'FAILURE',
    );
    expect(failed.reason?.code).to.equal('TIMEOUT');
    expect(failed.reason?.message).to.include('not ready');
    expect(await world.standing()).to.deep.equal([]);
  }),

  scenario('every one of several pods must be healthy', async world => {
    const id = await world.user.start(
      await world.user.describe(
        world.demo({ replicas: 2, timeoutSeconds: world.short(12), env: { HEALTH_FORMAT: 'always200', HEALTHY: 'false' } }),
      ),
    );
    await eventually('both pods are asked', 20_000, async () =>
      expect((await healthOf(world, id)).length + (await world.pods()).length).to.be.at.least(2),
    );
    const [healed] = await eventually('a pod answers', 20_000, async () => {
      const pods = await world.pods();
      const answer = await world.kube.askPod(world.namespace, pods[0]?.metadata.name ?? '', 'POST', '/health?healthy=true');
      expect(answer.status).to.equal(200);
      return pods;
    });
    const failed = await world.user.ended(id);
    expect(failed.status).to.equal('FAILURE');
    const data = await healthOf(world, id);
    expect(data.length).to.equal(2);
    expect(data.find(({ podName }) => podName === healed?.metadata.name)?.healthy).to.equal(true);
  }),

  scenario('a pod that has ended and still stands does not spoil the health of its version', async world => {
    const labels = { name: 'shop-1', version: '1', app: 'shop' };
    const container = { name: 'demo', image: 'demo-app:v1', imagePullPolicy: 'IfNotPresent', args: ['-exit', '1'] };
    await world.kube.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: world.namespace, name: 'ended', labels },
      spec: { restartPolicy: 'Never', containers: [container] },
    });
    await eventually('the pod has failed', 20_000, async () =>
      expect((await world.object('Pod', 'ended'))?.['status'].phase).to.equal('Failed'),
    );
    await world.user.deploy(world.demo());
  }),

  scenario('a probe that is not found by GET is asked by POST, as the original did', async world => {
    const { server, user } = await world.start({ gateway: true, args: ['--health-via', 'api-proxy'] });
    const spoiled = server.gateway?.spoil({ method: 'GET', path: /\/pods\/[^/]+\/proxy\/health$/, with: { pod: 405 } });
    const { id } = await user.deploy(world.demo());
    expect(spoiled?.struck()).to.be.greaterThan(0);
    const data = (await user.client.call('GET', `/deployments/${id}/healthcheckdata`)).json<Datum[]>();
    expect(data.map(({ value }) => JSON.parse(value) as unknown)).to.deep.equal([{ healthy: true }]);
    expect(server.gateway?.passed.some(({ method, path }) => method === 'POST' && path.endsWith('/proxy/health'))).to.equal(true);
  }),

  scenario('health is asked by pod IP or through the API server, as the operator says', async world => {
    for (const [via, expected] of [
      ['pod-ip', false],
      ['api-proxy', true],
    ] as const) {
      const { server, user } = await world.start({ gateway: true, args: ['--health-via', via] });
      const { id } = await user.deploy(world.demo({ appName: `by-${via}` }));
      expect((await user.client.call('GET', `/deployments/${id}/healthcheckdata`)).json<Datum[]>()[0]?.healthy).to.equal(true);
      expect(server.gateway?.passed.some(({ path }) => path.includes('/proxy/health'))).to.equal(expected);
    }
  }),
];
