/**
 * What users may ask of a deployment that exists: undeploy, cancel, delete, promote, abort, and cleaning an app's history (PROTOCOL section 7). Running ones are only
 * told the wish, in a commit that also writes the app key, which is what the owner watches; queued and settled ones are changed here and now.
 */

import type { Clock } from '../lib/clock.ts';
import { Problem } from '../lib/problem.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { Attempts } from './attempts.ts';
import type { Naming } from './claims.ts';
import { dropClaims, releasable } from './claims.ts';
import type { App, Deployment, Phase, Reason, Status, Wishes } from './record.ts';
import type { AppChange, Repository, Versioned } from './repository.ts';

export interface OperationsDeps {
  store: Store;
  repository: Repository;
  clock: Clock;
  attempts: Attempts;
  naming: Naming;
}

export interface Subject {
  namespace: string;
  id: string;
  principal: string;
}

export interface Operations {
  /**
   * Undeploys, cancels, or finds nothing to do; with `deleteDeployment` record, logs and health data go when nothing more will happen. Answers the deployment as it is then, or was.
   * Throws NOT_FOUND, SWITCH_IN_PROGRESS.
   */
  remove(subject: Subject & { deleteDeployment: boolean }): Promise<Deployment>;
  /** Removes the settled records in FAILURE or UNDEPLOYED, and undeploys the live one when asked. Throws SWITCH_IN_PROGRESS. */
  clear(request: {
    namespace: string;
    appName: string;
    principal: string;
    undeploy: boolean;
    deleteDeployment: boolean;
  }): Promise<{ deleted: string[]; undeploying: string[] }>;
  /** Removes those of `ids` that are settled in FAILURE or UNDEPLOYED, with logs and health data; answers which. */
  forget(namespace: string, appName: string, ids: string[]): Promise<string[]>;
  /** Throws NOT_FOUND, NOT_WAITING. */
  promote(subject: Subject): Promise<Deployment>;
  /** Throws NOT_FOUND, NOT_WAITING, SWITCH_IN_PROGRESS. */
  abort(subject: Subject): Promise<Deployment>;
}

/** So many records are removed in one transaction: each takes five operations, and etcd takes 128. */
const removalsPerCommit = 20;

const beforeSwitch: readonly Phase[] = ['queued', 'starting', 'verifying', 'preparing-traffic', 'waiting'];

export const notFound = ({ namespace, id }: { namespace: string; id: string }): Problem =>
  new Problem('NOT_FOUND', `There is no deployment ${id} in namespace ${namespace}`);

/** Whether nothing more will happen to a deployment. */
export const isSettled = (app: App, deployment: Deployment): boolean =>
  deployment.settledAt !== undefined && ![app.serving, app.other, ...app.queue].includes(deployment.id);

/** Whether its record may go without anybody's wish for anything else. */
export const mayForget = (app: App, deployment: Deployment): boolean =>
  (deployment.status === 'FAILURE' || deployment.status === 'UNDEPLOYED') && isSettled(app, deployment);

/** The end of a deployment that never left the queue. */
export function endedInQueue(deployment: Deployment, status: Status, reason: Reason, nowMs: number): Deployment {
  return { ...deployment, status, phase: 'settled', reason, settledAt: new Date(nowMs).toISOString() };
}

export function createOperations({ store, repository, clock, attempts, naming }: OperationsDeps): Operations {
  type Decide<T> = (record: Versioned<Deployment>, app: App) => Promise<{ change?: Omit<AppChange, 'before'>; answer: T }>;

  /** Reads the deployment and its app, lets `decide` say what to do, and commits that, until nobody came between. */
  async function change<T>(subject: Pick<Subject, 'namespace' | 'id'>, decide: Decide<T>): Promise<T> {
    const { namespace, id } = subject;
    const first = await repository.deployment(namespace, id);
    if (!first) throw notFound(subject);
    const { appName } = first.value;
    const done = await attempts.run(`${namespace}/${appName}`, async () => {
      const [record, before] = await Promise.all([repository.deployment(namespace, id), repository.app(namespace, appName)]);
      if (!record) throw notFound(subject);
      const decision = await decide(record, before.value);
      if (decision.change && !(await repository.commit({ ...decision.change, before }))) return undefined;
      return { answer: decision.answer };
    });
    return done.answer;
  }

  /** Tells the owner a wish: the app key is written unchanged so that the owner's watch sees it. */
  function wish(record: Versioned<Deployment>, app: App, wishes: Wishes, message: string, also: Partial<Deployment> = {}) {
    const news = Object.keys(wishes).some(name => record.value.wishes[name as keyof Wishes] === undefined);
    if (!news) return { answer: record.value };
    const after: Deployment = { ...record.value, ...also, wishes: { ...record.value.wishes, ...wishes } };
    const entry = { level: 'info', message, phase: after.phase } as const;
    return { change: { app, records: [{ before: record, after, entries: [entry] }] }, answer: after };
  }

  async function others(namespace: string, app: App, id: string): Promise<Deployment[]> {
    const ids = [app.serving, app.other, ...app.queue].filter(other => other !== undefined && other !== id);
    const found = await Promise.all(ids.map(other => repository.deployment(namespace, other as string)));
    return found.filter(record => record !== undefined).map(record => record.value);
  }

  /** Ends a deployment that waits in the queue, or removes it altogether. */
  async function endQueued(record: Versioned<Deployment>, app: App, status: Status, reason: Reason, forget: boolean) {
    const { value: deployment, revision } = record;
    const { namespace, appName, id } = deployment;
    const claims = releasable(naming, [deployment], await others(namespace, app, id));
    const { compare, writes } = await dropClaims(store, namespace, appName, claims);
    const rest = { ...app, queue: app.queue.filter(queued => queued !== id) };
    const after = endedInQueue(deployment, status, reason, clock.now());
    if (forget)
      return {
        change: { ...removal([record]), app: rest, compare: [...compare, { key: keys.deployment(namespace, id), revision }], writes },
        answer: after,
      };
    const entry = { level: 'info', message: `Deployment ended: ${reason.message}`, phase: 'settled' } as const;
    return { change: { app: rest, records: [{ before: record, after, entries: [entry] }], compare, writes }, answer: after };
  }

  const removal = (records: Versioned<Deployment>[]): Pick<AppChange, 'records' | 'remove' | 'compare'> => ({
    records: [],
    remove: records.map(({ value }) => value),
    compare: records.map(({ value, revision }) => ({ key: keys.deployment(value.namespace, value.id), revision })),
  });

  async function removeOne({ principal, deleteDeployment, ...subject }: Subject & { deleteDeployment: boolean }): Promise<Deployment> {
    return change(subject, async (record, app) => {
      const deployment = record.value;
      const { id, namespace, appName } = deployment;
      const forget: Wishes = deleteDeployment ? { delete: true } : {};
      switch (deployment.status) {
        case 'DEPLOYING': {
          if (app.queue.includes(id)) {
            const reason: Reason = { code: 'CANCELLED', message: `cancelled by ${principal} before it started` };
            return endQueued(record, app, 'UNDEPLOYED', reason, deleteDeployment);
          }
          return wish(record, app, { cancel: true, ...forget }, `Cancellation requested by ${principal}`);
        }
        case 'DEPLOYED': {
          // Undeploying is work again: it gets an end of its own.
          const { settledAt: _, ...rest } = deployment;
          const after: Deployment = { ...rest, status: 'UNDEPLOYING', wishes: { ...rest.wishes, undeploy: true, ...forget } };
          const entries = [
            { level: 'info', message: `Undeployment started, namespace ${namespace}, appname ${appName}`, phase: rest.phase } as const,
            { level: 'info', message: `Undeployment requested by ${principal}`, phase: rest.phase } as const,
          ];
          return { change: { app, records: [{ before: record, after, entries }] }, answer: after };
        }
        case 'UNDEPLOYING':
          return wish(record, app, forget, `Deletion of the record requested by ${principal}`);
        case 'UNDEPLOYED':
        case 'FAILURE':
          if (app.serving === id)
            throw new Problem(
              'SWITCH_IN_PROGRESS',
              'The traffic comes back to this deployment, because a later one failed; ask again when it is DEPLOYED',
              { retryAfter: 5 },
            );
          if (!deleteDeployment) return { answer: deployment };
          if (isSettled(app, deployment)) return { change: removal([record]), answer: deployment };
          return wish(record, app, forget, `Deletion of the record requested by ${principal}`);
      }
    });
  }

  async function settledRecords(namespace: string, appName: string): Promise<string[]> {
    const { value: app } = await repository.app(namespace, appName);
    const { deployments } = await repository.deployments({ namespace, appName });
    return deployments.filter(deployment => mayForget(app, deployment)).map(({ id }) => id);
  }

  async function forget(namespace: string, appName: string, ids: string[]): Promise<string[]> {
    const deleted: string[] = [];
    for (let start = 0; start < ids.length; start += removalsPerCommit)
      deleted.push(...(await forgetSome(namespace, appName, ids.slice(start, start + removalsPerCommit))));
    return deleted;
  }

  async function forgetSome(namespace: string, appName: string, ids: string[]): Promise<string[]> {
    return attempts.run(`${namespace}/${appName}`, async () => {
      const before = await repository.app(namespace, appName);
      const found = await Promise.all(ids.map(id => repository.deployment(namespace, id)));
      const records = found.filter(record => record !== undefined).filter(({ value }) => mayForget(before.value, value));
      if (records.length === 0) return [];
      const committed = await repository.commit({ before, ...removal(records) });
      return committed && records.map(({ value }) => value.id);
    });
  }

  return {
    remove: removeOne,
    forget,

    async clear({ namespace, appName, principal, undeploy, deleteDeployment }) {
      const { serving } = (await repository.app(namespace, appName)).value;
      const undeploying = undeploy && serving !== undefined ? [serving] : [];
      // First what may be refused.
      for (const id of undeploying) await removeOne({ namespace, id, principal, deleteDeployment });
      return { deleted: await forget(namespace, appName, await settledRecords(namespace, appName)), undeploying };
    },

    promote: subject =>
      change(subject, async (record, app) => {
        const { status, phase } = record.value;
        if (status !== 'DEPLOYING' || phase !== 'waiting' || app.intent?.to === subject.id) {
          throw new Problem('NOT_WAITING', `Only a deployment in phase waiting can be promoted; this one is ${status}, phase ${phase}`);
        }
        return wish(record, app, { promote: true }, `Promotion requested by ${subject.principal}`);
      }),

    abort: subject =>
      change(subject, async (record, app) => {
        const { id, status, phase } = record.value;
        if (status === 'DEPLOYING' && app.intent?.to === id) {
          throw new Problem(
            'SWITCH_IN_PROGRESS',
            'The traffic is being switched to this deployment; cancel it, or roll it back afterwards',
          );
        }
        if (status !== 'DEPLOYING' || !beforeSwitch.includes(phase)) {
          throw new Problem('NOT_WAITING', `Only a deployment before its switch can be aborted; this one is ${status}, phase ${phase}`);
        }
        if (app.queue.includes(id)) {
          return endQueued(
            record,
            app,
            'FAILURE',
            { code: 'ABORTED', message: `aborted by ${subject.principal} before it started` },
            false,
          );
        }
        return wish(record, app, { abort: true }, `Abort requested by ${subject.principal}`);
      }),
  };
}
