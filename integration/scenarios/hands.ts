/** Others' objects, and others' hands on ours. */

import { expect } from 'chai';
import type { Kind, KubeObject } from '../../src/cluster/objects.ts';
import { always, eventually } from '../support/wait.ts';
import type { World } from '../support/world.ts';
import { scenario, type Scenario } from './scenario.ts';

const container = { name: 'demo', image: 'demo-app:v1', imagePullPolicy: 'IfNotPresent' };

/** Objects of somebody else who happens to use the same `app` label. */
async function foreign(world: World): Promise<KubeObject[]> {
  const metadata = (name: string) => ({ name, namespace: world.namespace, labels: { app: 'shop', version: '9' } });
  return Promise.all([
    world.kube.create({ apiVersion: 'v1', kind: 'Pod', metadata: metadata('their-pod'), spec: { containers: [container] } }),
    world.kube.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata('their-service'),
      spec: { selector: { app: 'shop' }, ports: [{ port: 80 }] },
    }),
    world.kube.create({
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: metadata('their-rc'),
      spec: {
        replicas: 1,
        selector: { their: 'own' },
        template: { metadata: { labels: { their: 'own', app: 'shop' } }, spec: { containers: [container] } },
      },
    }),
    world.kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('their-config'), data: { a: 'b' } }),
  ]);
}

const repaired = (world: World, what: string, look: () => Promise<unknown>) =>
  eventually(`${what} is put back`, 2000, look, 20).catch(async (error: unknown) => {
    throw new Error(`${String(error)}; standing: ${(await world.standing()).join(', ')}`);
  });

/** Puts an unmarked object where ours shall be, and expects that it is left alone. */
async function inTheWay(world: World, object: KubeObject): Promise<void> {
  const before = await world.kube.create(object);
  const failed = await world.user.deploy(world.routed({ newVersion: '1' }), 'FAILURE');
  expect(failed.reason?.code, failed.reason?.message).to.equal('FOREIGN_OBJECT');
  expect(failed.reason?.message).to.include(object.metadata.name);
  const after = await world.object(object.kind as Kind, object.metadata.name);
  expect(after?.metadata.uid).to.equal(before.metadata.uid);
  expect(after?.['spec']).to.deep.equal(before['spec']);
  expect(after?.metadata.labels).to.deep.equal(before.metadata.labels);
  expect(await world.standing()).to.deep.equal([`${object.kind} ${object.metadata.name}`]);
}

export const handsScenarios: Scenario[] = [
  scenario('objects of others with the same app label stay untouched through deploy, redeploy and undeploy', async world => {
    const theirs = await foreign(world);
    await world.user.deploy(world.demo());
    const { id } = await world.user.deploy(world.demo());
    await world.user.undeploy(id);
    await world.stands(['ConfigMap their-config', 'ReplicationController their-rc', 'Service their-service']);
    for (const before of theirs) {
      const after = await world.object(before.kind as Kind, before.metadata.name);
      expect(after?.metadata.uid, before.metadata.name).to.equal(before.metadata.uid);
      expect(after?.metadata.labels).to.deep.equal(before.metadata.labels);
      expect(after?.metadata.annotations).to.deep.equal(before.metadata.annotations);
    }
  }),

  scenario('a Service with our name and without our mark ends the deployment and is left alone', world =>
    inTheWay(world, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'shop', namespace: world.namespace },
      spec: { selector: { their: 'own' }, ports: [{ port: 80 }] },
    }),
  ),

  scenario('an RC with our name and without our mark ends the deployment and is left alone', world =>
    inTheWay(world, {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'shop-1', namespace: world.namespace, labels: { their: 'own' } },
      spec: {
        replicas: 0,
        selector: { their: 'own' },
        template: { metadata: { labels: { their: 'own' } }, spec: { containers: [container] } },
      },
    }),
  ),

  scenario('an Ingress with our name and without our mark ends the deployment and is left alone', world =>
    inTheWay(world, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'shop', namespace: world.namespace },
      spec: {
        rules: [
          {
            host: `their.${world.host}`,
            http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'their', port: { number: 80 } } } }] },
          },
        ],
      },
    }),
  ),

  scenario('another installation of Teal finds our objects foreign and leaves them alone', async world => {
    await world.user.deploy(world.demo());
    const before = await world.object('Service', 'shop');
    const { user } = await world.start();
    const id = await user.start(await user.describe(world.demo({ newVersion: '7' })));
    const failed = await user.ended(id);
    expect([failed.status, failed.reason?.code]).to.deep.equal(['FAILURE', 'FOREIGN_OBJECT']);
    expect((await world.object('Service', 'shop'))?.['spec']).to.deep.equal(before?.['spec']);
    expect(await world.standing()).to.deep.equal(['ReplicationController shop-1', 'Service shop', 'Service shop-1']);
  }),

  scenario('a selector, a backend and ports that others changed are put back within 2 s, logged', async world => {
    const { id } = await world.user.deploy(world.routed());
    await world.kube.edit('Service', world.namespace, 'shop', object => (object['spec'].selector = { app: 'shop', version: '99' }));
    await repaired(world, 'the selector', async () =>
      expect((await world.object('Service', 'shop'))?.['spec'].selector).to.deep.equal({ app: 'shop', version: '1' }),
    );
    await world.kube.edit(
      'Ingress',
      world.namespace,
      'shop',
      object => (object['spec'].rules[0].http.paths[0].backend.service.name = 'elsewhere'),
    );
    await repaired(world, 'the backend', async () => expect((await world.pointing()).ingress).to.equal('1'));
    await world.kube.edit('Service', world.namespace, 'shop', object => (object['spec'].ports[0].port = 81));
    await repaired(world, 'the port', async () => expect((await world.object('Service', 'shop'))?.['spec'].ports[0].port).to.equal(8080));
    await eventually('the log tells of it', 5000, async () => expect(await world.user.log(id)).to.match(/Service shop[\s\S]*Ingress shop/));
    expect((await world.user.show(id)).status).to.equal('DEPLOYED');
    await world.answers(world.host, 'v1');
  }),

  scenario('what others undo again and again is put back five times, then once a minute, with an alarm in the logs', async world => {
    const { id } = await world.user.deploy(world.demo());
    const theirs = { app: 'shop', version: '99' };
    const selector = async (): Promise<unknown> => (await world.object('Service', 'shop'))?.['spec'].selector;
    const meddle = () => world.kube.edit('Service', world.namespace, 'shop', object => (object['spec'].selector = theirs));
    for (let time = 0; time < 5; time++) {
      await meddle();
      await repaired(world, 'the selector', async () => expect(await selector()).to.deep.equal({ app: 'shop', version: '1' }));
    }
    await meddle();
    await always('the sixth time has to wait', 5000, async () => expect(await selector()).to.deep.equal(theirs));
    expect(await world.user.log(id)).to.include('Others undo every repair: from now on once a minute');
    expect(world.server.process.printed('others undo every one').filter(line => line.includes(world.namespace)).length).to.equal(1);
  }),

  scenario('deleted Service, Ingress and RC of the serving version come back within 2 s', async world => {
    await world.user.deploy(world.routed());
    for (const [kind, name] of [
      ['Service', 'shop'],
      ['Ingress', 'shop'],
      ['Service', 'shop-1'],
      ['ReplicationController', 'shop-1'],
    ] as const) {
      await world.kube.remove(kind, world.namespace, name);
      await repaired(world, `${kind} ${name}`, async () => {
        const object = await world.object(kind, name);
        expect(object).not.to.equal(undefined);
        expect(object?.metadata.deletionTimestamp).to.equal(undefined);
      });
    }
    await world.answers(world.host, 'v1');
  }),

  scenario('marks that others stripped are put back, and the object is still known as ours', async world => {
    const { id } = await world.user.deploy(world.routed());
    for (const [kind, name] of [
      ['Service', 'shop'],
      ['Ingress', 'shop'],
    ] as const) {
      await world.kube.edit(kind, world.namespace, name, object => {
        delete object.metadata.annotations;
        delete object.metadata.labels;
      });
      await repaired(world, `the mark of ${kind} ${name}`, async () => {
        const object = await world.object(kind, name);
        expect(object?.metadata.labels).to.include({ 'app.kubernetes.io/managed-by': 'teal', app: 'shop' });
        expect(object?.metadata.annotations).to.include.keys('teal/installation', 'teal/epoch');
      });
    }
    await world.user.deploy(world.routed({ image: 'v2', useStickySessions: true }));
    await world.answers(world.host, 'v2');
    expect((await world.user.show(id)).status).to.equal('UNDEPLOYED');
  }),

  scenario("others' labels, annotations and fields survive a switch", async world => {
    await world.user.deploy(world.routed());
    await world.kube.edit('Service', world.namespace, 'shop', object => {
      object.metadata.labels = { ...object.metadata.labels, theirs: 'label' };
      object.metadata.annotations = { ...object.metadata.annotations, 'theirs.example.test/a': 'annotation' };
      object['spec'].sessionAffinity = 'ClientIP';
    });
    await world.kube.edit(
      'Ingress',
      world.namespace,
      'shop',
      object => (object.metadata.annotations = { ...object.metadata.annotations, 'theirs.example.test/a': 'annotation' }),
    );
    await world.user.deploy(world.routed({ image: 'v2' }));
    const service = await world.object('Service', 'shop');
    expect(service?.metadata.labels).to.include({ theirs: 'label' });
    expect(service?.metadata.annotations).to.include({ 'theirs.example.test/a': 'annotation' });
    expect(service?.['spec'].sessionAffinity).to.equal('ClientIP');
    expect((await world.object('Ingress', 'shop'))?.metadata.annotations).to.include({ 'theirs.example.test/a': 'annotation' });
  }),

  scenario('the number of pods of a serving version is not put back', async world => {
    await world.user.deploy(world.demo());
    await world.kube.edit('ReplicationController', world.namespace, 'shop-1', object => (object['spec'].replicas = 2));
    await eventually('two pods run', 20_000, async () => expect((await world.pods()).length).to.equal(2));
    await always('it stays', 3000, async () =>
      expect((await world.object('ReplicationController', 'shop-1'))?.['spec'].replicas).to.equal(2),
    );
  }),

  scenario('an object with our mark that no deployment wants is removed within 2 s', async world => {
    await world.user.deploy(world.demo());
    const ours = await world.object('Service', 'shop-1');
    const stray = {
      name: 'shop-77',
      namespace: world.namespace,
      labels: ours?.metadata.labels ?? {},
      annotations: ours?.metadata.annotations ?? {},
    };
    await world.kube.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: stray,
      spec: { selector: { app: 'shop', version: '77' }, ports: [{ port: 80 }] },
    });
    await repaired(world, 'the state without the stray object', async () =>
      expect(await world.object('Service', 'shop-77')).to.equal(undefined),
    );
    await world.stands(['ReplicationController shop-1', 'Service shop', 'Service shop-1'], 1000);
  }),

  scenario('pods are never left behind without their RC', async world => {
    await world.user.deploy(world.demo({ replicas: 3 }));
    const { id } = await world.user.deploy(world.demo({ replicas: 3 }));
    await world.user.undeploy(id);
    await eventually('no pod is left', 15_000, async () => expect(await world.pods()).to.deep.equal([]));
  }),
];
