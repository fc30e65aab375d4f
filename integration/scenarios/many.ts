/** Several deployments at once. */

import { expect } from 'chai';
import { eventually } from '../support/wait.ts';
import { scenario, type Scenario } from './scenario.ts';

export const manyScenarios: Scenario[] = [
  scenario(
    'five concurrent deployments of one app are all DEPLOYED with consecutive versions, and one RC is left',
    async world => {
      const descriptorId = await world.user.describe(world.routed({ replicas: 2 }));
      const ids = await Promise.all([1, 2, 3, 4, 5].map(() => world.user.start(descriptorId)));
      const ended = await Promise.all(ids.map(id => world.user.ended(id)));
      const log = ended.map(({ version, deployedAt }) => ({ version: Number(version), deployedAt: String(deployedAt) }));
      log.sort((a, b) => a.version - b.version);
      expect(log.map(({ version }) => version)).to.deep.equal([1, 2, 3, 4, 5]);
      expect(log.map(({ deployedAt }) => deployedAt)).to.deep.equal(log.map(({ deployedAt }) => deployedAt).sort());
      await world.stands(['Ingress shop', 'Ingress shop-5', 'ReplicationController shop-5', 'Service shop', 'Service shop-5']);
      expect((await world.pods()).map(pod => pod.metadata.labels?.['version'])).to.deep.equal(['5', '5']);
      const now = await world.user.list();
      expect(now.map(({ status, version }) => `${version} ${status}`)).to.deep.equal([
        '5 DEPLOYED',
        '4 UNDEPLOYED',
        '3 UNDEPLOYED',
        '2 UNDEPLOYED',
        '1 UNDEPLOYED',
      ]);
    },
    { limitMs: 180_000 },
  ),

  scenario('apps are deployed in parallel: a slow one holds up nobody', async world => {
    const slow = await world.user.start(await world.user.describe(world.demo({ appName: 'slow', env: { READY_DELAY: '300s' } })));
    await Promise.all(['a', 'b', 'c'].map(appName => world.user.deploy(world.demo({ appName }))));
    expect((await world.user.show(slow)).status).to.equal('DEPLOYING');
    await world.user.remove(slow);
    await world.user.ended(slow);
  }),

  scenario('deployments of one app run in order of acceptance, one failing does not stop the next', async world => {
    const wishes = [world.demo(), world.demo({ image: 'missing' }), world.demo({ image: 'v2' })];
    const ids: string[] = [];
    for (const wish of wishes) ids.push(await world.user.start(await world.user.describe(wish)));
    const ended = [];
    for (const id of ids) ended.push(await world.user.ended(id));
    expect(ended.map(({ status, version }) => `${version} ${status}`)).to.deep.equal(['1 DEPLOYED', '2 FAILURE', '3 DEPLOYED']);
    await world.stands(['ReplicationController shop-3', 'Service shop', 'Service shop-3']);
  }),

  scenario('a waiting deployment cuts the drain of the one before to ten seconds', async world => {
    await world.user.deploy(world.demo());
    const two = await world.user.deploy(world.demo({ drainSeconds: 600 }));
    const from = performance.now();
    const three = await world.user.deploy(world.demo());
    expect(three.version).to.equal('3');
    expect(performance.now() - from).to.be.within(3000, 40_000);
    expect((await world.user.show(two.id)).status).to.equal('UNDEPLOYED');
  }),

  scenario('never more than two versions of an app have pods', async world => {
    const descriptorId = await world.user.describe(world.demo());
    const ids = await Promise.all([1, 2, 3, 4].map(() => world.user.start(descriptorId)));
    let most = 0;
    let going = true;
    const watching = (async () => {
      while (going) {
        const controllers = await world.kube.list('ReplicationController', world.namespace, { app: 'shop' });
        most = Math.max(most, controllers.filter(object => !object.metadata.deletionTimestamp).length);
        await new Promise(resolve => setTimeout(resolve, 20));
      }
    })();
    for (const id of ids) await world.user.ended(id);
    going = false;
    await watching;
    expect(most).to.equal(2);
  }),

  scenario('apps of one name in two namespaces know nothing of each other', async world => {
    const { user } = await world.another();
    const { namespace: _, ...descriptor } = world.demo();
    const [here, there] = await Promise.all([world.user.deploy(world.demo()), user.deploy(descriptor)]);
    expect([here.version, there.version]).to.deep.equal(['1', '1']);
    await world.user.undeploy(here.id);
    expect((await user.show(there.id)).status).to.equal('DEPLOYED');
    await eventually('the other one runs', 5000, async () =>
      expect((await world.kube.list('Pod', user.client.namespace)).length).to.equal(1),
    );
  }),
];
