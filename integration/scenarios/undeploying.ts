/** Taking things away: undeploy, cancel, delete. */

import { expect } from 'chai';
import { always, eventually } from '../support/wait.ts';
import type { World } from '../support/world.ts';
import { scenario, type Scenario } from './scenario.ts';

const isGone = async (world: World, id: string): Promise<void> => {
  for (const leaf of ['', 'logs', 'healthcheckdata'])
    expect((await world.user.client.call('GET', `/deployments/${id}/${leaf}`)).status, leaf).to.equal(404);
};

const clear = async (world: World, query: Record<string, string>) => {
  const reply = await world.user.client.call('DELETE', '/deployments/', { query: { appname: 'shop', ...query } });
  expect(reply.status).to.equal(202);
  return reply.json<{ deleted: string[]; undeploying: string[] }>();
};

/** Cancels a deployment and checks how it ends. */
async function cancelled(world: World, id: string): Promise<void> {
  const reply = await world.user.remove(id);
  expect(reply.status).to.equal(202);
  const done = await world.user.ended(id);
  expect([done.status, done.reason?.code]).to.deep.equal(['UNDEPLOYED', 'CANCELLED']);
  await world.user.settled(id);
}

const first = ['Ingress shop', 'Ingress shop-1', 'ReplicationController shop-1', 'Service shop', 'Service shop-1'];

export const undeployingScenarios: Scenario[] = [
  scenario('undeploying answers 202 with a Location that can be followed, removes everything and keeps the record', async world => {
    const { id } = await world.user.deploy(world.routed({ replicas: 2 }));
    const reply = await world.user.remove(id);
    expect(reply.status).to.equal(202);
    expect(reply.headers['location']).to.equal(`/deployments/${id}/?namespace=${world.namespace}`);
    expect((await world.user.client.call('GET', reply.headers['location'] ?? '', { namespace: null })).status).to.equal(200);
    const done = await world.user.ended(id);
    expect(done.status).to.equal('UNDEPLOYED');
    expect(await world.standing()).to.deep.equal([]);
    await eventually('no pod is left', 10_000, async () => expect(await world.pods()).to.deep.equal([]));
    const log = await world.user.log(id);
    expect(log)
      .to.include(`Undeployment started, namespace ${world.namespace}, appname shop`)
      .and.to.include(`Deployment ${id} undeployed.`);
  }),

  scenario('with deleteDeployment record, logs and health data go too, and polling ends with 404', async world => {
    const { id } = await world.user.deploy(world.demo());
    expect((await world.user.remove(id, { deleteDeployment: true })).status).to.equal(202);
    await eventually('the record is gone', 20_000, () => isGone(world, id));
    expect(await world.standing()).to.deep.equal([]);
    expect(await world.user.list()).to.deep.equal([]);
  }),

  scenario('deleting a failed deployment changes nothing without deleteDeployment, and removes its record with it', async world => {
    const { id } = await world.user.deploy(world.demo({ image: 'missing' }), 'FAILURE');
    const before = await world.user.show(id);
    expect((await world.user.remove(id)).status).to.equal(202);
    expect(await world.user.show(id)).to.deep.equal(before);
    expect((await world.user.remove(id, { deleteDeployment: true })).status).to.equal(202);
    await eventually('the record is gone', 5000, () => isGone(world, id));
  }),

  scenario('an app can be deployed again after it was undeployed', async world => {
    const { id } = await world.user.deploy(world.routed());
    await world.user.undeploy(id);
    await world.user.deploy(world.routed({ image: 'v2' }));
    await world.answers(world.host, 'v2');
  }),

  scenario('cancelling a queued deployment ends it at once and the others go on', async world => {
    const gate = await world.user.start(await world.user.describe(world.demo({ promotion: 'manual' })));
    await world.user.reaches(gate, 'waiting');
    const descriptorId = await world.user.describe(world.demo());
    const [queued, last] = [await world.user.start(descriptorId), await world.user.start(descriptorId)];
    expect((await world.user.show(queued)).phase).to.equal('queued');
    await cancelled(world, queued);
    await world.user.client.call('POST', `/deployments/${gate}/promote`);
    expect((await world.user.ended(gate)).status).to.equal('DEPLOYED');
    expect(await world.user.ended(last)).to.include({ status: 'DEPLOYED', version: '3' });
  }),

  scenario('cancelling while the version is verified leaves the old one as it was', async world => {
    const one = await world.user.deploy(world.routed());
    const id = await world.user.start(await world.user.describe(world.routed({ image: 'v2', env: { READY_DELAY: '300s' } })));
    await world.user.reaches(id, 'verifying');
    await cancelled(world, id);
    await world.stands(first, 5000);
    expect((await world.user.show(one.id)).status).to.equal('DEPLOYED');
    expect(await world.pods({ version: '2' })).to.deep.equal([]);
  }),

  scenario('cancelling a version at the gate leaves the old one as it was', async world => {
    await world.user.deploy(world.routed());
    const id = await world.user.start(await world.user.describe(world.routed({ image: 'v2', promotion: 'manual' })));
    await world.user.reaches(id, 'waiting');
    await cancelled(world, id);
    await world.stands(first, 5000);
    await world.answers(world.host, 'v1');
  }),

  scenario('cancelling after the switch moves the traffic back first, without losing a request', async world => {
    const one = await world.user.deploy(world.routed());
    const id = await world.user.start(await world.user.describe(world.routed({ image: 'v2', confirmSeconds: 60 })));
    await world.user.reaches(id, 'confirming');
    const report = await world.traffic(() => cancelled(world, id));
    expect(report.lost).to.deep.equal([]);
    await world.stands(first, 5000);
    expect((await world.user.show(one.id)).status).to.equal('DEPLOYED');
    await world.answers(world.host, 'v1');
  }),

  scenario('cancelling a first deployment leaves nothing', async world => {
    const id = await world.user.start(await world.user.describe(world.routed({ promotion: 'manual' })));
    await world.user.reaches(id, 'waiting');
    await cancelled(world, id);
    expect(await world.standing()).to.deep.equal([]);
  }),

  scenario('cancelling with deleteDeployment leaves no record either', async world => {
    const id = await world.user.start(await world.user.describe(world.demo({ env: { READY_DELAY: '300s' } })));
    await world.user.reaches(id, 'verifying');
    await world.user.remove(id, { deleteDeployment: true });
    await eventually('the record is gone', 20_000, () => isGone(world, id));
    expect(await world.standing()).to.deep.equal([]);
  }),

  scenario('bulk delete removes settled failures and undeployed records, and keeps the live one', async world => {
    const one = await world.user.deploy(world.demo());
    const failed = await world.user.deploy(world.demo({ image: 'missing' }), 'FAILURE');
    const live = await world.user.deploy(world.demo());
    for (const { id } of [one, failed]) await world.user.settled(id);
    const answer = await clear(world, {});
    expect(answer.deleted).to.have.members([one.id, failed.id]);
    expect(answer.undeploying).to.deep.equal([]);
    expect((await world.user.list()).map(({ id }) => id)).to.deep.equal([live.id]);
    expect(await clear(world, {})).to.deep.equal({ deleted: [], undeploying: [] });
  }),

  scenario('bulk delete with undeploy also undeploys the live one, and deletes its record where told to', async world => {
    const one = await world.user.deploy(world.demo());
    expect(await clear(world, { undeploy: 'true' })).to.deep.equal({ deleted: [], undeploying: [one.id] });
    expect((await world.user.ended(one.id)).status).to.equal('UNDEPLOYED');
    const two = await world.user.deploy(world.demo());
    const answer = await clear(world, { undeploy: 'true', deleteDeployment: 'true' });
    expect(answer).to.deep.equal({ deleted: [one.id], undeploying: [two.id] });
    await eventually('no record is left', 20_000, async () => expect(await world.user.list()).to.deep.equal([]));
    expect(await world.standing()).to.deep.equal([]);
  }),

  scenario('deleting a draining version ends its drain and removes what it had', async world => {
    const one = await world.user.deploy(world.routed());
    await world.user.deploy(world.routed({ image: 'v2', drainSeconds: 600 }));
    expect((await world.user.show(one.id)).phase).to.equal('draining');
    await world.user.remove(one.id, { deleteDeployment: true });
    await eventually('the record is gone', 20_000, () => isGone(world, one.id));
    await world.stands(['Ingress shop', 'Ingress shop-2', 'ReplicationController shop-2', 'Service shop', 'Service shop-2'], 5000);
    await world.answers(world.host, 'v2');
  }),

  scenario('undeploying while the previous version drains removes both', async world => {
    const one = await world.user.deploy(world.routed());
    const two = await world.user.deploy(world.routed({ image: 'v2', drainSeconds: 600 }));
    await world.user.undeploy(two.id);
    await world.stands([], 10_000);
    expect((await world.user.settled(one.id)).status).to.equal('UNDEPLOYED');
  }),

  scenario('undeploying the live version while a candidate waits lets the candidate serve as the first', async world => {
    const one = await world.user.deploy(world.routed());
    const id = await world.user.start(await world.user.describe(world.routed({ image: 'v2', promotion: 'manual' })));
    await world.user.reaches(id, 'waiting');
    await world.user.undeploy(one.id);
    expect(await world.user.show(id)).to.include({ status: 'DEPLOYING', phase: 'waiting' });
    expect(await world.pods({ version: '1' })).to.deep.equal([]);
    await world.user.client.call('POST', `/deployments/${id}/promote`);
    expect((await world.user.ended(id)).status).to.equal('DEPLOYED');
    await world.answers(world.host, 'v2');
    await world.stands(['Ingress shop', 'Ingress shop-2', 'ReplicationController shop-2', 'Service shop', 'Service shop-2']);
  }),

  scenario('when the namespace goes, the live deployment ends UNDEPLOYED, a candidate fails, and nothing comes back', async world => {
    const { namespace, user } = await world.another();
    const { namespace: _, ...descriptor } = world.demo();
    const one = await user.deploy(descriptor);
    const id = await user.start(await user.describe({ ...descriptor, promotion: 'manual' }));
    await user.reaches(id, 'waiting');
    await world.kube.remove('Namespace', '', namespace);
    const candidate = await user.settled(id);
    const live = await eventually('the live one ends', 10_000, async () => {
      const found = await user.show(one.id);
      expect(found.status).not.to.equal('DEPLOYED');
      return found;
    });
    expect([live.status, live.reason?.code]).to.deep.equal(['UNDEPLOYED', 'NAMESPACE_GONE']);
    expect([candidate.status, candidate.reason?.code]).to.deep.equal(['FAILURE', 'NAMESPACE_GONE']);
    await eventually('the namespace is gone', 60_000, async () =>
      expect(await world.kube.get('Namespace', '', namespace)).to.equal(undefined),
    );
    await always('nothing comes back', 2000, async () =>
      expect(await world.kube.list('ReplicationController', namespace)).to.deep.equal([]),
    );
  }),
];
