/** The gate before the switch. */

import { expect } from 'chai';
import { always, eventually } from '../support/wait.ts';
import type { World } from '../support/world.ts';
import { scenario, type Scenario } from './scenario.ts';

const post = (world: World, id: string, verb: 'promote' | 'abort') => world.user.client.call('POST', `/deployments/${id}/${verb}`);

/** Version 1 serves, version 2 waits at the gate. */
async function waiting(world: World, wish: object = { promotion: 'manual' }): Promise<{ first: string; second: string }> {
  const first = await world.user.deploy(world.routed());
  const second = await world.user.start(await world.user.describe(world.routed({ image: 'v2', ...wish })));
  await world.user.reaches(second, 'waiting');
  return { first: first.id, second };
}

export const promotionScenarios: Scenario[] = [
  scenario('with manual promotion a healthy version waits, the old one serves, until somebody promotes', async world => {
    const { first, second } = await waiting(world);
    await always('version 1 serves', 1500, async () => {
      expect(await world.pointing()).to.deep.equal({ service: '1', ingress: '1' });
      expect((await world.user.show(second)).status).to.equal('DEPLOYING');
    });
    expect((await post(world, second, 'promote')).status).to.equal(202);
    expect((await world.user.ended(second)).status).to.equal('DEPLOYED');
    expect((await world.user.show(first)).status).to.equal('UNDEPLOYED');
    await world.answers(world.host, 'v2');
  }),

  scenario('an aborted version ends in FAILURE and leaves nothing, the old one serves on', async world => {
    const { first, second } = await waiting(world);
    expect((await post(world, second, 'abort')).status).to.equal(202);
    const done = await world.user.ended(second);
    expect([done.status, done.reason?.code]).to.deep.equal(['FAILURE', 'ABORTED']);
    await world.stands(['Ingress shop', 'Ingress shop-1', 'ReplicationController shop-1', 'Service shop', 'Service shop-1'], 5000);
    expect((await world.user.show(first)).status).to.equal('DEPLOYED');
    await world.answers(world.host, 'v1');
  }),

  scenario('abort stops a version that is still being verified', async world => {
    const id = await world.user.start(await world.user.describe(world.demo({ env: { READY_DELAY: '300s' } })));
    await world.user.reaches(id, 'verifying');
    expect((await post(world, id, 'abort')).status).to.equal(202);
    expect((await world.user.ended(id)).reason?.code).to.equal('ABORTED');
    expect(await world.standing()).to.deep.equal([]);
  }),

  scenario('promoting or aborting what is not at the gate is 409', async world => {
    const { id } = await world.user.deploy(world.demo());
    for (const verb of ['promote', 'abort'] as const) {
      const reply = await post(world, id, verb);
      expect(reply.status).to.equal(409);
      expect(reply.json()).to.include({ code: 'NOT_WAITING' });
    }
  }),

  scenario('promotionSeconds switches by itself when the time is over', async world => {
    const { second } = await waiting(world, { promotionSeconds: 3 });
    const from = performance.now();
    expect((await world.pointing()).service).to.equal('1');
    expect((await world.user.ended(second)).status).to.equal('DEPLOYED');
    expect(performance.now() - from).to.be.greaterThan(1500);
  }),

  scenario('promoting ends the wait of promotionSeconds', async world => {
    const { second } = await waiting(world, { promotionSeconds: 600 });
    expect((await post(world, second, 'promote')).status).to.equal(202);
    expect((await world.user.ended(second)).status).to.equal('DEPLOYED');
  }),

  scenario('a version that loses its health at the gate is not switched when promoted', async world => {
    const { second } = await waiting(world);
    await world.setHealth({ version: '2' }, false);
    await always('the health check is asked again', 2500, async () => expect((await world.user.show(second)).phase).to.equal('waiting'));
    await post(world, second, 'promote');
    await always('version 1 serves', 4000, async () => expect((await world.pointing()).service).to.equal('1'));
    await world.setHealth({ version: '2' }, true);
    expect((await world.user.ended(second)).status).to.equal('DEPLOYED');
  }),

  scenario('a selector reset to the app alone while a version waits is put back within 2 s and nothing is promoted', async world => {
    const { second } = await waiting(world);
    await world.kube.edit('Service', world.namespace, 'shop', object => (object['spec'].selector = { app: 'shop' }));
    await eventually('the selector is put back', 2000, async () => {
      expect((await world.object('Service', 'shop'))?.['spec'].selector).to.deep.equal({ app: 'shop', version: '1' });
    });
    // The pod event that promoted Argo's version.
    const [pod] = await world.pods({ version: '2' });
    await world.kube.edit(
      'Pod',
      world.namespace,
      pod?.metadata.name ?? '',
      object => (object.metadata.annotations = { ...object.metadata.annotations, touched: 'yes' }),
    );
    await always('nothing is promoted', 3000, async () => {
      expect((await world.pointing()).service).to.equal('1');
      expect(await world.user.show(second)).to.include({ status: 'DEPLOYING', phase: 'waiting' });
    });
    await post(world, second, 'promote');
    expect((await world.user.ended(second)).status).to.equal('DEPLOYED');
  }),
];
