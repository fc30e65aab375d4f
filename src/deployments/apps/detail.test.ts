import { expect } from 'chai';
import type { KubeObject } from '../../cluster/objects.ts';
import { app, demoDescriptor, deployment } from '../../testing/builders.ts';
import type { HealthResult } from '../plan/observed.ts';
import { detailOf, type DetailFacts } from './detail.ts';

const pod = (name: string, version: string, status: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    uid: `uid-${name}`,
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { app: 'shop', version, name: `shop-${version}` },
    ...metadata,
  },
  spec: { nodeName: 'node', containers: [{ name: 'web', image: 'demo-app:v1' }] },
  status: { phase: 'Running', podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }], ...status },
});
const service = (selector: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'shop' },
  spec: { selector },
});
const preview = (host: string): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'shop-1' },
  spec: { rules: [{ host }] },
});

const checked = demoDescriptor({ useHealthCheck: true, healthCheckPath: 'health' });
const one = deployment('one', '1', { status: 'DEPLOYED', phase: 'serving', descriptor: checked });
const two = deployment('two', '2', { status: 'DEPLOYING', phase: 'verifying', deadline: Date.parse('2026-01-01T00:05:00Z') });
const base: DetailFacts = {
  app: app({ serving: 'one' }),
  serving: one,
  newest: one,
  world: { objects: [service({ app: 'shop', version: '1' })], pods: [pod('a', '1'), pod('b', '1')], endpointSlices: [] },
  settings: { confirmSeconds: 3 },
  queue: [],
  health: new Map(),
  storedHealth: new Map(),
  now: Date.parse('2026-01-01T00:00:00Z'),
};
const healthy = (value: string, at: string): HealthResult => ({ healthy: true, value, checkedAt: at });

describe('the detail of an app', () => {
  it('prefers what this replica measured to what was stored, and says nothing of what nobody checked', () => {
    const [version] = detailOf({
      ...base,
      health: new Map([['uid-a', healthy('fresh', '2026-01-01T00:01:00Z')]]),
      storedHealth: new Map([
        [
          'one',
          [
            { podName: 'a', healthy: false, value: 'old', checkedAt: '2026-01-01T00:00:00Z' },
            { podName: 'b', healthy: true, value: 'stored', checkedAt: '2026-01-01T00:00:00Z' },
          ],
        ],
      ]),
    }).versions;
    expect(version?.pods.map(({ healthText }) => healthText)).to.deep.equal(['fresh', 'stored']);
    expect(version?.replicas).to.deep.equal({ wanted: 2, current: 2, ready: 2, healthy: 2 });
    expect(detailOf(base).versions[0]?.pods[0]).to.not.have.any.keys('healthy', 'healthText', 'checkedAt');
  });

  it('has a revision that neither time nor the hour of a check changes, and everything else does', () => {
    const at = (time: string) => detailOf({ ...base, health: new Map([['uid-a', healthy('ok', time)]]) }).revision;
    expect(at('2026-01-01T00:01:00Z')).to.equal(at('2026-01-01T00:02:00Z'));
    expect(detailOf({ ...base, now: base.now + 5000 }).revision).to.equal(detailOf(base).revision);
    const others: Partial<DetailFacts>[] = [
      { world: { ...base.world!, pods: [pod('a', '1')] } },
      { world: { ...base.world!, objects: [service({ app: 'shop' })] } },
      { other: two, app: app({ serving: 'one', other: 'two' }) },
      { app: app({ serving: 'one', intent: { from: 'one', to: 'two', why: 'deploy', at: 5 } }) },
      { health: new Map([['uid-a', { ...healthy('ok', '2026-01-01T00:01:00Z'), healthy: false }]]) },
    ];
    const revisions = [base, ...others.map(change => ({ ...base, ...change }))].map(facts => detailOf(facts).revision);
    expect(new Set(revisions).size).to.equal(revisions.length);
    const { world: _unknown, ...unread } = base;
    expect(detailOf(unread)).to.deep.include({ clusterKnown: false, traffic: {}, state: 'live' });
  });

  it('says who gets the traffic, also when the selector was changed to all versions or to none', () => {
    const facts = { ...base, other: two, app: app({ serving: 'one', other: 'two' }) };
    const receiving = (selector: Record<string, string>) =>
      detailOf({ ...facts, world: { ...base.world!, objects: [service(selector)] } }).versions.map(
        ({ receivesTraffic }) => receivesTraffic,
      );
    expect(receiving({ app: 'shop', version: '1' })).to.deep.equal([true, false]);
    expect(receiving({ app: 'shop' })).to.deep.equal([true, true]);
    expect(receiving({})).to.deep.equal([false, false]);
  });

  it('shows a pod that cannot start, and one that ends', () => {
    const waiting = { containerStatuses: [{ restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } }], conditions: [] };
    const world = {
      ...base.world!,
      pods: [pod('a', '1', waiting), pod('b', '1', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
    };
    const detail = detailOf({ ...base, world });
    expect(detail.state).to.equal('degraded');
    expect(detail.versions[0]?.pods[0]).to.include({ reason: 'CrashLoopBackOff', restarts: 3, ready: false });
    expect(detail.versions[0]?.pods[1]).to.include({ deleting: true });
    expect(detail.versions[0]?.replicas).to.include({ wanted: 2, current: 1, ready: 0 });
  });

  it('tells a preview host that people may know, and never the one that is for the proxy', () => {
    const hostOf = (host: string) => detailOf({ ...base, world: { ...base.world!, objects: [preview(host)] } }).versions[0]?.previewHost;
    expect(hostOf('shop-1.ns.preview.example.com')).to.equal('shop-1.ns.preview.example.com');
    expect(hostOf('preview-0123.teal.invalid')).to.equal(undefined);
  });

  it('says when a phase ends, where that is known', () => {
    const ends = (changes: object, more: object = {}) =>
      detailOf({ ...base, other: { ...two, ...changes }, app: app({ serving: 'one', other: 'two', ...more }) }).versions[1]?.deployment
        .phaseEndsAt;
    expect(ends({})).to.equal('2026-01-01T00:05:00.000Z');
    expect(ends({ phase: 'confirming' }, { intent: { from: 'one', to: 'two', why: 'deploy', at: 1000 } })).to.equal(
      '1970-01-01T00:00:04.000Z',
    );
    const gate = { phase: 'waiting', waitingSince: 0, descriptor: demoDescriptor({ promotionSeconds: 60 }) };
    expect(ends(gate)).to.equal('1970-01-01T00:01:00.000Z');
    expect(ends({ ...gate, descriptor: demoDescriptor({ promotion: 'manual', promotionSeconds: 60 }) })).to.equal(undefined);
    expect(ends({ phase: 'switching' })).to.equal(undefined);
  });
});
