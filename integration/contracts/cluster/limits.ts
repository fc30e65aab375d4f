/** Facts about namespaces that are missing or going, and about quotas. */

import { expect } from 'chai';
import { refOf } from '../../../src/cluster/objects.ts';
import { eventually } from '../../support/wait.ts';
import { configMap, controller, refusal, service, type Json, type World } from './world.ts';

const patienceMs = 90_000;

export function limitFacts(theWorld: () => World): void {
  it('a create in a namespace that is not there is NOT_FOUND', async () => {
    const { cluster } = theWorld();
    const error = await refusal(cluster.create(configMap('teal-no-such-namespace', 'a')), 'NOT_FOUND');
    expect(error).to.include({ status: 404, outcome: 'none' });
  });

  it('a create in a namespace that is going is NAMESPACE_TERMINATING, while updates still work', async () => {
    const { cluster, makeNamespace, raw } = theWorld();
    const namespace = await makeNamespace();
    const held = await cluster.create(configMap(namespace, 'held', {}, { finalizers: ['teal.test/hold'] }));
    await raw('DELETE', `/api/v1/namespaces/${namespace}`);
    await eventually('the phase', patienceMs, async () => {
      const found: Json = await cluster.read({ kind: 'Namespace', namespace: '', name: namespace });
      expect(found.status.phase).to.equal('Terminating');
      expect(found.metadata.deletionTimestamp).to.be.a('string');
    });
    for (const object of [configMap(namespace, 'late'), service(namespace, 'late', {}), controller(namespace, 'late')]) {
      const error = await refusal(cluster.create(object), 'NAMESPACE_TERMINATING');
      expect(error).to.include({ outcome: 'none' });
      expect(error.status).to.be.oneOf([403, 409]);
    }
    const current = await eventually('the mark of its deletion', patienceMs, async () => {
      const found = await cluster.read(refOf(held));
      expect(found?.metadata.deletionTimestamp).to.be.a('string');
      return found ?? held;
    });
    await cluster.replace({ ...current, metadata: { ...current.metadata, finalizers: [] } });
    await eventually('the namespace gone', patienceMs, async () =>
      expect(await cluster.read({ kind: 'Namespace', namespace: '', name: namespace })).to.equal(undefined),
    );
  });

  it('a quota that is used up refuses pods with QUOTA_EXCEEDED, and shows on the controller as ReplicaFailure and events', async () => {
    const { cluster, makeNamespace, raw } = theWorld();
    const namespace = await makeNamespace();
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none', namespace }, spec: { hard: { pods: '0' } } };
    expect((await raw('POST', `/api/v1/namespaces/${namespace}/resourcequotas`, quota)).status).to.equal(201);
    await eventually('the quota at work', patienceMs, async () => {
      const { body } = await raw('GET', `/api/v1/namespaces/${namespace}/resourcequotas/none`);
      expect(body.status?.hard?.pods).to.equal('0');
    });

    const made = await cluster.create(controller(namespace, 'greedy'));
    await eventually('the condition', patienceMs, async () => {
      const found: Json = await cluster.read(refOf(made));
      const failure = ((found.status.conditions ?? []) as Json[]).find(({ type }) => type === 'ReplicaFailure');
      expect(failure).to.include({ status: 'True', reason: 'FailedCreate' });
      expect(failure.message).to.include('exceeded quota');
      expect(found.status.replicas).to.equal(0);
    });
    await eventually('the event', patienceMs, async () => {
      const events: Json[] = await cluster.list('Event', namespace, { fields: 'involvedObject.name=greedy' });
      const failed = events.filter(event => event.reason === 'FailedCreate' && event.type === 'Warning');
      expect(failed.map(event => event.message).join()).to.include('exceeded quota');
    });

    const { spec, metadata } = made['spec'].template;
    const error = await refusal(
      cluster.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'greedy', namespace, labels: metadata.labels }, spec }),
      'QUOTA_EXCEEDED',
    );
    expect(error).to.include({ status: 403, outcome: 'none' });
  });
}
