/** The use cases of this room, for routes, streams and other rooms. Everything that changes a running deployment only writes a wish; the engine acts on it. */

import type { Cluster } from '../cluster/cluster.ts';
import { hostsOf, namesOf } from '../cluster/manifests/index.ts';
import type { Descriptor } from '../descriptors/index.ts';
import type { Clock } from '../lib/clock.ts';
import { isId } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';
import type { Store } from '../store/store.ts';
import type { AcceptDeps, Acceptance } from './accept.ts';
import { createAcceptance } from './accept.ts';
import { createAttempts } from './attempts.ts';
import type { EventsRequest, EventsEnd, DeploymentEvents } from './events.ts';
import { followEvents } from './events.ts';
import { createIdempotency } from './idempotency.ts';
import type { Operations } from './operations.ts';
import { createOperations, notFound } from './operations.ts';
import type { Deployment, HealthDatum, LogEntry } from './record.ts';
import type { Repository } from './repository.ts';
import { createRepository } from './repository.ts';
import { createRetention } from './retention.ts';
import type { Rollback } from './rollback.ts';
import { createRollback } from './rollback.ts';
import type { TailEnd, TailRequest, Batch, Until } from './tail.ts';
import { createTails, isReached } from './tail.ts';

export interface DeploymentsDeps {
  store: Store;
  /** Asked only when the first `#` of an app looks for used numbers. */
  cluster: Pick<Cluster, 'list'>;
  clock: Clock;
  log: Logger;
  findDescriptor(namespace: string, id: string): Promise<Descriptor | undefined>;
  /** What was accepted but cannot work as asked; texts. */
  warningsOf(descriptor: Descriptor): string[];
  policyFaults: AcceptDeps['policyFaults'];
  foreignHosts?: AcceptDeps['foreignHosts'];
  repository?: Repository;
  /** Deployments of one app that are kept; absent = all. */
  keep?: number;
  maxQueued?: number;
}

export interface WaitRequest {
  namespace: string;
  id: string;
  timeoutMs: number;
  /** Absent: any change of status or phase is enough. */
  until?: Until | undefined;
  signal: AbortSignal;
}

export interface Deployments extends Acceptance, Omit<Operations, 'forget'> {
  rollback: Rollback;
  find(namespace: string, id: string): Promise<Deployment | undefined>;
  /** Throws NOT_FOUND. */
  get(namespace: string, id: string): Promise<Deployment>;
  /** Newest first. `after` is the id of the last one of the page before. */
  list(query: {
    namespace: string;
    appName?: string | undefined;
    limit?: number | undefined;
    after?: string | undefined;
  }): Promise<{ deployments: Deployment[]; more: boolean }>;
  /** Throws NOT_FOUND. */
  log(namespace: string, id: string, after: number): Promise<LogEntry[]>;
  /** Throws NOT_FOUND. */
  health(namespace: string, id: string): Promise<HealthDatum[]>;
  /** The deployment as soon as it is what was waited for, or as it is when the time is over. Throws NOT_FOUND. */
  wait(request: WaitRequest): Promise<Deployment>;
  follow(request: TailRequest): AsyncGenerator<Batch, TailEnd>;
  events(request: EventsRequest): AsyncGenerator<DeploymentEvents, EventsEnd>;
}

export function createDeployments(deps: DeploymentsDeps): Deployments {
  const { store, cluster, clock, log, findDescriptor, warningsOf, policyFaults, foreignHosts } = deps;
  const repository = deps.repository ?? createRepository({ store, clock });
  const shared = {
    store,
    cluster,
    clock,
    log,
    repository,
    attempts: createAttempts(clock),
    naming: { namesOf, hostsOf },
    warningsOf,
    policyFaults,
  };
  const acceptance = createAcceptance({
    ...shared,
    ...(deps.maxQueued === undefined ? {} : { maxQueued: deps.maxQueued }),
    idempotency: createIdempotency({ store, clock }),
    findDescriptor,
    ...(foreignHosts ? { foreignHosts } : {}),
  });
  const tails = createTails({ store, clock, log });

  // No key is built from what cannot be an id.
  const find = async (namespace: string, id: string) => (isId(id) ? (await repository.deployment(namespace, id))?.value : undefined);

  async function get(namespace: string, id: string): Promise<Deployment> {
    const deployment = await find(namespace, id);
    if (!deployment) throw notFound({ namespace, id });
    return deployment;
  }

  /** Runs a use case on a deployment whose id came from outside. */
  const guarded =
    <S extends { namespace: string; id: string }, T>(use: (subject: S) => Promise<T>) =>
    (subject: S): Promise<T> =>
      isId(subject.id) ? use(subject) : Promise.reject(notFound(subject));

  const operations = createOperations(shared);
  const retention = createRetention({ repository, operations, log, keep: deps.keep });

  /** History grows by acceptance, so that is when it is cut; nobody waits for it. */
  function pruned<T extends Deployment>(deployment: T): T {
    const { namespace, appName } = deployment;
    retention
      .prune(namespace, appName)
      .catch((error: unknown) =>
        log.warn('old deployments could not be removed', { app: `${namespace}/${appName}`, error: String(error) }),
      );
    return deployment;
  }
  const rollback = createRollback(shared);

  return {
    accept: async request => pruned(await acceptance.accept(request)),
    redeploy: guarded(async request => pruned(await acceptance.redeploy(request))),
    remove: guarded(operations.remove),
    promote: guarded(operations.promote),
    abort: guarded(operations.abort),
    clear: operations.clear,
    rollback: guarded(async subject => {
      const made = await rollback(subject);
      pruned(made.deployment);
      return made;
    }),
    find,
    get,

    list: ({ namespace, appName, limit, after }) =>
      repository.deployments({
        namespace,
        ...(appName === undefined ? {} : { appName }),
        ...(limit === undefined ? {} : { limit }),
        ...(after === undefined ? {} : { after }),
      }),

    async log(namespace, id, after) {
      await get(namespace, id);
      return (await repository.log(namespace, id, after)).entries;
    },

    async health(namespace, id) {
      await get(namespace, id);
      return repository.health(namespace, id);
    },

    async wait({ namespace, id, timeoutMs, until, signal }) {
      const before = await get(namespace, id);
      if (isReached(before, until ?? 'deployed')) return before;
      const changed = (now: Deployment) =>
        now.lastModified > before.lastModified && (now.status !== before.status || now.phase !== before.phase);
      const done = (now: Deployment) =>
        now.lastModified >= before.lastModified && (isReached(now, until ?? 'deployed') || (until === undefined && changed(now)));
      const time = new AbortController();
      const cancelTimer = clock.after(timeoutMs, () => time.abort());
      try {
        const now = await tails.state({ namespace, id, signal: AbortSignal.any([signal, time.signal]) }, done);
        if (!now) throw notFound({ namespace, id });
        return now.lastModified >= before.lastModified ? now : before;
      } finally {
        cancelTimer();
      }
    },

    follow: tails.follow,
    events: request => followEvents({ store, clock }, request),
  };
}
