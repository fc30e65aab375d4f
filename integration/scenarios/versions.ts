/** Version numbers and names, and the environment of pods. */

import { expect } from 'chai';
import { storedEnvironment, type World } from '../support/world.ts';
import { scenario, type Scenario } from './scenario.ts';

const environmentOf = async (world: World, labels: Record<string, string> = {}): Promise<Record<string, string>> => {
  const [pod] = await world.pods(labels);
  const answer = await world.kube.askPod(world.namespace, pod?.metadata.name ?? '', 'GET', '/env');
  return JSON.parse(answer.text) as Record<string, string>;
};

export const versionScenarios: Scenario[] = [
  scenario('# counts on, also after failures and after an undeploy', async world => {
    const first = await world.user.deploy(world.demo());
    const failed = await world.user.deploy(world.demo({ image: 'missing' }), 'FAILURE');
    const third = await world.user.deploy(world.demo());
    await world.user.undeploy(third.id);
    const fourth = await world.user.deploy(world.demo());
    expect([first, failed, third, fourth].map(({ version }) => version)).to.deep.equal(['1', '2', '3', '4']);
  }),

  scenario('# starts above every number of the app that already stands in the cluster', async world => {
    const metadata = { namespace: world.namespace, labels: { app: 'shop' } };
    await world.kube.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...metadata, name: 'shop-41' },
      spec: { selector: { app: 'other' }, ports: [{ port: 80 }] },
    });
    expect((await world.user.deploy(world.demo())).version).to.equal('42');
  }),

  scenario('a fixed integer version raises the counter of #', async world => {
    await world.user.deploy(world.demo({ newVersion: '7' }));
    expect((await world.user.deploy(world.demo())).version).to.equal('8');
  }),

  scenario('a dotted version keeps its text in labels and has dashes in object names', async world => {
    const done = await world.user.deploy(world.routed({ newVersion: '1.2.3_RC1' }));
    expect(done.version).to.equal('1.2.3_RC1');
    await world.stands([
      'Ingress shop',
      'Ingress shop-1-2-3-rc1',
      'ReplicationController shop-1-2-3-rc1',
      'Service shop',
      'Service shop-1-2-3-rc1',
    ]);
    const controller = await world.object('ReplicationController', 'shop-1-2-3-rc1');
    expect(controller?.metadata.labels).to.include({ version: '1.2.3_RC1', name: 'shop-1-2-3-rc1' });
    expect((await world.object('Service', 'shop'))?.['spec'].selector).to.include({ version: '1.2.3_RC1' });
    await world.answers(world.host, 'v1');
  }),

  scenario('a word as version is followed by a number when the next one is #', async world => {
    await world.user.deploy(world.demo({ newVersion: 'beta' }));
    expect((await world.user.deploy(world.demo())).version).to.equal('1');
    await world.stands(['ReplicationController shop-1', 'Service shop', 'Service shop-1']);
  }),

  scenario('deploying the version that is live fails and touches nothing', async world => {
    const live = await world.user.deploy(world.routed({ newVersion: '5' }));
    const before = await Promise.all([
      world.object('ReplicationController', 'shop-5'),
      world.object('Service', 'shop'),
      world.object('Ingress', 'shop'),
    ]);
    const second = await world.user.deploy(world.routed({ newVersion: '5' }), 'FAILURE');
    expect(second.reason?.code).to.equal('VERSION_LIVE');
    const after = await Promise.all([
      world.object('ReplicationController', 'shop-5'),
      world.object('Service', 'shop'),
      world.object('Ingress', 'shop'),
    ]);
    expect(after.map(object => object?.metadata.uid)).to.deep.equal(before.map(object => object?.metadata.uid));
    expect(after.map(object => object?.['spec'])).to.deep.equal(before.map(object => object?.['spec']));
    expect((await world.user.show(live.id)).status).to.equal('DEPLOYED');
    await world.answers(world.host, 'v1');
  }),

  scenario('a fixed version can be deployed again once another one is live', async world => {
    await world.user.deploy(world.demo({ newVersion: 'a' }));
    await world.user.deploy(world.demo({ newVersion: 'b' }));
    expect((await world.user.deploy(world.demo({ newVersion: 'a' }))).version).to.equal('a');
    await world.stands(['ReplicationController shop-a', 'Service shop', 'Service shop-a']);
  }),

  scenario('a version whose object names belong to the live one is refused', async world => {
    await world.user.deploy(world.demo({ newVersion: '1.2' }));
    const second = await world.user.deploy(world.demo({ newVersion: '1-2' }), 'FAILURE');
    expect(second.reason?.code).to.equal('NAME_TAKEN');
    await world.stands(['ReplicationController shop-1-2', 'Service shop', 'Service shop-1-2']);
    expect((await world.object('ReplicationController', 'shop-1-2'))?.metadata.labels?.['version']).to.equal('1.2');
  }),

  scenario('an app whose object names belong to another app is refused', async world => {
    await world.user.deploy(world.demo({ appName: 'a-1', newVersion: '2' }));
    const descriptorId = await world.user.describe(world.demo({ appName: 'a', newVersion: '1-2' }));
    const reply = await world.user.client.call('POST', '/deployments/', { query: { descriptorId } });
    expect(reply.status).to.equal(409);
    expect(reply.json()).to.include({ code: 'NAME_TAKEN' });
  }),

  scenario('long app names work where name and version fit 63 characters', async world => {
    const appName = 'a'.repeat(52);
    await world.user.deploy(world.routed({ appName }));
    await world.answers(world.host, 'v1');
    const reply = await world.user.client.call('POST', '/descriptors/', { body: world.demo({ appName: 'a'.repeat(53) }) });
    expect(reply.status).to.equal(400);
  }),

  scenario("built-ins win over a container's own variables, those over the map, that over the store", async world => {
    await world.user.deploy(
      world.demo({
        env: { OWN_WINS: 'own', POD_NAMESPACE: 'own', ONLY_OWN: 'own' },
        environment: { MAP_WINS: 'map', OWN_WINS: 'map', APP_VERSION: 'map', ONLY_MAP: 'map' },
      }),
    );
    const found = await environmentOf(world);
    const [pod] = await world.pods();
    expect(found).to.include({ APP_NAME: 'shop', POD_NAMESPACE: world.namespace, APP_VERSION: '1', POD_NAME: pod?.metadata.name ?? '' });
    expect(found).to.include({ OWN_WINS: 'own', ONLY_OWN: 'own', MAP_WINS: 'map', ONLY_MAP: 'map', FROM_STORE: 'store' });
  }),

  scenario('a key of the store that is no identifier becomes one in upper case', async world => {
    await world.user.deploy(world.demo());
    const found = await environmentOf(world);
    expect(found).to.include({ MY_SERVICE_URL: storedEnvironment['my-service.url'], STORED_SECRET: storedEnvironment.STORED_SECRET });
  }),

  scenario('init containers and all containers get the environment', async world => {
    const sidecar = { name: 'side', image: 'demo-app:v1', imagePullPolicy: 'IfNotPresent', env: [{ name: 'PORT', value: '8081' }] };
    const init = { name: 'init', image: 'demo-app:v1', imagePullPolicy: 'IfNotPresent', args: ['-exit', '0'] };
    const descriptor = world.demo();
    const { containers } = descriptor['podspec'] as { containers: object[] };
    const { id } = await world.user.deploy({
      ...descriptor,
      podspec: { ...(descriptor['podspec'] as object), containers: [...containers, sidecar], initContainers: [init] },
    });
    const { spec } = (await world.object('ReplicationController', 'shop-1'))?.['spec'].template as {
      spec: { containers: { env: { name: string }[] }[]; initContainers: { env: { name: string }[] }[] };
    };
    for (const { env } of [...spec.containers, ...spec.initContainers])
      expect(env.map(({ name }) => name)).to.include.members([
        'APP_NAME',
        'APP_VERSION',
        'POD_NAME',
        'POD_NAMESPACE',
        'FROM_STORE',
        'MY_SERVICE_URL',
      ]);
    expect(id).to.be.a('string');
  }),

  scenario('values of the environment appear in no log', async world => {
    const { id } = await world.user.deploy(
      world.demo({ env: { START_DELAY: '30s', CRASH_AFTER: '50ms', OWN_SECRET: 'own-secret-value' }, timeoutSeconds: 20 }),
      'FAILURE',
    );
    const text = await world.user.log(id);
    expect(text).not.to.include(storedEnvironment.STORED_SECRET).and.not.to.include('own-secret-value');
    expect(world.server.process.printed(storedEnvironment.STORED_SECRET)).to.deep.equal([]);
  }),
];
