import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { createKnownSecrets } from '../../lib/known-values.ts';
import { silentLogger } from '../../lib/log.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { keys } from '../../store/keys.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { namespace, openRoom, type Room } from '../../testing/deployments-room.ts';
import { planSettings } from '../../testing/simulation.ts';
import { createMonitor } from '../health/monitor.ts';
import type { Ownership } from './ownership.ts';
import type { View } from './view.ts';
import { createWorker, type WorkerDeps } from './worker.ts';

/** A worker beside a cluster that must not be asked for anything. */
function worker(room: Room, changes: Partial<WorkerDeps> & { namespaces?: string[]; dead?: string } = {}) {
  const { namespaces = [], dead, ...deps } = changes;
  const untouched = new Proxy(
    { time: () => Date.now() },
    {
      get(target, name) {
        if (name in target) return Reflect.get(target, name) as unknown;
        throw new Error(`the cluster was asked: ${String(name)}`);
      },
    },
  );
  return createWorker({
    policyFaults: () => [],
    secrets: createKnownSecrets(),
    store: room.store,
    repository: room.repository,
    cluster: untouched as unknown as Cluster,
    view: { kinds: [], world: () => ({ objects: [], pods: [], endpointSlices: [] }) } as unknown as View,
    monitor: createMonitor({ ask: () => Promise.reject(new Error('nobody there')), clock: systemClock }),
    ownership: {
      me: 'me',
      term: 1,
      requestTimeoutMs: 1000,
      turn: () => 0,
      mayWrite: () => true,
      isAlive: (id: string) => id !== dead,
    } as unknown as Ownership,
    clock: systemClock,
    log: silentLogger,
    settings: { ...planSettings, leaseSeconds: 10, namespaces, healthVia: 'api-proxy' },
    counts: { decisions: 0, repairs: 0 },
    wake: () => undefined,
    seen: () => undefined,
    installation: () => 'inst',
    known: () => undefined,
    learn: () => undefined,
    ...deps,
  });
}

const key = `${namespace}/shop`;

describe('what waits when settings and claims have changed', () => {
  it('fails by the policy of now, and says which rule', async () => {
    const room = await openRoom();
    const { id } = await room.deploy();
    await worker(room, { policyFaults: () => [{ pointer: '/podspec/hostNetwork', message: 'must not be (pod policy baseline)' }] }).run(
      key,
    );
    const ended = await room.deployments.get(namespace, id);
    expect(ended).to.include({ status: 'FAILURE', phase: 'settled' });
    expect(ended.reason?.code).to.equal('POLICY');
    expect((await room.deployments.log(namespace, id, 0)).at(-1)?.message).to.include('/podspec/hostNetwork must not be');
    expect((await room.store.range('/deployer/claims/')).entries, 'claims').to.deep.equal([]);
  });

  for (const holder of ['shop-ns/other', undefined]) {
    it(`fails when its host ${holder === undefined ? 'is not claimed any more' : 'belongs to another app, whose claim stays'}`, async () => {
      const room = await openRoom();
      const { id } = await room.deploy();
      const claim = keys.hostClaim('shop.example.test');
      await room.store.transact({ compare: [], writes: [holder === undefined ? { delete: claim } : { put: claim, value: holder }] });
      await worker(room).run(key);
      expect((await room.deployments.get(namespace, id)).reason?.code).to.equal('HOST_TAKEN');
      expect((await room.store.get(claim))?.value).to.equal(holder);
    });
  }

  for (const owner of [undefined, 'dead']) {
    it(`fails in a namespace that is not served, after others had time${owner === undefined ? '' : '; a dead owner is not replaced'}`, async () => {
      const room = await openRoom();
      const { id } = await room.deploy();
      const second = await room.deploy();
      if (owner !== undefined) await room.write(id, {}, { owner, epoch: 6 });
      const { epoch } = await room.app();
      const clock = createFakeClock();
      const idle = worker(room, { namespaces: ['elsewhere'], clock, ...(owner === undefined ? {} : { dead: owner }) });
      await idle.run(key);
      expect((await room.deployments.get(namespace, id)).status, 'at first').to.equal('DEPLOYING');
      await clock.advance(20_000);
      await idle.run(key);
      for (const one of [id, second.id]) expect((await room.deployments.get(namespace, one)).reason?.code).to.equal('NAMESPACE_NOT_SERVED');
      const app = await room.app();
      expect([app.owner, app.epoch, app.queue]).to.deep.equal([owner, epoch, []]);
    });
  }

  it('learns the secret variables of the store before it tells anything', async () => {
    const room = await openRoom();
    await room.deploy();
    await room.store.transact({ compare: [], writes: [{ put: keys.environmentKey('API_TOKEN'), value: 'canary-value' }] });
    const secrets = createKnownSecrets();
    await worker(room, { secrets, policyFaults: () => [{ pointer: '', message: 'no' }] }).run(key);
    expect(secrets.hide('it is canary-value')).to.equal('it is ***');
  });
});
