/** Taking over what the deployer before Teal has left running. */

import { expect } from 'chai';
import type { Adoption, AppDetail } from '../../src/contract/api.ts';
import { eventually } from '../support/wait.ts';
import type { World } from '../support/world.ts';
import { scenario, type Scenario } from './scenario.ts';

const labels = { name: 'shop-7', version: '7', app: 'shop' };

/** An app as that deployer made it: labels, annotations and variables are its own. */
async function original(world: World, { host = world.host, className = classOf(world) } = {}): Promise<void> {
  const { namespace, kube } = world;
  const port = { name: 'http', containerPort: 8080 };
  await kube.create({
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: {
      name: 'shop-7',
      namespace,
      labels,
      annotations: {
        deploymentId: 'of-old',
        appName: 'shop',
        version: '7',
        useHealthCheck: 'true',
        healthCheckPath: 'health',
        healthCheckPort: '8080',
        healthCheckType: 'probe',
        frontend: host,
      },
    },
    spec: {
      replicas: 2,
      selector: labels,
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'demo',
              image: 'demo-app:v1',
              imagePullPolicy: 'IfNotPresent',
              ports: [port],
              readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1 },
              env: [
                { name: 'OWN', value: 'kept' },
                { name: 'APP_NAME', value: 'shop' },
                { name: 'APP_VERSION', value: '7' },
                { name: 'FROM_STORE', value: 'store' },
              ],
            },
          ],
        },
      },
    },
  });
  const service = (name: string, own: Record<string, string>, selector: Record<string, string>, targetPort: string | number) =>
    kube.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, labels: own },
      spec: { type: 'ClusterIP', selector, ports: [{ name: 'http', port: 8080, protocol: 'TCP', targetPort }] },
    });
  await service('shop-7', labels, labels, 8080);
  await service('shop', { app: 'shop', name: 'shop', persistent: 'true' }, { app: 'shop', version: '7' }, 'http');
  await kube.create({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'shop', namespace, annotations: { 'ingress.kubernetes.io/affinity': 'cookie' } },
    spec: {
      ingressClassName: className,
      rules: [
        {
          host,
          http: { paths: [{ pathType: 'ImplementationSpecific', backend: { service: { name: 'shop-7', port: { number: 8080 } } } }] },
        },
      ],
    },
  });
  await eventually('both pods are ready', 60_000, async () => {
    const pods = await world.pods(labels);
    const ready = pods.filter(pod =>
      (pod['status']?.conditions ?? []).some((one: { type: string; status: string }) => one.type === 'Ready' && one.status === 'True'),
    );
    expect(ready).to.have.length(2);
  });
}

const classOf = ({ target }: World): string => (target.name === 'real-traefik' ? 'traefik' : 'nginx');

const adopt = (world: World, query: Record<string, boolean> = {}) => world.user.client.call('POST', '/apps/shop/adopt', { query });
const uidsOf = async (world: World) => (await world.pods(labels)).map(({ metadata }) => metadata.uid).sort();

/** With tokens the users of these scenarios may deploy, and that is not enough. */
async function refusedToDeployers(world: World): Promise<boolean> {
  if (world.user.client.headers['authorization'] === undefined) return false;
  for (const query of [{}, { dryRun: false }]) expect((await adopt(world, query)).status).to.equal(403);
  return true;
}

export const adoptingScenarios: Scenario[] = [
  scenario(
    'what the deployer before Teal left is taken over without a pod ending or a request lost, and then replaced blue-green',
    async world => {
      if (await refusedToDeployers(world)) return;
      await original(world);
      const { user, kube, namespace } = world;
      const pods = await uidsOf(world);
      const before = await world.standing();

      // Told first, and nothing is written.
      const told = (await adopt(world)).json<Adoption>();
      expect(told).to.include({ dryRun: true, version: '7' });
      expect(told.objects).to.deep.equal(
        ['ReplicationController shop-7', 'Service shop-7', 'Service shop', 'Ingress shop'].map(text => {
          const [kind, name] = text.split(' ');
          return { kind, name, whose: 'original', action: 'mark' };
        }),
      );
      expect((await user.client.call('GET', '/apps/shop/')).status).to.equal(404);
      expect((await user.client.call('GET', '/descriptors/')).json()).to.deep.equal([]);
      expect((await world.object('Service', 'shop'))?.metadata.labels).to.not.have.property('app.kubernetes.io/managed-by');

      await world.answers(world.host, 'v1', 30_000);
      const report = await world.traffic(async () => {
        const reply = await adopt(world, { dryRun: false });
        expect(reply.status, reply.text).to.equal(200);
        const { deployment = '', descriptor } = reply.json<Adoption>();
        expect(descriptor).to.deep.include({
          frontend: world.host,
          useStickySessions: true,
          healthCheckPort: 8080,
          replicas: 2,
          newVersion: '#',
        });
        // Variables that each deployment gives anew are not taken over.
        expect(JSON.stringify(descriptor.podspec)).to.include('kept').and.not.include('APP_VERSION').and.not.include('FROM_STORE');
        expect(await user.show(deployment)).to.include({ status: 'DEPLOYED', version: '7', phase: 'serving' });
        await eventually('every object carries our marks', 30_000, async () => {
          for (const text of before) {
            const [kind, name] = text.split(' ') as ['Service', string];
            const { metadata } = (await kube.get(kind, namespace, name))!;
            expect(metadata.labels, text).to.include({ 'app.kubernetes.io/managed-by': 'teal', app: 'shop' });
            expect(metadata.annotations, text).to.have.property('teal/installation');
          }
        });
        await eventually('it is live with its own pods, and at rest', 30_000, async () => {
          const app = (await user.client.call('GET', '/apps/shop/')).json<AppDetail>();
          expect(app.state).to.equal('live');
          expect(app.versions[0]?.replicas).to.include({ wanted: 2, current: 2, ready: 2 });
        });
        expect(await uidsOf(world), 'the pods that ran before').to.deep.equal(pods);
        expect(await world.standing()).to.include.members(before);
        expect((await world.object('ReplicationController', 'shop-7'))?.['spec'].replicas).to.equal(2);

        // The adopted pods have no pause at their end: a proxy that is slow to follow finds them for as long as they drain.
        const next = await user.start(
          await user.describe(world.routed({ image: 'v2', replicas: 2, promotion: 'manual', drainSeconds: 6 })),
        );
        await user.reaches(next, 'waiting');
        expect(await uidsOf(world), 'until the switch').to.deep.equal(pods);
        expect((await user.show(next)).version).to.equal('8');
        expect((await user.client.call('POST', `/deployments/${next}/promote`)).status).to.equal(202);
        expect((await user.settled(next)).status).to.equal('DEPLOYED');
        expect((await user.show(deployment)).status).to.equal('UNDEPLOYED');
        await eventually('the adopted version is gone', 30_000, async () => {
          expect((await world.standing()).filter(name => name.includes('shop-7'))).to.deep.equal([]);
          expect(await world.pods(labels)).to.deep.equal([]);
        });
        await world.answers(world.host, 'v2');
      });
      expect(report.lost).to.deep.equal([]);
    },
  ),

  scenario('what another installation of Teal has left, whose store is lost, is taken over with its pods', async world => {
    if (await refusedToDeployers(world)) return;
    const { server: lost, user: owner } = await world.start();
    const { id } = await owner.deploy(world.routed({ replicas: 2, redirectWww: true }));
    await owner.settled(id);
    await lost.process.kill();
    const uids = async () => (await world.pods()).map(({ metadata }) => metadata.uid).sort();
    const [pods, before] = [await uids(), await world.standing()];
    const told = (await adopt(world)).json<Adoption>();
    expect(new Set(told.objects.map(({ whose }) => whose))).to.deep.equal(new Set(['other-installation']));
    expect(told.objects.map(({ kind, name }) => `${kind} ${name}`).sort()).to.deep.equal(before);
    expect(told.warnings.join()).to.include('another installation');
    const reply = await adopt(world, { dryRun: false });
    expect(reply.status, reply.text).to.equal(200);
    const { deployment = '' } = reply.json<Adoption>();
    await eventually('every object names this deployment', 30_000, async () => {
      const service = await world.object('Service', 'shop');
      const controller = await world.object('ReplicationController', 'shop-1');
      for (const object of [service, controller]) expect(object?.metadata.annotations?.['teal/deployment']).to.equal(deployment);
    });
    expect(await uids()).to.deep.equal(pods);
    expect(await world.standing()).to.deep.equal(before);
    await world.user.undeploy(deployment);
    await world.stands([]);
  }),

  scenario('what cannot be taken over safely is refused with the reason, and nothing is written', async world => {
    if (await refusedToDeployers(world)) return;
    expect((await adopt(world, { dryRun: false })).status, 'nothing runs').to.equal(404);
    await original(world, { className: 'of-another-controller' });
    const refused = async (why: string) => {
      for (const query of [{}, { dryRun: false }]) {
        const reply = await adopt(world, query);
        expect([reply.status, reply.json()['code']], reply.text).to.deep.equal([409, 'CONFLICT']);
        expect(reply.text).to.include(why);
      }
      expect((await world.user.client.call('GET', '/apps/shop/')).status).to.equal(404);
      expect((await world.object('Service', 'shop'))?.metadata.labels).to.not.have.property('app.kubernetes.io/managed-by');
    };
    await refused('class of-another-controller');
    const { kube, namespace } = world;
    await kube.edit('Ingress', namespace, 'shop', object => (object['spec'].ingressClassName = classOf(world)));
    await kube.edit('Service', namespace, 'shop', object => (object['spec'].selector = { app: 'shop' }));
    await refused('Service shop must select exactly');
    await kube.edit('Service', namespace, 'shop', object => (object['spec'].selector = { app: 'shop', version: '7' }));
    await world.user.describe(world.demo());
    expect((await adopt(world)).status).to.equal(200);

    const { id } = await world.user.deploy(world.demo({ appName: 'mine' }));
    const own = await world.user.client.call('POST', '/apps/mine/adopt');
    expect([own.status, own.json()['code']]).to.deep.equal([409, 'CONFLICT']);
    expect((await world.user.show(id)).status).to.equal('DEPLOYED');
  }),
];
