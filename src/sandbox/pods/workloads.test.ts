import { expect } from 'chai';
import type { KubeObject } from '../../cluster/objects.ts';
import { controller, core, discovery, eventually, service, startTestSandbox, type SandboxClient } from '../../testing/sandbox.ts';

const probe = { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 1 };

describe('simulated workloads', () => {
  let sandbox: SandboxClient;
  beforeEach(async () => {
    sandbox = await startTestSandbox({ pace: { startMs: 5, crashBackoffMs: 300, pullBackoffMs: 100 } });
  });
  afterEach(() => sandbox.stop());

  const pods = async () => (await sandbox.call('GET', `${core}/pods`)).body.items as KubeObject[];
  const ready = (pod: KubeObject) =>
    pod.status.conditions?.some((condition: { type: string; status: string }) => condition.type === 'Ready' && condition.status === 'True');
  const whenReady = (count: number) =>
    eventually(`${count} pods ready`, async () => {
      const all = (await pods()).filter(pod => ready(pod) && !pod.metadata.deletionTimestamp);
      return all.length === count && all;
    });
  const remove = (path: string, propagationPolicy?: string) =>
    sandbox.call('DELETE', path, propagationPolicy ? { propagationPolicy } : undefined);

  it('an RC makes ready pods that answer on their own address, and counts them', async () => {
    await sandbox.make(controller('a', { app: 'a' }, { readinessProbe: probe }, 2));
    const [pod] = await whenReady(2);
    expect(pod?.metadata.name).to.match(/^a-[a-z0-9]{5}$/);
    expect(pod?.metadata.ownerReferences?.[0]).to.include({ kind: 'ReplicationController', name: 'a', controller: true });
    await eventually(
      'its status',
      async () => (await sandbox.call('GET', `${core}/replicationcontrollers/a`)).body.status.readyReplicas === 2,
    );
    const answer = await fetch(`http://${pod?.status.podIP}:8080/version`);
    expect(await answer.json()).to.deep.equal({ version: 'v1', pod: pod?.metadata.name });
    expect(answer.headers.get('x-version')).to.equal('v1');
  });

  it('a deleted RC leaves its pods alone by default and takes them along when asked', async () => {
    await sandbox.make(controller('a', { app: 'a' }));
    const [pod] = await whenReady(1);
    await remove(`${core}/replicationcontrollers/a`);
    await eventually('the RC is gone', async () => (await sandbox.call('GET', `${core}/replicationcontrollers/a`)).status === 404);
    const [orphan] = await pods();
    expect([orphan?.metadata.uid, orphan?.metadata.ownerReferences]).to.deep.equal([pod?.metadata.uid, undefined]);

    await sandbox.make(controller('b', { app: 'a' }));
    await eventually('the orphan is adopted', async () => (await pods())[0]?.metadata.ownerReferences?.[0]?.name === 'b');
    expect(await pods()).to.have.length(1);
    await remove(`${core}/replicationcontrollers/b`, 'Background');
    await eventually('the pods are gone', async () => (await pods()).length === 0);
  });

  it('a pod asked to stop still answers until it has stopped, but is no ready endpoint', async () => {
    await sandbox.make(service('a', { app: 'a' }));
    await sandbox.make(controller('a', { app: 'a' }, { env: [{ name: 'STOP_DELAY', value: '300ms' }] }));
    const [pod] = await whenReady(1);
    const conditions = async () => {
      const slices = (await sandbox.call('GET', `${discovery}/endpointslices?labelSelector=kubernetes.io/service-name%3Da`)).body
        .items as KubeObject[];
      const mine = (slices[0]?.endpoints ?? []).find(
        (endpoint: { targetRef: { uid: string } }) => endpoint.targetRef.uid === pod?.metadata.uid,
      );
      return mine?.conditions as unknown;
    };
    await eventually('a ready endpoint', async () => (await conditions()) !== undefined);
    expect(await conditions()).to.deep.equal({ ready: true, serving: true, terminating: false });
    await remove(`${core}/replicationcontrollers/a`, 'Background');
    await eventually(
      'a terminating endpoint',
      async () => ((await conditions()) as { terminating?: boolean } | undefined)?.terminating === true,
    );
    expect(await conditions()).to.deep.equal({ ready: false, serving: true, terminating: true });
    expect((await fetch(`http://${pod?.status.podIP}:8080/version`)).status).to.equal(200);
    await eventually('no endpoint', async () => (await conditions()) === undefined);
  });

  it('a pod whose image does not exist waits with the reason, and an event says so', async () => {
    await sandbox.make(controller('a', { app: 'a' }, { image: 'no-such-image:v1' }));
    const reason = async () => (await pods())[0]?.status.containerStatuses?.[0]?.state.waiting?.reason as string | undefined;
    await eventually('the pull fails', async () => (await reason()) === 'ErrImagePull');
    await eventually('it backs off', async () => (await reason()) === 'ImagePullBackOff');
    const uid = (await pods())[0]?.metadata.uid;
    const events = (await sandbox.call('GET', `${core}/events?fieldSelector=involvedObject.uid%3D${uid}`)).body.items as KubeObject[];
    expect(events.map(event => event.reason)).to.include('Failed');
  });

  it('a crashing container is restarted, backs off, and keeps the log of its last run', async () => {
    await sandbox.make(controller('a', { app: 'a' }, { env: [{ name: 'CRASH_AFTER', value: '20ms' }] }));
    const status = await eventually('a crash loop', async () => {
      const found = (await pods())[0]?.status.containerStatuses?.[0];
      return found?.state.waiting?.reason === 'CrashLoopBackOff' && found;
    });
    expect(status.restartCount).to.be.greaterThan(0);
    expect(status.lastState.terminated).to.include({ exitCode: 1, reason: 'Error' });
    const log = await fetch(`${sandbox.apiUrl}${core}/pods/${(await pods())[0]?.metadata.name}/log?previous=true`);
    expect(await log.text()).to.match(/listening on :8080\n.*crash, as CRASH_AFTER asks\n$/);
  });

  it('a pod is unready until its delay is over, and an environment can name fields of the pod', async () => {
    const env = [
      { name: 'READY_DELAY', value: '200ms' },
      { name: 'WHO', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ];
    await sandbox.make(controller('a', { app: 'a' }, { env, readinessProbe: probe }));
    const running = await eventually('it runs', async () => (await pods()).find(pod => pod.status.phase === 'Running'));
    expect(ready(running)).to.equal(false);
    const [pod] = await whenReady(1);
    const seen = await sandbox.call('GET', `${core}/pods/${pod?.metadata.name}:8080/proxy/env`);
    expect(seen.body.WHO).to.equal(pod?.metadata.name);
  });

  it('a quota on pods stops an RC, which says why', async () => {
    await sandbox.make({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few' }, spec: { hard: { pods: '1' } } });
    await sandbox.make(controller('a', { app: 'a' }, {}, 2));
    const failure = await eventually(
      'a condition',
      async () => (await sandbox.call('GET', `${core}/replicationcontrollers/a`)).body.status.conditions?.[0],
    );
    expect(failure).to.include({ type: 'ReplicaFailure', reason: 'FailedCreate' });
    expect(failure.message).to.match(/exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1/);
    expect(await pods()).to.have.length(1);
  });

  it('scaling goes through the scale subresource and takes surplus pods away', async () => {
    await sandbox.make(controller('a', { app: 'a' }, {}, 3));
    await whenReady(3);
    // Its status is written just after the pods are ready, and what was read before that cannot be put any more.
    const counted = async () => (await sandbox.call('GET', `${core}/replicationcontrollers/a`)).body.status.readyReplicas === 3;
    await eventually('the RC counts them', counted);
    const path = `${core}/replicationcontrollers/a/scale`;
    const scale = (await sandbox.call('GET', path)).body;
    const scaled = await sandbox.call('PUT', path, { ...scale, spec: { replicas: 1 } });
    expect(scaled.body.spec).to.deep.equal({ replicas: 1 });
    expect((await sandbox.call('PUT', path, { ...scale, spec: { replicas: 2 } })).status).to.equal(409);
    await eventually('one pod is left', async () => (await pods()).length === 1);
  });
});
