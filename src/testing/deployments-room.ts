/** The deployments room on a store in memory, with a cluster that only lists, for tests of its use cases. No engine runs: tests write what it would have written. */

import { ClusterError } from '../cluster/cluster.ts';
import type { KubeObject, Kind } from '../cluster/objects.ts';
import { createDeployments, createRepository } from '../deployments/index.ts';
import type { Deployments, DeploymentsDeps, Repository } from '../deployments/index.ts';
import type { App, Deployment } from '../deployments/record.ts';
import type { NewEntry } from '../deployments/repository.ts';
import type { Descriptor } from '../descriptors/index.ts';
import type { Clock } from '../lib/clock.ts';
import { systemClock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { Problem, type ProblemCode } from '../lib/problem.ts';
import { silentLogger } from '../lib/log.ts';
import { openEmbeddedStore } from '../store/embedded/index.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { demoDescriptor } from './builders.ts';

export const namespace = 'shop-ns';

export interface Room {
  store: Store;
  repository: Repository;
  deployments: Deployments;
  /** Names that stand in the cluster as RCs and Services; `undefined` = the API server does not answer. */
  standing: { names: string[] | undefined; lists: number };
  /** A second replica on the same store. */
  replica(): Deployments;
  /** Stores a descriptor and returns its id. */
  describe(changes?: Partial<Descriptor>): string;
  /** Accepts a deployment of a new descriptor. */
  deploy(changes?: Partial<Descriptor>): Promise<Deployment>;
  /** Writes what the engine would. */
  write(id: string, set: Partial<Deployment>, app?: Partial<App>, entries?: NewEntry[]): Promise<Deployment>;
  /** Makes the deployment the one that serves, as the engine would; the one before drains. */
  serve(id: string): Promise<void>;
  app(name?: string): Promise<App>;
  /** Every key and value. */
  everything(): Promise<string>;
}

export async function openRoom({ clock = systemClock, ...deps }: Partial<DeploymentsDeps> & { clock?: Clock } = {}): Promise<Room> {
  const store = await openEmbeddedStore({ memory: true }, { clock: systemClock, log: silentLogger });
  const repository = createRepository({ store, clock });
  const descriptors = new Map<string, Descriptor>();
  const standing: Room['standing'] = { names: [], lists: 0 };
  const cluster = {
    list(kind: Kind): Promise<KubeObject[]> {
      standing.lists++;
      if (!standing.names) return Promise.reject(new ClusterError('UNAVAILABLE', 'no connection'));
      return Promise.resolve(standing.names.map(name => ({ apiVersion: 'v1', kind, metadata: { name, namespace } })));
    },
  };
  const create = () =>
    createDeployments({
      store,
      cluster,
      clock,
      log: silentLogger,
      findDescriptor: (_namespace, id) => Promise.resolve(descriptors.get(id)),
      warningsOf: () => [],
      policyFaults: () => [],
      ...deps,
    });
  const deployments = create();

  const room: Room = {
    store,
    repository,
    deployments,
    standing,
    replica: create,
    describe(changes = {}) {
      const id = newId(clock.now());
      descriptors.set(id, demoDescriptor({ ...changes, id }));
      return id;
    },
    deploy: changes => deployments.accept({ namespace, descriptorId: room.describe(changes), principal: 'tester' }),
    async write(id, set, app, entries = []) {
      const record = await repository.deployment(namespace, id);
      if (!record) throw new Error(`no deployment ${id}`);
      const before = await repository.app(namespace, record.value.appName);
      const changed = { ...before.value, ...app };
      const committed = await repository.commit({
        before,
        ...(app ? { app: JSON.parse(JSON.stringify(changed)) as App } : {}),
        records: [{ before: record, after: { ...record.value, ...set }, entries }],
      });
      const after = committed?.records[0]?.value;
      if (!after) throw new Error('somebody else wrote');
      return after;
    },
    async serve(id) {
      const { appName } = await deployments.get(namespace, id);
      const { serving, queue } = await room.app(appName);
      const iso = new Date(clock.now()).toISOString();
      await room.write(id, { phase: 'starting' }, { queue: queue.filter(queued => queued !== id), other: id });
      if (serving !== undefined) await room.write(serving, { status: 'UNDEPLOYED', phase: 'draining' });
      await room.write(
        id,
        { status: 'DEPLOYED', phase: 'serving', deployedAt: iso },
        { serving: id, ...(serving === undefined ? { other: undefined as never } : { other: serving }) },
        [{ level: 'info', message: 'Blue-green deployment successful' }],
      );
    },
    app: async (name = 'shop') => (await repository.app(namespace, name)).value,
    everything: async () => JSON.stringify((await store.range(keys.root)).entries),
  };
  return room;
}

/** The code with which a promise is refused; fails when it is not. */
export async function refusal(promise: Promise<unknown>): Promise<ProblemCode> {
  return (await problem(promise)).code;
}

export async function problem(promise: Promise<unknown>): Promise<Problem> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('was not refused');
}
