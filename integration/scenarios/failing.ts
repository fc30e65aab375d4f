/** Deployments that cannot succeed: how early they say so, what they say, and what they leave alone. */

import { expect } from 'chai';
import type { DemoWish } from '../support/demo.ts';
import type { World } from '../support/world.ts';
import { scenario, type Scenario } from './scenario.ts';

/** Fails well before the deadline of 60 s, for this reason, and leaves nothing. */
async function failsEarly(world: World, wish: DemoWish, code: string): Promise<string> {
  const from = performance.now();
  const failed = await world.user.deploy(world.demo(wish), 'FAILURE');
  expect(failed.reason?.code, failed.reason?.message).to.equal(code);
  expect(performance.now() - from, 'time until FAILURE').to.be.lessThan(50_000);
  expect(await world.standing()).to.deep.equal([]);
  return world.user.log(failed.id);
}

const specs = async (world: World) => {
  const objects = await Promise.all([
    world.object('ReplicationController', 'shop-1'),
    world.object('Service', 'shop-1'),
    world.object('Service', 'shop'),
    world.object('Ingress', 'shop'),
  ]);
  return objects.map(object => ({ uid: object?.metadata.uid, spec: object?.['spec'] as unknown }));
};

export const failingScenarios: Scenario[] = [
  scenario('an image that cannot be pulled fails early and says which', async world => {
    const log = await failsEarly(world, { image: 'missing' }, 'IMAGE_PULL');
    expect(log).to.include('demo-app:missing');
  }),

  scenario('an app that crashes again and again fails early with its last words in the log', async world => {
    const log = await failsEarly(world, { env: { START_DELAY: '30s', CRASH_AFTER: '50ms' } }, 'CRASH_LOOP');
    expect(log).to.include('as CRASH_AFTER asks');
  }),

  scenario('a used-up quota fails early', async world => {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few' }, spec: { hard: { pods: '0' } } };
    const made = await world.kube.call('POST', `/api/v1/namespaces/${world.namespace}/resourcequotas`, quota);
    expect(made.status).to.equal(201);
    const log = await failsEarly(world, {}, 'QUOTA_EXCEEDED');
    expect(log).to.include('exceeded quota');
  }),

  scenario('a pod spec that the API server refuses fails at once with its words', async world => {
    const failed = await world.user.deploy(world.demo({ container: { volumeMounts: [{ name: 'nowhere', mountPath: '/x' }] } }), 'FAILURE');
    expect(failed.reason?.code).to.equal('REFUSED_BY_CLUSTER');
    expect(failed.reason?.message).to.match(/Not found/i);
    expect(await world.standing()).to.deep.equal([]);
  }),

  scenario(
    'pods that the admission of their namespace denies fail early, with its words',
    async world => {
      await world.kube.edit(
        'Namespace',
        '',
        world.namespace,
        object => (object.metadata.labels = { ...object.metadata.labels, 'pod-security.kubernetes.io/enforce': 'restricted' }),
      );
      const log = await failsEarly(world, {}, 'REFUSED_BY_CLUSTER');
      expect(log).to.include('violates PodSecurity');
    },
    { leftOut: { sandbox: 'the simulated cluster has no Pod Security admission' } },
  ),

  scenario('a secret that is missing fails early', async world => {
    const container = { env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'nowhere', key: 'token' } } }] };
    await failsEarly(world, { container }, 'REFUSED_BY_CLUSTER');
  }),

  scenario('a failing second version leaves everything of the first as it was, the Service included', async world => {
    const first = await world.user.deploy(world.routed());
    const before = await specs(world);
    const report = await world.traffic(async () => {
      const failed = await world.user.deploy(
        world.routed({ image: 'v2', env: { HEALTHY: 'false' }, timeoutSeconds: world.short(6) }),
        'FAILURE',
      );
      expect(await world.user.log(failed.id)).to.match(/Timeout waiting for pods/i);
    });
    expect(report.lost).to.deep.equal([]);
    expect(report.versions).to.deep.equal(['v1']);
    expect(await specs(world)).to.deep.equal(before);
    expect(await world.standing()).to.deep.equal([
      'Ingress shop',
      'Ingress shop-1',
      'ReplicationController shop-1',
      'Service shop',
      'Service shop-1',
    ]);
    expect(await world.pods({ version: '2' })).to.deep.equal([]);
    expect((await world.user.show(first.id)).status).to.equal('DEPLOYED');
  }),

  scenario('a failed version can be followed by a good one', async world => {
    await world.user.deploy(world.routed());
    await world.user.deploy(world.routed({ image: 'missing' }), 'FAILURE');
    await world.user.deploy(world.routed({ image: 'v2' }));
    await world.answers(world.host, 'v2');
    await world.stands(['Ingress shop', 'Ingress shop-3', 'ReplicationController shop-3', 'Service shop', 'Service shop-3']);
  }),

  scenario('a first version for which the proxy never answers fails and leaves no Ingress', async world => {
    const { user } = await world.start({ args: ['--proxysleep', '2', '--ingress-address', 'http://127.0.0.1:9'] });
    const failed = await user.deploy(world.routed(), 'FAILURE');
    expect(failed.reason?.code).to.equal('PROXY_NOT_READY');
    expect(await world.standing()).to.deep.equal([]);
  }),

  scenario('a second version for which the proxy never answers leaves Service and Ingress on the first', async world => {
    const { user } = await world.start({ args: ['--ingress-class', 'a-class-that-nobody-serves', '--proxysleep', '3'] });
    await user.deploy(world.demo());
    const failed = await user.deploy(world.routed({ image: 'v2' }), 'FAILURE');
    expect(failed.reason?.code).to.equal('PROXY_NOT_READY');
    expect((await world.pointing()).service).to.equal('1');
    expect(await world.standing()).to.deep.equal(['ReplicationController shop-1', 'Service shop', 'Service shop-1']);
  }),
];
