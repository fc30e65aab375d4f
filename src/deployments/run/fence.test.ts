import { expect } from 'chai';
import { ClusterError, type Cluster, type ClusterErrorCode } from '../../cluster/cluster.ts';
import type { KubeObject, Ref } from '../../cluster/objects.ts';
import { marksOf, renderVersion } from '../../cluster/manifests/index.ts';
import { app, deployment } from '../../testing/builders.ts';
import { namespace, openRoom } from '../../testing/deployments-room.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { planSettings } from '../../testing/simulation.ts';
import { systemClock } from '../../lib/clock.ts';
import { createKnownSecrets } from '../../lib/known-values.ts';
import { silentLogger } from '../../lib/log.ts';
import { openEmbeddedStore } from '../../store/embedded/index.ts';
import { keys } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';
import type { Change } from '../plan/difference.ts';
import type { App } from '../record.ts';
import type { Versioned } from '../repository.ts';
import { sendChange } from './changes.ts';
import { createMonitor } from '../health/monitor.ts';
import { createOwnership, type Ownership } from './ownership.ts';
import { newSession } from './session.ts';
import { takeOver } from './take-over.ts';
import { openView } from './view.ts';
import { createWorker } from './worker.ts';

/** A cluster that keeps objects by kind and name, checks resourceVersions, and whose next calls may be told to fail. */
function toyCluster() {
  const objects = new Map<string, KubeObject>();
  const calls: string[] = [];
  const failures: { call: RegExp; error: ClusterError }[] = [];
  const subscribers: ((event: { type: 'added' | 'modified' | 'deleted'; object: KubeObject }) => void)[] = [];
  let version = 0;
  /** What happens in the cluster just before the first call that matches. */
  const before: { call: RegExp; act: () => void }[] = [];
  const key = (ref: { kind: string; name: string }) => `${ref.kind}/${ref.name}`;
  const asked = (call: string) => {
    calls.push(call);
    const act = before.findIndex(one => one.call.test(call));
    if (act >= 0) before.splice(act, 1)[0]?.act();
    const failure = failures.findIndex(one => one.call.test(call));
    if (failure >= 0) throw failures.splice(failure, 1)[0]?.error;
  };
  const put = (object: KubeObject): KubeObject => {
    const stored = {
      ...object,
      metadata: { ...object.metadata, uid: object.metadata.uid ?? `uid-${String(++version)}`, resourceVersion: String(++version) },
    };
    objects.set(key({ kind: object.kind, name: object.metadata.name }), stored);
    return stored;
  };
  const refuse = (code: ClusterErrorCode, message = code) => {
    throw new ClusterError(code, message);
  };
  const kept = new Map<string, KubeObject>();
  const cluster = {
    read: async (ref: Ref) => {
      asked(`read ${key(ref)}`);
      return objects.get(key(ref));
    },
    list: async (kind: string) => {
      asked(`list ${kind}`);
      return [...objects.values()].filter(object => object.kind === kind);
    },
    create: async (object: KubeObject) => {
      asked(`create ${key({ kind: object.kind, name: object.metadata.name })}`);
      return objects.has(key({ kind: object.kind, name: object.metadata.name })) ? refuse('ALREADY_EXISTS') : put(object);
    },
    replace: async (object: KubeObject) => {
      const name = key({ kind: object.kind, name: object.metadata.name });
      asked(`replace ${name}`);
      return objects.get(name)?.metadata.resourceVersion === object.metadata.resourceVersion ? put(object) : refuse('CONFLICT');
    },
    remove: async (ref: Ref) => {
      asked(`remove ${key(ref)}`);
      objects.delete(key(ref));
      return undefined;
    },
    mirror: (kind: string) => ({
      kind,
      synced: async () => undefined,
      refresh: async () => undefined,
      live: true,
      get: () => undefined,
      list: () => [...kept.values()].filter(object => object.kind === kind),
      subscribe: (fn: (typeof subscribers)[number]) => subscribers.push(fn),
      learn: (object: KubeObject) => void kept.set(key({ kind: object.kind, name: object.metadata.name }), object),
      forget: (ref: Ref) => void kept.delete(key(ref)),
      close: async () => undefined,
    }),
  } as unknown as Cluster;
  return {
    cluster,
    objects,
    calls,
    failures,
    before,
    put,
    kept,
    tell: (object: KubeObject) => subscribers.forEach(fn => fn({ type: 'modified', object })),
  };
}

const controllerFor = (id: string, epoch: number): KubeObject => {
  const d = deployment(id, '1');
  const [rc] = renderVersion(
    {
      installation: 'inst',
      namespace: 'shop-ns',
      appName: 'shop',
      version: '1',
      deployment: id,
      epoch,
      descriptor: d.descriptor,
      environment: {},
      replicas: 2,
    },
    planSettings.routing,
  );
  if (!rc) throw new Error('no controller');
  return rc;
};

function stage(changes: Partial<App> = {}) {
  const toy = toyCluster();
  const view = openView({ cluster: toy.cluster, namespaces: [] });
  const session = newSession('shop-ns', 'shop', { value: app({ epoch: 7, serving: 'dep-1', ...changes }), revision: 1 });
  session.records.set('dep-1', { value: deployment('dep-1', '1'), revision: 1 });
  const deps = { cluster: toy.cluster, view, installation: 'inst', requestTimeoutMs: 1000, mayWrite: () => true };
  const create: Change = { type: 'create', object: controllerFor('dep-1', 7), deployment: 'dep-1', role: 'version' };
  return { ...toy, view, session, deps, create };
}

describe('changes under the fence', () => {
  it('takes a create that was answered late for its own', async () => {
    const { deps, session, create, put, calls } = stage();
    put(controllerFor('dep-1', 7));
    expect((await sendChange(deps, session, create)).result).to.equal('done');
    expect(calls.filter(call => call.startsWith('remove'))).to.deep.equal([]);
  });

  it('puts marks back on a serving controller that lost all of them, and never removes it', async () => {
    const { deps, session, create, put, objects, calls } = stage();
    const bare = controllerFor('dep-1', 7);
    const { uid = '' } = put({ ...bare, metadata: { name: bare.metadata.name, namespace: 'shop-ns' } }).metadata;
    session.app.value.uids = { 'ReplicationController/shop-1': uid };
    expect((await sendChange(deps, session, create)).result).to.equal('done');
    expect(calls.filter(call => call.startsWith('remove'))).to.deep.equal([]);
    expect(marksOf(objects.get('ReplicationController/shop-1') as KubeObject)).to.include({ installation: 'inst', deployment: 'dep-1' });
  });

  it('takes a call for done that was answered with an error and stands all the same, and for refused when it does not stand', async () => {
    const timeout = () => new ClusterError('TIMEOUT', 'etcdserver: request timed out', { status: 504, outcome: 'unknown' });
    const { deps, session, create, put, calls, failures, before } = stage();
    before.push({ call: /create/, act: () => put(controllerFor('dep-1', 7)) });
    failures.push({ call: /create/, error: timeout() });
    expect((await sendChange(deps, session, create)).result).to.equal('done');
    expect(calls.filter(call => call.startsWith('create'))).to.have.length(1);

    const standing = put({ ...controllerFor('dep-1', 7), metadata: { ...controllerFor('dep-1', 7).metadata, labels: { app: 'shop' } } });
    const object = {
      ...controllerFor('dep-1', 7),
      metadata: { ...controllerFor('dep-1', 7).metadata, resourceVersion: standing.metadata.resourceVersion ?? '' },
    };
    const update: Change = { type: 'update', object, fields: ['metadata.labels'], deployment: 'dep-1', role: 'version' };
    failures.push({ call: /replace/, error: timeout() });
    expect(await sendChange(deps, session, update)).to.include({ result: 'refused', final: false, answered: true });
    before.push({ call: /replace/, act: () => put(object) });
    failures.push({ call: /replace/, error: timeout() });
    expect((await sendChange(deps, session, update)).result).to.equal('done');
  });

  it('leaves what an earlier deployment left to the planner, which knows the safe order', async () => {
    const { deps, session, create, put, calls, kept } = stage();
    put(controllerFor('dep-0', 5));
    expect(await sendChange(deps, session, create)).to.deep.include({ result: 'refused', final: false });
    expect(calls.filter(call => call.startsWith('remove'))).to.deep.equal([]);
    expect([...kept.keys()]).to.deep.equal(['ReplicationController/shop-1']);
  });

  it('refuses an object of others as foreign and does not touch it', async () => {
    const { deps, session, create, put, calls } = stage();
    put({ apiVersion: 'v1', kind: 'ReplicationController', metadata: { name: 'shop-1', namespace: 'shop-ns' } });
    const outcome = await sendChange(deps, session, create);
    expect(outcome).to.deep.include({ result: 'refused', final: true });
    expect(calls.filter(call => /^(remove|replace)/.test(call))).to.deep.equal([]);
  });

  it('knows itself fenced by a higher epoch', async () => {
    const { deps, session, create, put } = stage();
    put(controllerFor('dep-1', 8));
    expect((await sendChange(deps, session, create)).result).to.equal('fenced');
  });

  it('tells a namespace that is gone from a kind that the cluster does not have', async () => {
    const { deps, session, create, failures } = stage();
    failures.push({ call: /^create/, error: new ClusterError('NOT_FOUND', 'namespaces "shop-ns" not found', { status: 404 }) });
    expect((await sendChange(deps, session, create)).result).to.equal('namespace-gone');
    failures.push({
      call: /^create/,
      error: new ClusterError('NOT_FOUND', 'the server could not find the requested resource', { status: 404 }),
    });
    expect(await sendChange(deps, session, create)).to.deep.include({ result: 'refused', final: true });
  });

  it('starts no second request when the lease has grown too old during the first', async () => {
    const { deps, session, create, put, calls } = stage();
    put(controllerFor('dep-1', 7));
    let asked = 0;
    expect((await sendChange({ ...deps, mayWrite: () => ++asked === 1 }, session, create)).result).to.equal('refused');
    expect(calls.filter(call => call.startsWith('replace'))).to.deep.equal([]);
  });
});

describe('take-over', () => {
  const epochs = (objects: Map<string, KubeObject>) => [...objects.values()].map(object => marksOf(object).epoch);

  it('writes its epoch on every object', async () => {
    const { deps, session, put, objects } = stage();
    put(controllerFor('dep-1', 6));
    expect(await takeOver(deps, session)).to.equal(true);
    expect(epochs(objects)).to.deep.equal([7]);
  });

  it('fences also what a late request of the old owner changed or made meanwhile', async () => {
    const { deps, session, put, objects, before } = stage();
    const late = put(controllerFor('dep-1', 6));
    before.push({ call: /^replace/, act: () => void put(late) });
    before.push({
      call: /^replace/,
      act: () => void put({ apiVersion: 'v1', kind: 'Service', metadata: { ...late.metadata, uid: 'uid-late', name: 'shop-1' } }),
    });
    expect(await takeOver(deps, session)).to.equal(true);
    expect(epochs(objects)).to.deep.equal([7, 7]);
  });

  it('gives way to a higher epoch', async () => {
    const { deps, session, put } = stage();
    put(controllerFor('dep-1', 9));
    expect(await takeOver(deps, session)).to.equal(false);
  });

  it('throws, rather than let anything be planned, when an object cannot be written', async () => {
    const { deps, session, put, failures } = stage();
    put(controllerFor('dep-1', 6));
    failures.push({ call: /^replace/, error: new ClusterError('UNAVAILABLE', 'down') });
    const outcome = await takeOver(deps, session).catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(ClusterError);
  });
});

describe('two replicas that reach for an app in the same moment', () => {
  for (const [title, isAlive] of [
    ['a new app', () => true],
    ['the app of a dead owner', (replica: string) => replica !== 'dead'],
  ] as const) {
    it(`one gets ${title}, and the other touches nothing`, async () => {
      const toy = toyCluster();
      const cluster = { ...toy.cluster, time: () => Date.now() };
      const room = await openRoom();
      const { id } = await room.deploy({ appName: 'shop' });
      if (!isAlive('dead')) await room.write(id, {}, { owner: 'dead', epoch: 6 });
      const before = (await room.app('shop')).epoch;
      const learned: Versioned<App>[] = [];
      const worker = (me: string) =>
        createWorker({
          policyFaults: () => [],
          secrets: createKnownSecrets(),
          store: room.store,
          repository: room.repository,
          cluster,
          view: openView({ cluster, namespaces: [] }),
          monitor: createMonitor({ ask: () => Promise.reject(new Error('nobody there')), clock: systemClock }),
          // Neither knows of the other, so each believes that it comes first.
          ownership: { me, term: 1, requestTimeoutMs: 1000, turn: () => 0, mayWrite: () => true, isAlive } as unknown as Ownership,
          clock: systemClock,
          log: silentLogger,
          settings: { ...planSettings, leaseSeconds: 10, namespaces: [], healthVia: 'api-proxy' },
          counts: { decisions: 0, repairs: 0 },
          wake: () => undefined,
          seen: () => undefined,
          installation: () => 'inst',
          known: () => undefined,
          learn: app => void learned.push(app),
        });
      await Promise.all(['a', 'b'].map(me => worker(me).run(`${namespace}/shop`)));
      const { owner, epoch } = await room.app('shop');
      expect([owner === 'a' || owner === 'b', epoch]).to.deep.equal([true, before + 1]);
      const newest = await room.repository.app(namespace, 'shop');
      // What it has written itself is no news to it.
      expect(learned.filter(({ revision }) => revision === newest.revision)[0]).to.deep.equal(newest);
      const epochs = new Set([...toy.objects.values()].map(object => marksOf(object).epoch));
      expect([...epochs]).to.deep.equal([epoch]);
      const creates = toy.calls.filter(call => call.startsWith('create '));
      expect(creates).to.deep.equal([...new Set(creates)]);
    });
  }
});

describe('view', () => {
  it('wakes the app that an object is taken from, not only the one it is given to', () => {
    const { view, put, kept, tell } = stage();
    const ours = put(controllerFor('dep-1', 7));
    kept.set('ReplicationController/shop-1', ours);
    const woken = new Set<string>();
    view.subscribe((_namespace, name) => woken.add(name));
    tell({ ...ours, metadata: { ...ours.metadata, labels: { ...ours.metadata.labels, app: 'other' } } });
    expect([...woken]).to.have.members(['shop', 'other']);
  });
});

describe('view of more kinds', () => {
  it('holds Middleware objects where Teal makes them, and not elsewhere', () => {
    const { cluster, kept } = toyCluster();
    const middleware: KubeObject = {
      apiVersion: 'traefik.io/v1alpha1',
      kind: 'Middleware',
      metadata: { name: 'shop-headers', namespace: 'shop-ns', uid: 'uid-m', labels: { app: 'shop' } },
    };
    kept.set('Middleware/shop-headers', middleware);
    const names = (extraKinds: 'Middleware'[]) =>
      openView({ cluster, namespaces: [], extraKinds })
        .world('shop-ns', 'shop')
        .objects.map(object => object.metadata.name);
    expect(names([])).to.deep.equal([]);
    expect(names(['Middleware'])).to.deep.equal(['shop-headers']);
  });
});

describe('ownership', () => {
  it('takes a new lease for one that was lost, writes nothing in between, and counts the terms', async () => {
    const clock = createFakeClock();
    const store = await openEmbeddedStore({ memory: true }, { clock, log: silentLogger });
    let lose: () => void = () => undefined;
    let refuse = false;
    const flaky: Store = {
      ...store,
      get: key => store.get(key),
      async lease(ttlMs) {
        if (refuse) throw new Error('away');
        const lost = new Promise<void>(resolve => (lose = resolve));
        return Object.defineProperty(await store.lease(ttlMs), 'lost', { value: lost });
      },
    };
    const ownership = createOwnership({ store: flaky, clock, log: silentLogger, leaseSeconds: 10 });
    await ownership.start();
    expect([ownership.term, ownership.mayWrite()]).to.deep.equal([1, true]);
    refuse = true;
    lose();
    for (let turn = 0; turn < 100 && ownership.mayWrite(); turn++) await new Promise(resolve => setImmediate(resolve));
    expect([ownership.term, ownership.mayWrite()]).to.deep.equal([1, false]);
    refuse = false;
    for (let turn = 0; turn < 100 && ownership.term === 1; turn++) await clock.advance(100);
    expect([ownership.term, ownership.mayWrite()]).to.deep.equal([2, true]);
    expect(ownership.isAlive(ownership.me)).to.equal(true);
    await ownership.stop();
    await store.close();
  });

  it('registers again when its key went with the old lease in the middle of the registration', async () => {
    const clock = createFakeClock();
    const store = await openEmbeddedStore({ memory: true }, { clock, log: silentLogger });
    let lose: () => void = () => undefined;
    let ends = false;
    const flaky: Store = {
      ...store,
      async get(key) {
        const found = await store.get(key);
        if (ends && found) await store.transact({ compare: [], writes: [{ delete: key }] });
        if (found) ends = false;
        return found;
      },
      async lease(ttlMs) {
        const lost = new Promise<void>(resolve => (lose = resolve));
        return Object.defineProperty(await store.lease(ttlMs), 'lost', { value: lost });
      },
    };
    const ownership = createOwnership({ store: flaky, clock, log: silentLogger, leaseSeconds: 10 });
    await ownership.start();
    ends = true;
    lose();
    for (let turn = 0; turn < 100 && ownership.term === 1; turn++) await clock.advance(100);
    expect([ownership.term, ownership.mayWrite()]).to.deep.equal([2, true]);
    expect(await store.get(keys.replica(ownership.me)), 'what others know of it').to.not.equal(undefined);
    await ownership.stop();
    await store.close();
  });

  it('stops writing before its lease could end', async () => {
    const clock = createFakeClock();
    const store = await openEmbeddedStore({ memory: true }, { clock, log: silentLogger });
    let lastRenewal = 0;
    const frozen: Store = {
      ...store,
      lease: async ttlMs => Object.defineProperty(await store.lease(ttlMs), 'lastRenewal', { value: () => lastRenewal }),
    };
    const ownership = createOwnership({ store: frozen, clock, log: silentLogger, leaseSeconds: 10 });
    await ownership.start();
    expect(ownership.mayWrite()).to.equal(true);
    await clock.advance(10_000 - ownership.requestTimeoutMs - 1001);
    expect(ownership.mayWrite()).to.equal(true);
    await clock.advance(1);
    expect(ownership.mayWrite()).to.equal(false);
    lastRenewal = clock.monotonic();
    expect(ownership.mayWrite()).to.equal(true);
    await ownership.stop();
    await store.close();
  });
});
