/** Back again: on request, and by itself. */

import { expect } from 'chai';
import { readyWhenHealthy, type DemoWish } from '../support/demo.ts';
import { idOf } from '../support/user.ts';
import { always, eventually } from '../support/wait.ts';
import type { World } from '../support/world.ts';
import { scenario, type Scenario } from './scenario.ts';

const rollback = (world: World, id: string) => world.user.client.call('POST', `/deployments/${id}/rollback`);

/** Version 1, then version 2 with this drain, both routed and unready as soon as they are unhealthy. */
async function replaced(world: World, second: DemoWish = {}): Promise<{ first: string; second: string }> {
  const container = { readinessProbe: readyWhenHealthy };
  const one = await world.user.deploy(world.routed({ container }));
  const two = await world.user.deploy(world.routed({ image: 'v2', container, drainSeconds: 120, ...second }));
  return { first: one.id, second: two.id };
}

/** Version 2 has the traffic and is being watched for a minute. */
async function confirming(world: World, first: boolean): Promise<{ before: string | undefined; id: string }> {
  const container = { readinessProbe: readyWhenHealthy };
  const before = first ? undefined : (await world.user.deploy(world.routed({ container }))).id;
  const id = await world.user.start(await world.user.describe(world.routed({ image: 'v2', container, confirmSeconds: 60 })));
  await world.user.reaches(id, 'confirming');
  return { before, id };
}

const all = (version: string) => [
  `Ingress shop`,
  `Ingress shop-${version}`,
  `ReplicationController shop-${version}`,
  'Service shop',
  `Service shop-${version}`,
];

export const rollbackScenarios: Scenario[] = [
  scenario('while the previous version runs a rollback is one switch to its very pods', async world => {
    const { first, second } = await replaced(world);
    expect(await world.user.show(first)).to.include({ status: 'UNDEPLOYED', phase: 'draining' });
    const pods = (await world.pods({ version: '1' })).map(pod => pod.metadata.uid);
    const reply = await rollback(world, second);
    expect(reply.status).to.equal(202);
    const back = await world.user.ended(idOf(reply));
    expect(back).to.include({ status: 'DEPLOYED', version: '1', rollbackOf: second });
    expect([first, second]).not.to.include(back.id);
    expect((await world.pods({ version: '1' })).map(pod => pod.metadata.uid)).to.deep.equal(pods);
    expect(await world.pointing()).to.deep.equal({ service: '1', ingress: '1' });
    await world.answers(world.host, 'v1');
    expect((await world.user.show(second)).status).to.equal('UNDEPLOYED');
  }),

  scenario('a rollback to a running version moves the Service at once, without waiting for pods or a drain', async world => {
    const { second } = await replaced(world);
    const from = performance.now();
    await rollback(world, second);
    await eventually('the Service points back', 3000, async () => expect((await world.pointing()).service).to.equal('1'), 10);
    expect(performance.now() - from).to.be.lessThan(world.target.real ? 3000 : 1500);
  }),

  scenario('once the previous version is gone a rollback deploys its descriptor anew', async world => {
    const { second } = await replaced(world, { drainSeconds: 0 });
    const reply = await rollback(world, second);
    expect(reply.status).to.equal(202);
    const back = await world.user.ended(idOf(reply));
    expect(back).to.include({ status: 'DEPLOYED', version: '3' });
    await world.answers(world.host, 'v1');
    await world.stands(all('3'));
  }),

  scenario('a rollback without a previous version, or of one that is not live, is 409', async world => {
    const only = await world.user.deploy(world.demo());
    expect((await rollback(world, only.id)).json()).to.include({ status: 409, code: 'NO_PREVIOUS' });
    await world.user.deploy(world.demo());
    expect((await rollback(world, only.id)).json()).to.include({ status: 409, code: 'NOT_LIVE' });
  }),

  scenario('a rollback goes first: a waiting candidate and the queue are cancelled and named', async world => {
    const { second } = await replaced(world, { drainSeconds: 0 });
    const candidate = await world.user.start(await world.user.describe(world.routed({ image: 'v3', promotion: 'manual' })));
    const queued = await world.user.start(await world.user.describe(world.routed({ image: 'v3' })));
    await world.user.reaches(candidate, 'waiting');
    const reply = await rollback(world, second);
    expect(reply.status).to.equal(202);
    expect(reply.json<{ cancelled: string[] }>().cancelled).to.have.members([candidate, queued]);
    expect((await world.user.ended(idOf(reply))).status).to.equal('DEPLOYED');
    for (const id of [candidate, queued]) {
      const ended = await world.user.ended(id);
      expect([ended.status, ended.reason?.code]).to.deep.equal(['UNDEPLOYED', 'ROLLED_BACK']);
    }
    await world.answers(world.host, 'v1');
  }),

  scenario('a rollback while traffic is being switched is 409', async world => {
    const { id } = await confirming(world, false);
    expect((await rollback(world, id)).json()).to.include({ status: 409, code: 'SWITCH_IN_PROGRESS' });
    await world.user.remove(id);
    await world.user.ended(id);
  }),

  scenario('a version that dies right after the switch loses the traffic to the old one and fails', async world => {
    const { before, id } = await confirming(world, false);
    await world.setHealth({ version: '2' }, false);
    const failed = await world.user.ended(id);
    expect([failed.status, failed.reason?.code]).to.deep.equal(['FAILURE', 'UNHEALTHY']);
    expect((await world.user.show(before ?? '')).status).to.equal('DEPLOYED');
    await world.stands(all('1'), 10_000);
    expect(await world.pointing()).to.deep.equal({ service: '1', ingress: '1' });
    await world.answers(world.host, 'v1');
  }),

  scenario('a first version that dies right after the switch is removed, Ingress and Service first', async world => {
    const { id } = await confirming(world, true);
    await world.setHealth({ version: '1' }, false);
    expect((await world.user.ended(id)).status).to.equal('FAILURE');
    expect(await world.standing()).to.deep.equal([]);
  }),

  scenario('a version that dies while the old one drains gives the traffic back by itself', async world => {
    const { first, second } = await replaced(world);
    await world.setHealth({ version: '2' }, false);
    await eventually('the old one serves again', 20_000, async () => expect((await world.user.show(first)).status).to.equal('DEPLOYED'));
    const failed = await world.user.settled(second);
    expect([failed.status, failed.reason?.code]).to.deep.equal(['FAILURE', 'SWITCHED_BACK']);
    await world.stands(all('1'));
    await world.answers(world.host, 'v1');
  }),

  scenario('with autoRollback off nothing moves by itself', async world => {
    const { first } = await replaced(world, { autoRollback: false });
    await world.setHealth({ version: '2' }, false);
    await always('version 2 keeps the traffic', 6000, async () => expect((await world.pointing()).service).to.equal('2'));
    expect((await world.user.show(first)).status).to.equal('UNDEPLOYED');
  }),

  scenario('when both versions are dead nothing moves and nothing is removed', async world => {
    const { first, second } = await replaced(world);
    await world.setHealth({ version: '1' }, false);
    await eventually('version 1 is unready', 10_000, async () => {
      const [pod] = await world.pods({ version: '1' });
      expect((pod?.['status'].conditions as { type: string; status: string }[]).find(({ type }) => type === 'Ready')?.status).to.equal(
        'False',
      );
    });
    await world.setHealth({ version: '2' }, false);
    await always('both stand, traffic stays', 6000, async () => {
      expect((await world.pointing()).service).to.equal('2');
      expect((await world.pods()).length).to.equal(2);
    });
    expect((await world.user.show(second)).status).to.equal('DEPLOYED');
    expect((await world.user.show(first)).status).to.equal('UNDEPLOYED');
  }),

  scenario('after a rollback nothing moves by itself any more', async world => {
    const { second } = await replaced(world);
    const back = idOf(await rollback(world, second));
    await world.user.ended(back);
    await world.setHealth({ version: '1' }, false);
    await always('version 1 keeps the traffic', 6000, async () => expect((await world.pointing()).service).to.equal('1'));
  }),
];
