/** What the faces show: who asks, how apps stand, and what changes about them. */

import { expect } from 'chai';
import type { AppDetail, AppSummary, DescriptorDiff, Diagnosis, Variable, WhoAmI } from '../../src/contract/api.ts';
import type { DemoWish } from '../support/demo.ts';
import { eventually, within } from '../support/wait.ts';
import type { World } from '../support/world.ts';
import { scenario, type Scenario } from './scenario.ts';

async function detail(world: World, query: Record<string, string> = {}): Promise<AppDetail> {
  const reply = await world.user.client.call('GET', '/apps/shop/', { query });
  if (reply.status !== 200) throw new Error(`${reply.status} ${reply.text}`);
  return reply.json<AppDetail>();
}

async function summary(world: World): Promise<AppSummary | undefined> {
  return (await world.user.client.call('GET', '/apps/')).json<AppSummary[]>().find(({ appName }) => appName === 'shop');
}

export const appScenarios: Scenario[] = [
  scenario('an app shows its two colours, their pods, the traffic and the time left, and then that it moved', async world => {
    const first = await world.user.deploy(world.routed());
    const live = await eventually('it is at rest', 20_000, async () => {
      const now = await detail(world);
      expect([now.state, now.versions.length]).to.deep.equal(['live', 1]);
      return now;
    });
    expect(live.serving).to.include({ id: first.id, version: '1', status: 'DEPLOYED' });
    expect(live.traffic.service).to.deep.equal({ name: 'shop', version: '1' });
    expect(live.traffic.ingress).to.include({ name: 'shop', host: world.host, backend: 'shop-1' });
    const [one] = live.versions;
    expect(one).to.include({ role: 'serving', receivesTraffic: true });
    expect(one?.replicas).to.deep.equal({ wanted: 1, current: 1, ready: 1, healthy: 1 });
    expect(one?.pods[0]).to.include({ phase: 'Running', ready: true, healthy: true, restarts: 0 });

    const wish = { image: 'v2', promotionSeconds: 600 };
    const second = await world.user.start(await world.user.describe(world.routed(wish)));
    await world.user.reaches(second, 'waiting');
    const both = await detail(world);
    expect([both.state, both.candidate?.id, both.serving?.id]).to.deep.equal(['deploying', second, first.id]);
    expect(both.versions.map(({ role, receivesTraffic }) => [role, receivesTraffic])).to.deep.equal([
      ['serving', true],
      ['candidate', false],
    ]);
    const left = Date.parse(both.candidate?.phaseEndsAt ?? '') - Date.parse(both.time);
    // Both are read from an estimated clock, which may step back a little between them.
    expect(left, 'time left').to.be.within(500_000, 601_000);
    expect((await world.user.client.call('POST', `/deployments/${second}/promote`)).status).to.equal(202);
    await world.user.ended(second);
    const moved = await detail(world);
    expect([moved.serving?.id, moved.traffic.service?.version]).to.deep.equal([second, '2']);
    if (moved.predecessor) expect(moved.predecessor).to.include({ id: first.id, status: 'UNDEPLOYED' });
  }),

  scenario('who waits for an app is answered by the change, and not before it', async world => {
    const { id } = await world.user.deploy(world.demo());
    await world.user.settled(id);
    const resting = await detail(world);
    expect((await detail(world)).revision).to.equal(resting.revision);
    const from = performance.now();
    const same = await detail(world, { after: resting.revision, wait: '1s' });
    expect(performance.now() - from).to.be.greaterThan(950);
    expect(same.revision).to.equal(resting.revision);
    expect((await detail(world, { after: 'another', wait: '20s' })).revision).to.equal(resting.revision);

    // A change in the store, then one in the cluster that no record tells of.
    const answer = detail(world, { after: resting.revision, wait: '30s' });
    const next = await world.user.start(await world.user.describe(world.demo({ promotion: 'manual' })));
    expect((await within('the answer', 15_000, answer)).state).to.equal('deploying');
    await world.user.reaches(next, 'waiting');
    const waiting = await eventually('it is at rest', 20_000, async () => {
      const now = await detail(world);
      expect((await detail(world, { after: now.revision, wait: '1s' })).revision).to.equal(now.revision);
      return now;
    });
    const scaled = detail(world, { after: waiting.revision, wait: '30s' });
    await world.kube.edit('ReplicationController', world.namespace, 'shop-1', object => (object['spec'].replicas = 2));
    const seen = await within('the answer', 15_000, scaled);
    expect(seen.revision).to.not.equal(waiting.revision);
    await eventually('both pods are seen', 20_000, async () => {
      const [one] = (await detail(world)).versions;
      expect(one?.replicas).to.include({ wanted: 2, ready: 2 });
    });
  }),

  scenario('the list of apps tells live, failed and undeployed apart, and what has only a descriptor', async world => {
    expect(await summary(world)).to.equal(undefined);
    expect((await world.user.client.call('GET', '/apps/shop/')).status).to.equal(404);
    expect((await world.user.client.call('GET', '/apps/Not-A-Name/')).status).to.equal(404);
    await world.user.describe(world.demo());
    expect(await summary(world)).to.deep.equal({ namespace: world.namespace, appName: 'shop', state: 'undeployed', queued: 0 });
    expect((await detail(world)).versions).to.deep.equal([]);
    const failed = await world.user.deploy(world.demo({ image: 'missing' }), 'FAILURE');
    expect(await summary(world)).to.deep.include({ state: 'failed' });
    expect((await summary(world))?.newest?.reason?.code).to.equal(failed.reason?.code);
    const { id } = await world.user.deploy(world.demo());
    await eventually('it is live', 10_000, async () => expect((await summary(world))?.state).to.equal('live'));
    await world.user.deploy(world.demo({ image: 'missing' }), 'FAILURE');
    expect((await summary(world))?.state, 'a version that failed takes nothing from the one that serves').to.equal('live');
    await world.user.undeploy(id);
    expect((await summary(world))?.state).to.equal('undeployed');
  }),

  scenario('the caller learns who it is and where there are apps', async world => {
    await world.user.describe(world.demo());
    const who = (await world.user.client.call('GET', '/whoami', { namespace: null })).json<WhoAmI>();
    expect(who.known).to.include(world.namespace);
    expect(who.role).to.be.oneOf(['admin', 'deployer']);
  }),

  scenario('the server says what it needs and has', async world => {
    const checks = await eventually('all is well', 30_000, async () => {
      const answer = (await world.user.client.call('GET', '/diagnosis')).json<Diagnosis>();
      expect(answer.checks.filter(({ ok }) => ok !== true)).to.deep.equal([]);
      return answer.checks;
    });
    expect(checks.map(({ name }) => name)).to.include.members(['store', 'cluster', 'engine', 'clock', 'rights', 'ingress-class']);
    expect(checks.find(({ name }) => name === 'rights')?.detail).to.include(world.namespace);
  }),

  scenario('what a deployment would change is told beforehand, and is what it changes', async world => {
    const ask = async (wish: DemoWish) => {
      const reply = await world.user.client.call('POST', '/descriptors/diff', { body: world.routed(wish) });
      expect(reply.status, reply.text).to.equal(200);
      return reply.json<DescriptorDiff>();
    };
    const line = ({ action, kind, name }: DescriptorDiff['objects'][number]) => `${action} ${kind} ${name}`;
    const first = await eventually('the cluster has been read', 30_000, () => ask({ newVersion: '1' }));
    expect(first).to.not.have.property('against');
    const { id } = await world.user.deploy(world.routed({ newVersion: '1' }));
    await world.user.settled(id);
    expect(first.objects.map(line).sort()).to.deep.equal((await world.standing()).map(object => `create ${object}`).sort());

    const same = await eventually('the mirrors have it', 10_000, async () => {
      const answer = await ask({ newVersion: '1' });
      expect(answer.objects.map(({ action }) => action)).to.deep.equal(['keep', 'keep', 'keep', 'keep', 'keep']);
      return answer;
    });
    expect([same.descriptor, same.against?.version]).to.deep.equal(['', '1']);
    expect(same.warnings.join()).to.include('VERSION_LIVE');

    const next = await ask({ newVersion: '2', image: 'v2', env: { PLAIN: 'value' } });
    expect(next.descriptor)
      .to.match(/^-.*image: demo-app:v1$/m)
      .and.to.match(/^\+.*image: demo-app:v2$/m);
    expect(next.objects.map(line)).to.include.members([
      'create ReplicationController shop-2',
      'change Service shop',
      'remove Ingress shop-1',
    ]);
    expect(next.objects[0]?.diff).to.include('demo-app:v2');
    // The store's variables are an admin's to read.
    expect(JSON.stringify(first)).to.include('FROM_STORE').and.not.include('extremely-secret-value');
    const second = await world.user.deploy(world.routed({ newVersion: '2', image: 'v2' }));
    await world.user.settled(second.id);
    const left = next.objects.filter(({ action }) => action !== 'remove').map(({ kind, name }) => `${kind} ${name}`);
    expect([...new Set(left)].sort()).to.deep.equal(await world.standing());

    const bad = await world.user.client.call('POST', '/descriptors/diff', { body: world.routed({ replicas: 0 }) });
    expect(bad.status).to.equal(400);
    await world.kube.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'shop-3', namespace: world.namespace },
      spec: { ports: [{ port: 80 }] },
    });
    expect((await ask({ newVersion: '3' })).warnings.join()).to.include('Service shop-3 was not made by Teal');
  }),

  scenario('an admin sets a variable, the next version has it, and nobody else sees or sets it', async world => {
    const { user } = await world.start();
    const { client } = user;
    const name = 'FROM-THE-API';
    const set = () => client.call('PUT', `/environment/${name}`, { namespace: null, body: { value: 'a=b ä' } });
    const read = () => client.call('GET', `/environment/${name}`, { namespace: null });
    if (client.headers['authorization'] !== undefined) {
      // With tokens the user may deploy, and that is not enough.
      const refused = [set(), read(), client.call('DELETE', `/environment/${name}`, { namespace: null })];
      for (const reply of await Promise.all([...refused, client.call('GET', '/environment/', { namespace: null })]))
        expect(reply.status).to.equal(403);
      return;
    }
    expect((await set()).status).to.equal(204);
    expect((await read()).json<Variable>()).to.deep.equal({ name, value: 'a=b ä' });
    const list = (await client.call('GET', '/environment/', { namespace: null })).json<Variable[]>();
    expect(list).to.deep.include({ name, value: 'a=b ä' });
    await user.deploy(world.demo());
    const [pod] = await world.pods();
    expect(pod?.['spec'].containers[0].env).to.deep.include({ name: 'FROM_THE_API', value: 'a=b ä' });
    expect((await client.call('DELETE', `/environment/${name}`, { namespace: null })).status).to.equal(204);
    expect((await client.call('DELETE', `/environment/${name}`, { namespace: null })).status).to.equal(404);
    expect((await read()).status).to.equal(404);
    const audit = (await client.call('GET', '/audit/', { namespace: null })).text;
    expect(audit).to.include('setVariable').and.include(name).and.not.include('a=b');
  }),
];
