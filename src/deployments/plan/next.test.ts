import { expect } from 'chai';
import fc from 'fast-check';
import type { KubeObject } from '../../cluster/objects.ts';
import { deployment } from '../../testing/builders.ts';
import { next } from './next.ts';
import { deployed, simulate } from '../../testing/simulation.ts';

const first = () => deployment('dep-1', '1');
const second = () => deployment('dep-2', '2');

describe('plan next', () => {
  it('starts nothing that the settings of now deny, and goes on with what waits behind it', () => {
    for (const reason of [
      { code: 'POLICY', message: 'hostNetwork' },
      { code: 'HOST_TAKEN', message: 'the host belongs to the app other/web' },
    ] as const) {
      const s = deployed();
      const before = new Map(s.objects);
      s.denied = reason;
      s.accept(second());
      s.accept(deployment('dep-3', '3'));
      s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'settled' });
      s.denied = undefined;
      expect(s.writes).to.deep.equal([]);
      expect(new Map(s.objects)).to.deep.equal(before);
      expect(s.records.get('dep-2')).to.deep.include({ status: 'FAILURE', reason });
      s.run();
      expect(s.statuses()).to.include({ 'dep-1': 'UNDEPLOYED', 'dep-2': 'FAILURE', 'dep-3': 'DEPLOYED' });
    }
  });

  it('takes nothing down that stands already when the settings become stricter, and goes back to it whatever they say', () => {
    const s = deployed();
    s.denied = { code: 'POLICY', message: 'stricter since' };
    s.objects.delete('Service/shop-1');
    s.run();
    expect(s.writes, 'what others removed is put back').to.deep.equal(['create Service shop-1']);
    expect(s.servedVersion()).to.equal('1');
    s.denied = undefined;
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'confirming' });
    s.denied = { code: 'POLICY', message: 'stricter since' };
    s.sick.add('2');
    s.run();
    expect(s.servedVersion()).to.equal('1');
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'DEPLOYED', 'dep-2': 'FAILURE' });
  });

  it("brings running pods back at a user's wish whatever the settings say", () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-1')?.phase === 'draining' });
    s.denied = { code: 'POLICY', message: 'stricter since' };
    s.accept({ ...deployment('dep-3', '1', { rollbackOf: 'dep-2', objectsOf: 'dep-1' }) });
    s.run();
    expect(s.servedVersion()).to.equal('1');
    expect(s.statuses()).to.include({ 'dep-3': 'DEPLOYED' });
  });

  it('gives up a candidate that was started under other settings and has no objects yet', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'starting' });
    s.denied = { code: 'POLICY', message: 'stricter since the restart' };
    s.run();
    expect(s.writes).to.deep.equal([]);
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'DEPLOYED', 'dep-2': 'FAILURE' });
  });

  it('touches nothing of a namespace that is not served, and tells what waits there', () => {
    const s = deployed();
    s.served = false;
    const { owner, epoch } = s.app;
    s.objects.delete('Service/shop-1');
    s.accept(second());
    s.run();
    expect(s.writes).to.deep.equal([]);
    expect(s.records.get('dep-2')?.reason?.code).to.equal('NAMESPACE_NOT_SERVED');
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'DEPLOYED', 'dep-2': 'FAILURE' });
    expect(s.app).to.include({ epoch, serving: 'dep-1' });
    expect(s.app.owner).to.equal(owner);
  });

  it('gives traffic to a first version and settles', () => {
    const s = simulate();
    s.accept(first());
    s.run();
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'DEPLOYED' });
    expect(s.servedVersion()).to.equal('1');
    expect(s.app).to.include({ serving: 'dep-1' });
    expect(s.app.owner).to.equal(undefined);
    expect(s.records.get('dep-1')?.settledAt).to.be.a('string');
  });

  it('replaces a version with nine writes to the cluster and four durable transitions after acceptance', () => {
    const s = deployed();
    s.accept(second());
    s.run();
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'UNDEPLOYED', 'dep-2': 'DEPLOYED' });
    expect(s.writes).to.deep.equal([
      'create ReplicationController shop-2',
      'create Service shop-2',
      'create Ingress shop-2',
      'update Service shop',
      'update Ingress shop',
      'remove Ingress shop-1',
      'remove Service shop-1',
      'empty ReplicationController shop-1',
      'remove ReplicationController shop-1',
    ]);
    expect(s.commits).to.deep.equal(['start', 'intent', 'end', 'settle']);
  });

  it('replaces a version with six writes when the stable Service carries the traffic', () => {
    const s = deployed({ routing: { dialect: 'ingress-nginx', ingressClass: 'nginx', snippets: false, routing: 'stable-service' } });
    s.accept(second());
    s.run();
    expect(s.writes).to.have.length(6);
    expect(s.servedVersion()).to.equal('2');
  });

  it('leaves the serving version alone when the new one never becomes healthy', () => {
    const s = deployed();
    const before = s.objects.get('Service/shop');
    s.sick.add('2');
    s.accept(second());
    s.run();
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'DEPLOYED', 'dep-2': 'FAILURE' });
    expect(s.records.get('dep-2')?.reason?.code).to.equal('TIMEOUT');
    expect(s.objects.get('Service/shop')).to.equal(before);
    expect([...s.objects.keys()].filter(key => key.includes('shop-2'))).to.deep.equal([]);
  });

  it('switches back when the new version loses its health in the confirming window', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'confirming' });
    expect(s.servedVersion()).to.equal('2');
    s.sick.add('2');
    s.run();
    expect(s.servedVersion()).to.equal('1');
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'DEPLOYED', 'dep-2': 'FAILURE' });
  });

  it('keeps a cancelled version until the proxies have followed the traffic back', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'confirming' });
    s.wish('dep-2', { cancel: true });
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'cleaning-up' });
    expect(s.servedVersion()).to.equal('1');
    const back = s.now;
    s.writes.length = 0;
    s.run({ stopAt: () => s.writes.length > 0 });
    expect(s.now - back).to.be.within(5000, 6000);
    s.run();
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'DEPLOYED', 'dep-2': 'UNDEPLOYED' });
    expect([...s.objects.keys()].filter(key => key.includes('shop-2'))).to.deep.equal([]);
  });

  it('tries to remove a cancelled version even when nobody worked on it for longer than clean-up may take', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'confirming' });
    s.wish('dep-2', { cancel: true });
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'cleaning-up' });
    s.now += 100_000;
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'settled' });
    expect(s.records.get('dep-2')?.leftovers).to.equal(undefined);
    expect([...s.objects.keys()].filter(key => key.includes('shop-2'))).to.deep.equal([]);
  });

  it('keeps a version that is rolled back until the proxies have followed, also where the old one wants no drain', () => {
    const s = simulate({ drainSeconds: 0 });
    s.accept(first());
    s.run();
    s.accept(deployment('dep-2', '2', {}, { drainSeconds: 30 }));
    s.run({ stopAt: () => s.records.get('dep-1')?.phase === 'draining' });
    s.accept({ ...deployment('dep-3', '1', { rollbackOf: 'dep-2', objectsOf: 'dep-1' }) });
    s.run({ stopAt: () => s.records.get('dep-3')?.status === 'DEPLOYED' });
    expect(s.servedVersion()).to.equal('1');
    const back = s.now;
    s.writes.length = 0;
    s.run({ stopAt: () => s.writes.length > 0 });
    expect(s.now - back).to.be.within(5000, 6000);
  });

  it('switches back in the drain when none of the new pods is ready for three seconds', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-1')?.phase === 'draining' });
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'UNDEPLOYED', 'dep-2': 'DEPLOYED' });
    s.sick.add('2');
    const blackout = s.now;
    s.run();
    expect(s.servedVersion()).to.equal('1');
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'DEPLOYED', 'dep-2': 'FAILURE' });
    expect(s.records.get('dep-2')?.reason?.code).to.equal('SWITCHED_BACK');
    expect(s.now - blackout).to.be.lessThan(30_000);
  });

  it('moves nothing while both versions are down, until the deadline', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'confirming' });
    s.sick.add('1').add('2');
    const until = s.now + 200_000;
    s.run({ stopAt: () => s.now >= until, maxSteps: 1000 });
    expect(s.servedVersion()).to.equal('2');
    expect([...s.objects.keys()]).to.include.members(['ReplicationController/shop-1', 'ReplicationController/shop-2']);
  });

  it('takes a first version away completely when it does not stay healthy', () => {
    const s = simulate();
    s.accept(first());
    s.run({ stopAt: () => s.records.get('dep-1')?.phase === 'confirming' });
    s.sick.add('1');
    s.run();
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'FAILURE' });
    expect([...s.objects.keys()]).to.deep.equal([]);
    expect(s.app.serving).to.equal(undefined);
  });

  it('refuses the version that is live and touches nothing', () => {
    const s = deployed();
    s.accept(deployment('dep-2', '1'));
    s.run();
    expect(s.records.get('dep-2')).to.deep.include({ status: 'FAILURE' });
    expect(s.records.get('dep-2')?.reason?.code).to.equal('VERSION_LIVE');
    expect(s.writes).to.deep.equal([]);
  });

  it('refuses a version whose object names belong to the live one', () => {
    const s = simulate();
    s.accept(deployment('dep-1', '1.2'));
    s.run();
    s.accept(deployment('dep-2', '1-2'));
    s.run();
    expect(s.records.get('dep-2')?.reason?.code).to.equal('NAME_TAKEN');
    expect(s.servedVersion()).to.equal('1.2');
  });

  it('waits at the gate until somebody promotes', () => {
    const s = deployed();
    s.accept(deployment('dep-2', '2', {}, { promotion: 'manual' }));
    s.run();
    expect(s.records.get('dep-2')?.phase).to.equal('waiting');
    expect(s.servedVersion()).to.equal('1');
    const d = s.records.get('dep-2');
    if (d) s.records.set('dep-2', { ...d, wishes: { promote: true } });
    s.run();
    expect(s.servedVersion()).to.equal('2');
  });

  it('gives no traffic to a version whose own Service does not list its pods yet: a proxy would find nobody', () => {
    const s = deployed();
    s.unlisted.add('2');
    s.accept(deployment('dep-2', '2'));
    s.run({ forMs: 0 });
    expect([s.records.get('dep-2')?.phase, s.servedVersion()]).to.deep.equal(['verifying', '1']);
    s.unlisted.clear();
    s.run({ stopAt: () => s.records.get('dep-2')?.status === 'DEPLOYED' });
    expect(s.servedVersion()).to.equal('2');
  });

  it('fails a version whose own Service never lists its pods, and says so', () => {
    const s = deployed();
    s.unlisted.add('2');
    s.accept(deployment('dep-2', '2'));
    s.run();
    expect(s.records.get('dep-2')).to.deep.include({ status: 'FAILURE' });
    expect(s.records.get('dep-2')?.reason?.message).to.include('Service shop-2 does not list all of its pods');
    expect(s.servedVersion()).to.equal('1');
  });

  for (const object of ['Service/shop-2', 'Ingress/shop-2'])
    it(`puts ${object} back for a version that waits for its promotion, however long its time to become healthy is over`, () => {
      const s = deployed();
      s.accept(deployment('dep-2', '2', {}, { promotion: 'manual' }));
      s.run();
      s.now += 3_600_000;
      s.objects.delete(object);
      s.run();
      expect(s.records.get('dep-2')?.phase).to.equal('waiting');
      expect([...s.objects.keys()]).to.include(object);
    });

  it('gives a promoted version up when what others took away of it cannot be put back in half a minute', () => {
    const s = deployed();
    s.accept(deployment('dep-2', '2', {}, { promotion: 'manual' }));
    s.run();
    s.now += 3_600_000;
    const rest = s.objects.get('Service/shop-2')!;
    s.objects.set('Service/shop-2', {
      ...rest,
      metadata: { ...rest.metadata, annotations: { ...rest.metadata.annotations, 'teal/deployment': 'dep-0' } },
    });
    s.held.add('Service/shop-2');
    s.wish('dep-2', { promote: true });
    s.run({ forMs: 120_000 });
    expect(s.records.get('dep-2')?.reason?.code).to.equal('TIMEOUT');
    expect(s.servedVersion()).to.equal('1');
  });

  it('makes a preview anew for a version that became healthy just before the end of its time', () => {
    const s = simulate({ proxyKnown: true, timeoutSeconds: 300, proxySleepSeconds: 20 });
    s.sick.add('1');
    s.accept(deployment('dep-1', '1'));
    s.run({ stopAt: () => s.records.get('dep-1')?.phase === 'verifying' });
    s.now += 295_000;
    s.sick.clear();
    const previews = () => s.writes.filter(write => write === 'create Ingress shop-1').length;
    s.run({ stopAt: () => previews() === 2 || s.records.get('dep-1')?.phase === 'settled' });
    expect(s.records.get('dep-1')?.phase).to.equal('preparing-traffic');
  });

  it('puts a stripped selector back while a version waits, and does not promote it', () => {
    const s = deployed();
    s.accept(deployment('dep-2', '2', {}, { promotion: 'manual' }));
    s.run();
    const service = s.objects.get('Service/shop');
    if (service) s.objects.set('Service/shop', { ...service, spec: { ...service['spec'], selector: { app: 'shop' } } });
    s.run();
    expect(s.servedVersion()).to.equal('1');
    expect(s.records.get('dep-2')?.phase).to.equal('waiting');
    expect(s.writes.at(-1)).to.equal('update Service shop');
  });

  it('undeploys beside a candidate whose Service others made select every version: that is put back first', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.objects.has('Service/shop-2') });
    s.edit('dep-1', { status: 'UNDEPLOYING', wishes: { undeploy: true } });
    const service = s.objects.get('Service/shop-2');
    if (service) s.objects.set('Service/shop-2', { ...service, spec: { ...service['spec'], selector: { app: 'shop' } } });
    s.run();
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'UNDEPLOYED', 'dep-2': 'DEPLOYED' });
    expect([...s.objects.keys()]).to.not.include('ReplicationController/shop-1');
  });

  it('makes a preview anew, once, that the proxy has not loaded in half of its time', () => {
    const s = simulate({ proxyKnown: true });
    s.accept(first());
    s.run({ stopAt: () => s.records.get('dep-1')?.phase === 'preparing-traffic' });
    const since = s.now;
    const made: number[] = [];
    s.run({
      stopAt() {
        const count = s.writes.filter(write => write === 'create Ingress shop-1').length;
        if (count > made.length) made.push(s.now - since);
        return s.records.get('dep-1')?.phase !== 'preparing-traffic';
      },
    });
    expect(made).to.deep.equal([0, 10_000]);
    expect(s.records.get('dep-1')?.reason?.code).to.equal('PROXY_NOT_READY');
    expect(s.now - since).to.equal(20_000);
  });

  it('undeploys: Ingress before Service before pods, nothing left', () => {
    const s = deployed();
    const d = s.records.get('dep-1');
    if (d) s.records.set('dep-1', { ...d, status: 'UNDEPLOYING', wishes: { undeploy: true } });
    s.run();
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'UNDEPLOYED' });
    expect([...s.objects.keys()]).to.deep.equal([]);
    const order = [
      'remove Ingress shop',
      'remove Service shop',
      'empty ReplicationController shop-1',
      'remove ReplicationController shop-1',
    ].map(write => s.writes.indexOf(write));
    expect(order).to.deep.equal([...order].sort((a, b) => a - b));
  });

  it('removes the old version before it announces success when there is no drain', () => {
    const s = deployed({ drainSeconds: 0 });
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-2')?.status === 'DEPLOYED' });
    expect([...s.objects.keys()].filter(key => key.includes('shop-1'))).to.deep.equal([]);
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'UNDEPLOYED', 'dep-2': 'DEPLOYED' });
  });

  it('tells that a version is degraded also when there is no drain', () => {
    const s = deployed({ drainSeconds: 0 });
    s.accept(deployment('dep-2', '2'));
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'confirming' });
    const o = s.observed();
    const ill = (pod: KubeObject) => pod.metadata.labels?.['version'] === '1' || pod.metadata.name === 'shop-2-1';
    const pods = o.world.pods.map(pod => (ill(pod) ? { ...pod, status: { ...pod['status'], conditions: [] } } : pod));
    const decision = next({ ...o, now: s.now + 400_000, world: { ...o.world, pods } });
    const steps = decision.do === 'note' ? decision.records : [];
    expect(steps.map(({ id, set }) => [id, set])).to.deep.equal([
      ['dep-1', { phase: 'retiring' }],
      ['dep-2', { degraded: true }],
    ]);
    s.edit('dep-2', { degraded: true });
    s.run();
    expect(s.records.get('dep-2')).to.deep.include({ status: 'DEPLOYED', degraded: true });
  });

  it('forgets the wish to delete a version that serves again, and lets it drain when it is replaced', () => {
    const s = deployed();
    s.accept(deployment('dep-2', '2'));
    s.run({ stopAt: () => s.records.get('dep-1')?.phase === 'draining' });
    s.sick.add('2');
    s.run({ stopAt: () => s.app.intent?.why === 'switch-back' });
    s.wish('dep-1', { delete: true });
    s.run();
    expect(s.statuses()).to.include({ 'dep-1': 'DEPLOYED', 'dep-2': 'FAILURE' });
    s.accept(deployment('dep-3', '3'));
    s.run({ stopAt: () => s.records.get('dep-3')?.status === 'DEPLOYED' });
    s.run({ forMs: 0 });
    expect([s.records.get('dep-1')?.phase, s.objects.has('ReplicationController/shop-1')]).to.deep.equal(['draining', true]);
  });

  it('rolls back with one switch and no new pods while the old version drains', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-1')?.phase === 'draining' });
    s.writes.length = 0;
    s.accept(deployment('dep-3', '1', { rollbackOf: 'dep-2', objectsOf: 'dep-1' }));
    s.run({ stopAt: () => s.records.get('dep-3')?.status === 'DEPLOYED' });
    expect(s.writes).to.deep.equal(['update Service shop', 'update Ingress shop']);
    expect(s.servedVersion()).to.equal('1');
    s.run();
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'UNDEPLOYED', 'dep-2': 'UNDEPLOYED', 'dep-3': 'DEPLOYED' });
    expect([...s.objects.keys()].filter(key => key.includes('shop-2'))).to.deep.equal([]);
  });

  it('deploys a rollback anew when the old version has gone', () => {
    const s = deployed();
    s.accept(second());
    s.run();
    s.accept(deployment('dep-3', '1', { rollbackOf: 'dep-2', objectsOf: 'dep-1' }));
    s.run();
    expect(s.servedVersion()).to.equal('1');
    expect(s.records.get('dep-3')).to.include({ status: 'DEPLOYED', objectsOf: 'dep-3' });
  });

  it('fails before the switch when somebody else answers for the host by now', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'verifying' });
    const o = s.observed();
    const decision = next({
      ...o,
      facts: { ...o.facts, inspected: 'dep-2', hostTaken: 'the host shop.example.test belongs to Ingress other/web' },
    });
    expect(JSON.stringify(decision)).to.include('HOST_TAKEN').and.include('clean-up');
  });

  it('brings traffic back to a version that is about to be undeployed before it undeploys it', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.app.intent !== undefined });
    const d = s.records.get('dep-1');
    if (d) s.records.set('dep-1', { ...d, status: 'UNDEPLOYING', wishes: { undeploy: true } });
    s.sick.add('2');
    s.run();
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'UNDEPLOYED', 'dep-2': 'FAILURE' });
    expect([...s.objects.keys()]).to.deep.equal([]);
  });

  it('switches back across a change of the routing mode', () => {
    const s = deployed();
    s.accept(deployment('dep-2', '2', {}, { routing: 'stable-service' }));
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'confirming' });
    s.sick.add('2');
    s.run();
    expect(s.servedVersion()).to.equal('1');
    expect(JSON.stringify(s.objects.get('Ingress/shop')?.['spec'])).to.include('"name":"shop-1"');
  });

  it('changes the routing mode of an app without taking the old version out first', () => {
    const s = deployed();
    s.accept(deployment('dep-2', '2', {}, { routing: 'stable-service' }));
    s.run();
    expect(s.servedVersion()).to.equal('2');
    const ingress = s.objects.get('Ingress/shop');
    expect(JSON.stringify(ingress?.['spec'])).to.include('"name":"shop"');
    const toService = s.writes.indexOf('update Ingress shop');
    expect(toService).to.be.greaterThan(-1).and.lessThan(s.writes.indexOf('update Service shop'));
  });

  for (const [from, to] of [
    ['versioned', 'stable-service'],
    ['stable-service', 'versioned'],
  ] as const)
    it(`keeps every backend named by a second Ingress while the routing goes from ${from} to ${to}, until the old version is gone`, () => {
      const s = simulate();
      s.accept(deployment('dep-1', '1', {}, { routing: from }));
      s.run();
      s.accept(deployment('dep-2', '2', {}, { routing: to }));
      s.run({ stopAt: () => s.records.get('dep-2')?.status === 'DEPLOYED' });
      const rules = s.objects.get('Ingress/shop-2.handover')?.['spec']?.rules as {
        http: { paths: { backend: { service: { name: string } } }[] };
      }[];
      expect(rules.map(({ http }) => http.paths[0]?.backend.service.name)).to.have.members(['shop-1', 'shop', 'shop-2']);
      expect(s.writes.indexOf('create Ingress shop-2.handover'))
        .to.be.greaterThan(-1)
        .and.lessThan(s.writes.indexOf('update Ingress shop'));
      s.run();
      expect([...s.objects.keys()].filter(key => key.includes('handover'))).to.deep.equal([]);
      expect(s.writes.filter(write => write.endsWith('handover'))).to.deep.equal([
        'create Ingress shop-2.handover',
        'remove Ingress shop-2.handover',
      ]);
      expect(s.writes.indexOf('remove Ingress shop-2.handover')).to.be.lessThan(s.writes.indexOf('remove Service shop-1'));
    });

  it('a version that changes the routing mode and fails leaves no handover behind', () => {
    const s = deployed();
    s.sick.add('2');
    s.accept(deployment('dep-2', '2', {}, { routing: 'stable-service' }));
    s.run();
    expect(s.servedVersion()).to.equal('1');
    expect([...s.objects.keys()].filter(key => key.includes('handover'))).to.deep.equal([]);
  });

  it('drops the Ingress of a version that no longer wants one only when the old version retires', () => {
    const s = deployed();
    const { frontend: _none, ...unrouted } = deployment('dep-2', '2').descriptor;
    s.accept({ ...deployment('dep-2', '2'), descriptor: unrouted });
    s.run();
    expect(s.objects.has('Ingress/shop')).to.equal(false);
    expect(s.servedVersion()).to.equal('2');
  });

  it('runs an app without ports: nothing to switch', () => {
    const s = simulate();
    const podspec = { containers: [{ name: 'worker', image: 'demo-app:v1' }] };
    s.accept(deployment('dep-1', '1', {}, { podspec }));
    s.run();
    s.accept(deployment('dep-2', '2', {}, { podspec }));
    s.run();
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'UNDEPLOYED', 'dep-2': 'DEPLOYED' });
    expect([...s.objects.keys()]).to.deep.equal(['ReplicationController/shop-2']);
  });

  it('cancels a candidate before its switch', () => {
    const s = deployed();
    s.accept(deployment('dep-2', '2', {}, { promotion: 'manual' }));
    s.run();
    const d = s.records.get('dep-2');
    if (d) s.records.set('dep-2', { ...d, wishes: { cancel: true } });
    s.run();
    expect(s.records.get('dep-2')).to.deep.include({ status: 'UNDEPLOYED', phase: 'settled' });
    expect(s.servedVersion()).to.equal('1');
  });

  it('fails a version that is down with the old one when the deadline is over, and lets nothing hang', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'confirming' });
    s.sick.add('1').add('2');
    s.run({ maxSteps: 2000 });
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'DEPLOYED', 'dep-2': 'FAILURE' });
    expect(s.servedVersion()).to.equal('1');
  });

  it('settles the version that has its traffic back', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'confirming' });
    s.sick.add('2');
    s.run();
    expect(s.records.get('dep-1')?.settledAt).to.be.a('string');
  });

  it('counts a replaced version as settled only when it is gone', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-1')?.phase === 'draining' });
    expect(s.records.get('dep-1')?.settledAt).to.equal(undefined);
    s.run();
    expect(s.records.get('dep-1')?.settledAt).to.be.a('string');
  });

  it('replaces what an earlier deployment of the same version left, instead of running its pods', () => {
    const s = deployed();
    s.sick.add('2');
    s.held.add('ReplicationController/shop-2');
    s.refuse.set('remove Service/shop-2', { code: 'REFUSED_BY_CLUSTER', message: 'denied' });
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-2')?.settledAt !== undefined, maxSteps: 2000 });
    s.refuse.clear();
    s.held.clear();
    s.sick.clear();
    s.accept(deployment('dep-3', '2', {}, { replicas: 3 }));
    s.run();
    expect(s.statuses()).to.deep.include({ 'dep-3': 'DEPLOYED' });
    expect(s.objects.get('ReplicationController/shop-2')?.metadata.annotations).to.include({ 'teal/deployment': 'dep-3' });
    expect(s.objects.get('ReplicationController/shop-2')?.['spec']).to.include({ replicas: 3 });
  });

  it('moves traffic back before it gathers evidence', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'confirming' });
    s.sick.add('2');
    expect(s.step()).to.include({ do: 'commit', name: 'intent' });
  });

  it('forgets the record of a replaced version whose pods a rollback has taken over, when its deletion was asked for', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-1')?.phase === 'draining' });
    s.wish('dep-1', { delete: true });
    s.accept(deployment('dep-3', '1', { rollbackOf: 'dep-2', objectsOf: 'dep-1' }));
    s.run();
    expect(s.statuses()).to.deep.equal({ 'dep-2': 'UNDEPLOYED', 'dep-3': 'DEPLOYED' });
  });

  it('does not turn in circles while both versions are down in the drain', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-1')?.phase === 'draining' });
    s.sick.add('1').add('2');
    s.run({ maxSteps: 40 });
    expect(s.records.get('dep-1')?.phase).to.equal('settled');
  });

  it('comes to a proper end from a crash after any step', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 5 }), fc.constantFrom(0, 30), fc.boolean(), (crashes, drainSeconds, sick) => {
        const s = deployed({ drainSeconds });
        s.accept(second());
        for (const steps of crashes) {
          for (let step = 0; step < steps; step++) {
            const decision = s.step();
            if (decision.do === 'rest') break;
            if (decision.do === 'wait' && decision.until !== undefined) s.now = Math.max(s.now, decision.until);
          }
          s.crash();
          if (sick) s.sick.add('2');
        }
        s.run();
        const { 'dep-1': one, 'dep-2': two } = s.statuses();
        expect([one, two]).to.satisfy(
          ([a, b]: string[]) => (a === 'UNDEPLOYED' && b === 'DEPLOYED') || (a === 'DEPLOYED' && b === 'FAILURE'),
        );
        const live = one === 'DEPLOYED' ? '1' : '2';
        expect(s.servedVersion()).to.equal(live);
        expect([...s.objects.keys()].sort()).to.deep.equal([
          `Ingress/shop`,
          `Ingress/shop-${live}`,
          `ReplicationController/shop-${live}`,
          'Service/shop',
          `Service/shop-${live}`,
        ]);
      }),
      { numRuns: 100 },
    );
  }).timeout(60_000);
});
