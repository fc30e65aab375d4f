/** Goes back to the previous version: with one switch while its pods still run, by deploying its descriptor anew afterwards (PROTOCOL section 7). */

import type { Cluster } from '../cluster/cluster.ts';
import { policyProblem } from '../descriptors/index.ts';
import { newIdAfter } from '../lib/ids.ts';
import { keys } from '../store/keys.ts';
import { Problem } from '../lib/problem.ts';
import type { AcceptDeps } from './accept.ts';
import type { AdmissionDeps, Candidate } from './admission.ts';
import { admit } from './admission.ts';
import type { Attempts } from './attempts.ts';
import { dropClaims, releasable } from './claims.ts';
import { highestNumberInCluster } from './numbering.ts';
import { endedInQueue, notFound, type Subject } from './operations.ts';
import type { App, Deployment, Reason } from './record.ts';
import type { RecordChange, Repository, Versioned } from './repository.ts';

export interface RollbackDeps extends AdmissionDeps {
  repository: Repository;
  cluster: Pick<Cluster, 'list'>;
  attempts: Attempts;
  policyFaults: AcceptDeps['policyFaults'];
}

export interface RolledBack {
  /** The new deployment that brings the previous version back. */
  deployment: Deployment;
  /** Deployments that were cancelled because the rollback goes first. */
  cancelled: string[];
}

/** Throws NOT_FOUND, NOT_LIVE, NO_PREVIOUS, POLICY_VIOLATION, SWITCH_IN_PROGRESS, and what admission throws. */
export type Rollback = (subject: Subject) => Promise<RolledBack>;

const historyPage = 20;

/** So many of the queue end in one transaction: each takes up to eight operations (record, log, claims, with their compares), and etcd takes 128. */
const endedAtOnce = 10;

export function createRollback(deps: RollbackDeps): Rollback {
  const { store, repository, cluster, clock, attempts, naming } = deps;

  async function previousOf(live: Deployment): Promise<Deployment | undefined> {
    const { namespace, appName } = live;
    for (let after: string | undefined = live.id; ;) {
      const { deployments, more } = await repository.deployments({ namespace, appName, limit: historyPage, after });
      const found = deployments.find(couldComeBack(live));
      if (found || !more) return found;
      after = deployments.at(-1)?.id ?? after;
    }
  }

  const present = <T>(items: (T | undefined)[]): T[] => items.filter(item => item !== undefined);

  /** Takes the last of the queue out of it. What cannot end with the rollback itself ends before it: should we die in between, the rollback was never answered. */
  async function endLast(
    before: Versioned<App>,
    queued: Versioned<Deployment>[],
    others: (Deployment | undefined)[],
    reason: Reason,
  ): Promise<string[] | undefined> {
    const { namespace, name, queue } = before.value;
    const last = queued.slice(-endedAtOnce);
    const leaving = new Set(last.map(({ value }) => value.id));
    const staying = present([...others, ...queued.slice(0, -endedAtOnce).map(({ value }) => value)]);
    const claims = releasable(
      naming,
      last.map(({ value }) => value),
      staying,
    );
    const { compare, writes } = await dropClaims(store, namespace, name, claims);
    const app = { ...before.value, queue: queue.filter(queuedId => !leaving.has(queuedId)) };
    const records = last.map(record => ended(record, reason, clock.now()));
    return (await repository.commit({ before, app, records, compare, writes })) && [...leaving];
  }

  return async subject => {
    const { namespace, id, principal } = subject;
    const first = await repository.deployment(namespace, id);
    if (!first) throw notFound(subject);
    const { appName } = first.value;
    const endedBefore: string[] = [];
    const attempt = async (): Promise<RolledBack | 'more' | undefined> => {
      const live = (await repository.deployment(namespace, id))?.value;
      if (!live) throw notFound(subject);
      const before = await repository.app(namespace, appName);
      const app = before.value;
      refuseUnlessLive(app, live);

      const queued = present(await Promise.all(app.queue.map(queuedId => repository.deployment(namespace, queuedId))));
      const other = app.other === undefined ? undefined : await repository.deployment(namespace, app.other);
      const underWay = present([...queued, other]).find(({ value }) => value.rollbackOf === id && isCandidate(value));
      if (underWay) return { deployment: underWay.value, cancelled: [] };

      const running = other && stillRuns(other.value) ? other.value : undefined;
      const previous = running ?? (await previousOf(live));
      if (!previous) throw new Problem('NO_PREVIOUS', `No other version of ${appName} was deployed before this one`);
      // Pods that still run are not judged again: going back to them creates nothing, and must work in an emergency.
      const faults = running ? [] : deps.policyFaults(previous.descriptor);
      if (faults.length > 0) throw policyProblem(namespace, faults);

      const reason: Reason = {
        code: 'ROLLED_BACK',
        message: `cancelled: ${principal} rolled ${appName} back to version ${previous.version}`,
      };
      const stopped = queued.map(record => ended(record, reason, clock.now()));
      const candidate = other && isCandidate(other.value) ? [cancelled(other, reason)] : [];
      const wanted: Candidate = {
        id: newIdAfter(app.newest, clock.now()),
        descriptor: previous.descriptor,
        principal,
        rollbackOf: id,
        first: true,
        numberInCluster: () => highestNumberInCluster(cluster, namespace, appName),
        ...(running ? { version: running.version, objectsOf: running.objectsOf } : {}),
      };
      const admission = await admit(deps, { ...app, queue: [] }, wanted);
      if (queued.length > endedAtOnce) {
        const over = await endLast(before, queued, [live, other?.value, admission.record.after], reason);
        endedBefore.unshift(...(over ?? []));
        return over && 'more';
      }
      const staying = present([live, other?.value, admission.record.after]);
      const dropped = await dropClaims(
        store,
        namespace,
        appName,
        releasable(
          naming,
          queued.map(({ value }) => value),
          staying,
        ),
      );

      const committed = await repository.commit({
        before,
        app: admission.app,
        records: [admission.record, ...stopped, ...candidate],
        // The end of the drain writes this record before it removes anything.
        compare: [
          ...admission.compare,
          ...dropped.compare,
          ...(running && other ? [{ key: keys.deployment(namespace, running.id), revision: other.revision }] : []),
        ],
        writes: [...admission.writes, ...dropped.writes],
      });
      const deployment = committed?.records[0]?.value;
      return deployment && { deployment, cancelled: [...[...stopped, ...candidate].map(({ after }) => after.id), ...endedBefore] };
    };
    return attempts.run(`${namespace}/${appName}`, async () => {
      for (;;) {
        const result = await attempt();
        if (result !== 'more') return result;
      }
    });
  };
}

/** Whether a rollback of `live` could bring this older deployment back. */
export const couldComeBack =
  (live: Deployment) =>
  ({ deployedAt, status, version }: Deployment): boolean =>
    deployedAt !== undefined && status === 'UNDEPLOYED' && version !== live.version;

function refuseUnlessLive(app: App, live: Deployment): void {
  const { id } = live;
  if (app.intent && (app.intent.to === id || app.serving === id)) {
    throw new Problem('SWITCH_IN_PROGRESS', 'The traffic is being switched; wait for its end, or cancel the deployment that gets it', {
      retryAfter: 5,
    });
  }
  if (app.serving !== id || live.status !== 'DEPLOYED') {
    throw new Problem(
      'NOT_LIVE',
      `Only the live deployment can be rolled back${app.serving === undefined ? '' : `; that is ${app.serving}`}`,
    );
  }
}

/** The replaced version drains: its pods can serve again at once. */
const stillRuns = ({ status, phase, wishes }: Deployment): boolean =>
  status === 'UNDEPLOYED' && phase === 'draining' && wishes.delete === undefined;

const isCandidate = ({ status, phase, wishes }: Deployment): boolean =>
  status === 'DEPLOYING' && phase !== 'cleaning-up' && wishes.cancel === undefined;

const ended = (record: Versioned<Deployment>, reason: Reason, nowMs: number): RecordChange => ({
  before: record,
  after: endedInQueue(record.value, 'UNDEPLOYED', reason, nowMs),
  entries: [{ level: 'info', message: `Deployment ended: ${reason.message}`, phase: 'settled' }],
});

const cancelled = (record: Versioned<Deployment>, reason: Reason): RecordChange => ({
  before: record,
  after: { ...record.value, reason, wishes: { ...record.value.wishes, cancel: true } },
  entries: [{ level: 'info', message: `Cancellation requested: ${reason.message}`, phase: record.value.phase }],
});
