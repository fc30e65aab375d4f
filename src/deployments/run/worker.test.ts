import { expect } from 'chai';
import { ClusterError, type Cluster } from '../../cluster/cluster.ts';
import type { KubeObject } from '../../cluster/objects.ts';
import { systemClock } from '../../lib/clock.ts';
import { createKnownSecrets } from '../../lib/known-values.ts';
import { silentLogger } from '../../lib/log.ts';
import { keys } from '../../store/keys.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { namespace, openRoom, type Room } from '../../testing/deployments-room.ts';
import { planSettings } from '../../testing/simulation.ts';
import { createMonitor } from '../health/monitor.ts';
import type { App } from '../record.ts';
import type { Versioned } from '../repository.ts';
import type { Ownership } from './ownership.ts';
import type { View } from './view.ts';
import { createWorker, type WorkerDeps } from './worker.ts';

const key = `${namespace}/shop`;

/** A worker beside a cluster that takes every object, keeps none of them for long, and runs no pods. */
function stage(room: Room, { calls = {}, ...changes }: Partial<WorkerDeps> & { calls?: Partial<Record<keyof Cluster, unknown>> } = {}) {
  const created: KubeObject[] = [];
  const standing = new Map<string, KubeObject>();
  const nameOf = ({ kind, metadata }: KubeObject) => `${kind}/${metadata.name}`;
  let version = 0;
  const stored = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, uid: object.metadata.uid ?? `uid-${++version}`, resourceVersion: String(++version), generation: 1 },
    status: { replicas: object['spec']?.replicas as unknown, observedGeneration: 1 },
  });
  const cluster = {
    time: () => Date.now(),
    create: async (object: KubeObject) => {
      created.push(object);
      return stored(object);
    },
    replace: async (object: KubeObject) => stored(object),
    remove: async () => undefined,
    read: async () => undefined,
    list: async () => [],
    podLog: async () => '',
    ...calls,
  } as unknown as Cluster;
  let newest: Versioned<App> | undefined;
  const worker = createWorker({
    policyFaults: () => [],
    secrets: createKnownSecrets(),
    store: room.store,
    repository: room.repository,
    cluster,
    view: {
      kinds: ['Service'],
      world: () => ({ objects: [...standing.values()], pods: [], endpointSlices: [] }),
      learn: (object: KubeObject) => void standing.set(nameOf(object), object),
      forget: (object: KubeObject) => void standing.delete(nameOf(object)),
    } as unknown as View,
    monitor: createMonitor({ ask: () => Promise.reject(new Error('nobody there')), clock: systemClock }),
    ownership: {
      me: 'me',
      term: 1,
      requestTimeoutMs: 1000,
      turn: () => 0,
      mayWrite: () => true,
      isAlive: (id: string) => id !== 'dead',
    } as unknown as Ownership,
    clock: systemClock,
    log: silentLogger,
    settings: { ...planSettings, leaseSeconds: 10, namespaces: [], healthVia: 'api-proxy' },
    counts: { decisions: 0, repairs: 0 },
    wake: () => undefined,
    seen: () => undefined,
    installation: () => 'inst',
    known: () => newest,
    learn: () => undefined,
    ...changes,
  });
  return {
    worker,
    created,
    /** As the store's watch wakes it. */
    async run() {
      newest = await room.repository.app(namespace, 'shop');
      await worker.run(key);
    },
  };
}

describe('a worker', () => {
  const setVariable = (room: Room, value: string) =>
    room.store.transact({ compare: [], writes: [{ put: keys.environmentKey('MODE'), value }] });

  /** One deployment under way, another behind it; then the first is cancelled, so that the second has its turn. */
  async function secondInTurn(room: Room, meanwhile: () => Promise<unknown>) {
    const { run, created, worker } = stage(room);
    const first = await room.deploy();
    await run();
    const second = await room.deploy();
    await run();
    await meanwhile();
    await room.deployments.remove({ namespace, id: first.id, principal: 'tester', deleteDeployment: false });
    await run();
    await worker.close();
    return { created, second: await room.deployments.get(namespace, second.id) };
  }

  it('starts what waited in the queue with the variables of the time when it starts', async () => {
    const room = await openRoom();
    await setVariable(room, 'old');
    const { created } = await secondInTurn(room, () => setVariable(room, 'new'));
    const modes = created
      .filter(({ kind }) => kind === 'ReplicationController')
      .map(
        ({ spec }) =>
          (spec.template.spec.containers[0].env as { name: string; value: string }[]).find(({ name }) => name === 'MODE')?.value,
      );
    expect(modes).to.deep.equal(['old', 'new']);
  });

  it('does not start what waited in the queue when its host was lost meanwhile', async () => {
    const room = await openRoom();
    const claim = keys.hostClaim('shop.example.test');
    const { second } = await secondInTurn(room, () =>
      room.store.transact({ compare: [], writes: [{ put: claim, value: 'shop-ns/other' }] }),
    );
    expect(second.reason?.code).to.equal('HOST_TAKEN');
  });

  it('keeps an app whose fence is not set when it ends: the next owner would believe that nothing of the dead one can arrive', async () => {
    const room = await openRoom();
    const { id } = await room.deploy();
    await room.write(id, {}, { owner: 'dead', epoch: 6 });
    const list = () => Promise.reject(new ClusterError('UNAVAILABLE', 'the API server is away'));
    const { run, worker } = stage(room, { calls: { list } });
    await run();
    expect((await room.app()).owner).to.equal('me');
    await worker.close();
    expect((await room.app()).owner).to.equal('me');
  });

  it('keeps an app of which a request was never answered when it ends: it may still arrive', async () => {
    const room = await openRoom();
    await room.deploy();
    const create = () => Promise.reject(new ClusterError('TIMEOUT', 'no answer', { outcome: 'unknown' }));
    const { run, worker } = stage(room, { calls: { create } });
    await run();
    await worker.close();
    expect((await room.app()).owner).to.equal('me');
  });

  it('releases an app that it owns when it ends', async () => {
    const room = await openRoom();
    await room.deploy();
    const { run, worker } = stage(room);
    await run();
    expect((await room.app()).owner).to.equal('me');
    await worker.close();
    expect((await room.app()).owner).to.equal(undefined);
  });

  it('deploys on while the cluster has no time for a repair of the serving version', async () => {
    const clock = createFakeClock();
    const room = await openRoom({ clock });
    const { id } = await room.deploy();
    await room.serve(id);
    await room.deploy();
    const made: string[] = [];
    const create = (object: KubeObject) => {
      if (object.metadata.name !== 'shop-2')
        return Promise.reject(new ClusterError('UNAVAILABLE', 'too much to do', { status: 503, outcome: 'none' }));
      made.push(object.kind);
      return Promise.resolve({ ...object, metadata: { ...object.metadata, uid: object.kind, resourceVersion: '1' } });
    };
    const { run } = stage(room, { clock, calls: { create, time: () => clock.now() } });
    for (let time = 0; time < 5; time++) {
      await run();
      await clock.advance(5000);
    }
    expect(made).to.include('ReplicationController');
  });

  it('does not say that others undo its repairs when the cluster took none', async () => {
    const clock = createFakeClock();
    const room = await openRoom({ clock });
    const { id } = await room.deploy();
    await room.serve(id);
    await room.write(id, { settledAt: new Date(0).toISOString() }, {});
    let tries = 0;
    const create = () => {
      tries++;
      return Promise.reject(new ClusterError('UNAVAILABLE', 'too much to do', { status: 503, outcome: 'none' }));
    };
    const { run } = stage(room, { clock, calls: { create, time: () => clock.now() } });
    const goOn = async (times: number) => {
      for (let time = 0; time < times; time++) {
        await run();
        await clock.advance(1000);
      }
    };
    await goOn(12);
    const before = tries;
    await goOn(20);
    expect(tries, 'attempts in the next twenty seconds').to.be.greaterThan(before + 5);
    const lines = (await room.deployments.log(namespace, id, 0)).map(({ message }) => message);
    expect(lines.filter(line => /Put back|undo/.test(line))).to.deep.equal([]);
  });
});
