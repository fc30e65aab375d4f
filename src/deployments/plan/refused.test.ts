import { expect } from 'chai';
import { deployment } from '../../testing/builders.ts';
import { next } from './next.ts';
import { deployed } from '../../testing/simulation.ts';

const second = () => deployment('dep-2', '2');

describe('plan next, where the cluster refuses or others hold on to something', () => {
  it('puts both objects back when the cluster refuses the switch', () => {
    const s = deployed();
    s.refuse.set('update Ingress/shop', { code: 'REFUSED_BY_CLUSTER', message: 'denied by admission' });
    s.accept(second());
    s.run();
    expect(s.servedVersion()).to.equal('1');
    expect(s.records.get('dep-2')?.reason?.code).to.equal('SWITCH_REFUSED');
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'DEPLOYED', 'dep-2': 'FAILURE' });
  });

  it('does not move traffic back for a call that failed and was applied all the same', () => {
    const s = deployed({ confirmSeconds: 30 });
    s.accept(deployment('dep-2', '2'));
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'confirming' });
    const o = s.observed();
    const since = s.now - 10_001;
    const reason = { code: 'REFUSED_BY_CLUSTER', message: 'etcdserver: request timed out' } as const;
    const refusal = { object: 'Service shop', reason, final: false, answered: true, since, at: since, retryAt: since };
    expect(next({ ...o, facts: { ...o.facts, refusals: new Map([['dep-2', refusal]]) } }).do).to.equal('wait');
  });

  it('does not take the silence of the cluster for a refusal of the switch', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.app.intent !== undefined });
    const o = s.observed();
    const reason = { code: 'REFUSED_BY_CLUSTER', message: 'no answer' } as const;
    const refusal = { object: 'Service shop', reason, final: false, since: s.now - 60_000, at: s.now, retryAt: s.now };
    const decide = (answered: boolean) =>
      next({ ...o, facts: { ...o.facts, inspected: 'dep-2', refusals: new Map([['dep-2', { ...refusal, answered }]]) } });
    expect(decide(false).do).to.equal('change');
    expect(decide(true)).to.deep.include({ do: 'commit', name: 'intent' });
  });

  it('tries once a minute, not in circles, to put back what the cluster refuses', () => {
    const s = deployed();
    s.objects.delete('Service/shop');
    s.refuse.set('create Service/shop', { code: 'FOREIGN_OBJECT', message: 'somebody has one of this name' });
    const start = s.now;
    let tries = 0;
    s.run({ stopAt: () => s.now > start + 300_000 || ++tries > 40, maxSteps: 50 });
    expect(s.now).to.be.greaterThan(start + 240_000);
    s.refuse.clear();
    s.run();
    expect(s.servedVersion()).to.equal('1');
    expect(s.app.owner).to.equal(undefined);
  });

  it('deploys on while the cluster refuses a repair of the serving version', () => {
    const s = deployed();
    s.objects.delete('Service/shop-1');
    s.refuse.set('create Service/shop-1', { code: 'FOREIGN_OBJECT', message: 'somebody has one of this name' });
    s.accept(second());
    s.run();
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'UNDEPLOYED', 'dep-2': 'DEPLOYED' });
  });

  it('slows down to one repair a minute after five in ten minutes', () => {
    const s = deployed();
    for (let round = 0; round < 30; round++) {
      const service = s.objects.get('Service/shop');
      if (service) s.objects.set('Service/shop', { ...service, spec: { ...service['spec'], selector: { app: 'shop' } } });
      s.run({ forMs: 10_000 });
      s.now += 10_000;
    }
    const gaps = s.repairs.slice(1).map((time, index) => time - (s.repairs[index] ?? 0));
    expect(gaps.slice(0, 4).every(gap => gap < 60_000)).to.equal(true);
    expect(gaps.slice(4).length).to.be.greaterThan(1);
    expect(gaps.slice(4).every(gap => gap >= 60_000)).to.equal(true);
  });

  it('removes what nobody wants while the cluster refuses a repair of the serving version', () => {
    const s = deployed();
    const reason = { code: 'REFUSED_BY_CLUSTER', message: 'denied by a webhook' } as const;
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-1')?.phase === 'draining' });
    const service = s.objects.get('Service/shop-2')!;
    s.objects.set('Service/shop-2', { ...service, spec: { ...(service['spec'] as object), selector: { app: 'other' } } });
    s.refuse.set('update Service/shop-2', reason);
    s.run({ stopAt: () => s.records.get('dep-1')?.phase === 'settled', forMs: 600_000, maxSteps: 2000 });
    expect(s.records.get('dep-1')?.phase).to.equal('settled');
  });

  for (const wish of ['cancel', 'nothing'] as const)
    it(`gives a candidate up beside an undeployment that is held up: ${wish === 'cancel' ? 'on request' : 'at its deadline'}`, () => {
      const s = deployed();
      s.sick.add('2');
      s.accept(second());
      s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'verifying' });
      s.refuse.set('remove Ingress/shop', { code: 'REFUSED_BY_CLUSTER', message: 'no right' });
      s.edit('dep-1', { status: 'UNDEPLOYING', wishes: { undeploy: true } });
      s.run({ forMs: 0 });
      if (wish === 'cancel') s.wish('dep-2', { cancel: true });
      s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'settled', forMs: 600_000, maxSteps: 2000 });
      expect(s.statuses()).to.deep.equal({ 'dep-1': 'UNDEPLOYING', 'dep-2': wish === 'cancel' ? 'UNDEPLOYED' : 'FAILURE' });
      expect(s.app.owner, 'there is work left').to.equal('me');
      s.refuse.clear();
      s.run({ maxSteps: 2000 });
      expect(s.statuses()['dep-1']).to.equal('UNDEPLOYED');
    });

  it('gives no traffic to a candidate while an undeployment is held up, and does so afterwards', () => {
    const s = deployed();
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-2')?.phase === 'verifying' });
    s.refuse.set('remove Ingress/shop', { code: 'REFUSED_BY_CLUSTER', message: 'no right' });
    s.edit('dep-1', { status: 'UNDEPLOYING', wishes: { undeploy: true } });
    s.run({ forMs: 120_000 });
    expect([s.records.get('dep-2')?.status, s.app.intent]).to.deep.equal(['DEPLOYING', undefined]);
    s.refuse.clear();
    s.run({ maxSteps: 2000 });
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'UNDEPLOYED', 'dep-2': 'DEPLOYED' });
  });

  it('announces a version without a drain when the cluster refuses for a minute to let the old one go, and goes on removing it', () => {
    const s = deployed({ drainSeconds: 0 });
    s.refuse.set('remove Service/shop-1', { code: 'REFUSED_BY_CLUSTER', message: 'no right' });
    s.accept(second());
    s.run({ stopAt: () => s.records.get('dep-2')?.status === 'DEPLOYED', maxSteps: 2000 });
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'UNDEPLOYED', 'dep-2': 'DEPLOYED' });
    expect(s.records.get('dep-1')?.phase).to.equal('retiring');
    s.refuse.clear();
    s.run({ maxSteps: 2000 });
    expect([s.records.get('dep-1')?.phase, s.objects.has('Service/shop-1')]).to.deep.equal(['settled', false]);
  });

  it('goes on sweeping once a minute when a removal is refused', () => {
    const s = deployed();
    s.sick.add('2');
    s.refuse.set('remove Service/shop-2', { code: 'REFUSED_BY_CLUSTER', message: 'denied' });
    s.accept(second());
    const start = s.now;
    let steps = 0;
    s.run({ stopAt: () => s.now > start + 900_000 || ++steps > 200, maxSteps: 250 });
    expect(s.statuses()).to.include({ 'dep-2': 'FAILURE' });
    expect(s.records.get('dep-2')?.leftovers).to.have.members(['Service shop-2', 'ReplicationController shop-2']);
    expect(s.now).to.be.greaterThan(start + 900_000);
    s.refuse.clear();
    s.run();
    expect([...s.objects.keys()].filter(key => key.includes('shop-2'))).to.deep.equal([]);
  });

  it('undeploys though somebody else holds on to an object: names it after a minute and goes on sweeping', () => {
    const s = deployed();
    s.held.add('Ingress/shop');
    s.edit('dep-1', { status: 'UNDEPLOYING' });
    const start = s.now;
    s.run();
    expect(s.now - start).to.be.within(60_000, 61_000);
    expect(s.records.get('dep-1')).to.deep.include({ status: 'UNDEPLOYED', leftovers: ['Ingress shop'] });
    expect([...s.objects.keys()]).to.deep.equal(['Ingress/shop']);
    expect(s.app.owner, 'goes on sweeping').to.equal('me');
    s.held.clear();
    s.run();
    expect([...s.objects.keys()]).to.deep.equal([]);
    expect(s.app.owner).to.equal(undefined);
  });

  it('does not give up an undeployment that the cluster refuses: nothing is named gone that may still serve', () => {
    const s = deployed();
    s.refuse.set('remove Ingress/shop', { code: 'REFUSED_BY_CLUSTER', message: 'denied' });
    s.edit('dep-1', { status: 'UNDEPLOYING' });
    const start = s.now;
    s.run({ stopAt: () => s.now > start + 600_000, maxSteps: 100 });
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'UNDEPLOYING' });
    s.refuse.clear();
    s.run();
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'UNDEPLOYED' });
    expect(s.records.get('dep-1')?.leftovers).to.equal(undefined);
  });

  for (const drainSeconds of [0, 30]) {
    it(`deploys, and the next one too, though somebody else holds on to the old version (drain ${String(drainSeconds)})`, () => {
      const s = deployed({ drainSeconds });
      s.held.add('Service/shop-1');
      s.accept(second());
      const start = s.now;
      s.run();
      expect(s.now - start).to.be.within(60_000, 100_000);
      expect(s.statuses()).to.deep.equal({ 'dep-1': 'UNDEPLOYED', 'dep-2': 'DEPLOYED' });
      expect(s.records.get('dep-1')).to.deep.include({ phase: 'settled', leftovers: ['Service shop-1'] });
      s.accept(deployment('dep-3', '3'));
      s.run();
      expect(s.statuses()).to.include({ 'dep-2': 'UNDEPLOYED', 'dep-3': 'DEPLOYED' });
      s.held.clear();
      s.run();
      expect([...s.objects.keys()].filter(key => key.includes('shop-1'))).to.deep.equal([]);
      expect(s.app.owner).to.equal(undefined);
    });
  }

  it('gives a version up when the cluster refuses its routing mode for the one that serves', () => {
    const s = deployed();
    s.refuse.set('update Ingress/shop', { code: 'REFUSED_BY_CLUSTER', message: 'denied by admission' });
    s.accept(deployment('dep-2', '2', {}, { routing: 'stable-service' }));
    s.run();
    expect(s.statuses()).to.deep.equal({ 'dep-1': 'DEPLOYED', 'dep-2': 'FAILURE' });
    expect(s.records.get('dep-2')?.reason?.code).to.equal('REFUSED_BY_CLUSTER');
  });
});
