/** Sends one change to the cluster and makes sense of the answer. Every request is fenced: by the lease's time, and by preconditions. */

import { drift, marksOf, merge, whyForeign } from '../../cluster/manifests/index.ts';
import { ClusterError, type Cluster } from '../../cluster/cluster.ts';
import { refOf, refText, type KubeObject } from '../../cluster/objects.ts';
import type { Change } from '../plan/difference.ts';
import { keyOf } from '../plan/difference.ts';
import type { Reason } from '../record.ts';
import type { Session } from './session.ts';
import type { View } from './view.ts';

export interface ChangeDeps {
  cluster: Cluster;
  view: View;
  installation: string;
  requestTimeoutMs: number;
  /** Whether our lease still covers a request that starts now. */
  mayWrite: () => boolean;
}

export type Result =
  | { result: 'done'; object?: KubeObject }
  /** What we knew was old; it has been read again. */
  | { result: 'again' }
  /** A higher epoch stands on the object: somebody else owns the app. */
  | { result: 'fenced' }
  | { result: 'refused'; reason: Reason; final: boolean; answered: boolean; retryAfterMs?: number }
  | { result: 'namespace-gone' };

/** Stamps the epoch of this write. */
function stamped(object: KubeObject, epoch: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, 'teal/epoch': String(epoch) } } };
}

export async function sendChange(deps: ChangeDeps, session: Session, change: Change): Promise<Result> {
  try {
    return await send(deps, session, change);
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    // What follows from the answer may fail itself; the next attempt sees what stands then.
    return understand(deps, session, change, error).catch((second: unknown): Result => {
      if (!(second instanceof ClusterError)) throw second;
      if (second.code === 'CONFLICT' || second.code === 'NOT_FOUND') return { result: 'again' };
      return {
        result: 'refused',
        reason: { code: 'REFUSED_BY_CLUSTER', message: second.message },
        final: false,
        answered: second.status > 0,
      };
    });
  }
}

async function send({ cluster, view, requestTimeoutMs, mayWrite }: ChangeDeps, session: Session, change: Change): Promise<Result> {
  if (!mayWrite()) throw new ClusterError('NOT_SENT', 'the lease is too old to start a request');
  const options = { timeoutMs: requestTimeoutMs };
  const { epoch } = session.app.value;
  switch (change.type) {
    case 'create': {
      const object = await cluster.create(stamped(change.object, epoch), options);
      view.learn(object);
      return { result: 'done', object };
    }
    case 'update':
    case 'empty': {
      const object = await cluster.replace(stamped(change.object, epoch), options);
      view.learn(object);
      return { result: 'done', object };
    }
    case 'remove': {
      const { uid = '', resourceVersion = '' } = change.object.metadata;
      const kept = await cluster.remove(refOf(change.object), { uid, resourceVersion }, 'Background', options);
      if (kept) view.learn(kept);
      else view.forget(change.object);
      return { result: 'done' };
    }
  }
}

const namespaceMissing = /^namespaces? "/;

async function understand(deps: ChangeDeps, session: Session, change: Change, error: ClusterError): Promise<Result> {
  const what = refText(refOf(change.object));
  switch (error.code) {
    case 'CONFLICT':
      return readAgain(deps, session, change);
    case 'ALREADY_EXISTS':
      return judgeExisting(deps, session, change);
    case 'NOT_FOUND':
      if (change.type === 'create') {
        // The same 404 is the answer for a kind that this cluster does not have.
        if (namespaceMissing.test(error.message)) return { result: 'namespace-gone' };
        return {
          result: 'refused',
          reason: { code: 'REFUSED_BY_CLUSTER', message: `${what}: ${error.message}` },
          final: true,
          answered: true,
        };
      }
      deps.view.forget(change.object);
      return { result: 'again' };
    case 'NAMESPACE_TERMINATING':
      return { result: 'namespace-gone' };
    case 'QUOTA_EXCEEDED':
      return { result: 'refused', reason: { code: 'QUOTA_EXCEEDED', message: `${what}: ${error.message}` }, final: true, answered: true };
    case 'INVALID':
    case 'FORBIDDEN':
    case 'BAD_REQUEST':
    case 'GONE':
      return {
        result: 'refused',
        reason: { code: 'REFUSED_BY_CLUSTER', message: `${what}: ${error.message}` },
        final: true,
        answered: true,
      };
    case 'UNAUTHORIZED':
    case 'TOO_MANY_REQUESTS':
    case 'UNAVAILABLE':
    case 'TIMEOUT':
    case 'NOT_SENT': {
      // Perhaps it was applied: what stands is read before anything is sent again.
      if (error.outcome === 'unknown') {
        const found = await lookAgain(deps, session, change).catch(() => undefined);
        if (found === 'fenced') return { result: 'fenced' };
        if (found && wasApplied(found, session, change)) return { result: 'done', object: found };
      }
      const reason: Reason = { code: 'REFUSED_BY_CLUSTER', message: `${what}: ${error.message}` };
      return {
        result: 'refused',
        reason,
        final: false,
        answered: error.status > 0,
        ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      };
    }
  }
}

async function readAgain(deps: ChangeDeps, session: Session, change: Change): Promise<Result> {
  return (await lookAgain(deps, session, change)) === 'fenced' ? { result: 'fenced' } : { result: 'again' };
}

/** What stands now, which the view learns. */
async function lookAgain({ cluster, view }: ChangeDeps, session: Session, change: Change): Promise<KubeObject | 'fenced' | undefined> {
  const found = await cluster.read(refOf(change.object));
  if (!found) {
    if (change.type !== 'create') view.forget(change.object);
    return undefined;
  }
  if ((marksOf(found).epoch ?? 0) > session.app.value.epoch) return 'fenced';
  if (found.metadata.labels?.['app.kubernetes.io/managed-by'] === 'teal') view.learn(found);
  return found;
}

/** Whether a create or update whose answer was lost stands as it was sent, by our hand. Pods' numbers are not compared, so nothing is known of scaling down. */
const wasApplied = (found: KubeObject, session: Session, { type, object }: Change): boolean =>
  (type === 'create' || type === 'update') &&
  marksOf(found).epoch === session.app.value.epoch &&
  found.metadata.resourceVersion !== object.metadata.resourceVersion &&
  drift(object, found).length === 0;

/**
 * Whose is the object that stands where ours should? Same installation, app and deployment = ours. Ours of another deployment = left over; the planner removes it before the create is tried again.
 * A known uid, or our marks without a deployment = ours, stripped by somebody. Anything else is foreign and stays untouched.
 */
async function judgeExisting(deps: ChangeDeps, session: Session, change: Change): Promise<Result> {
  const { cluster, view, installation } = deps;
  const found = await cluster.read(refOf(change.object));
  if (!found) return { result: 'again' };
  const { name, uids, epoch } = session.app.value;
  const marks = marksOf(found);
  if ((marks.epoch ?? 0) > epoch && marks.installation === installation) return { result: 'fenced' };
  const foreign = whyForeign(found, installation, name);
  const known = uids?.[keyOf(found)] === found.metadata.uid;
  if (foreign !== undefined && !known) {
    return {
      result: 'refused',
      reason: { code: 'FOREIGN_OBJECT', message: `${refText(refOf(found))} exists and is not Teal's (${foreign}); it was not touched` },
      final: true,
      answered: true,
    };
  }
  const shared = change.type === 'create' && change.role === 'traffic';
  if (shared || known || marks.deployment === undefined || marks.deployment === marksOf(change.object).deployment) {
    return send(deps, session, {
      type: 'update',
      object: merge(change.object, found),
      fields: [],
      deployment: 'deployment' in change ? change.deployment : '',
      role: shared ? 'traffic' : 'version',
    });
  }
  // The planner removes it in its safe order, once it sees it.
  view.learn(found);
  return {
    result: 'refused',
    reason: { code: 'REFUSED_BY_CLUSTER', message: `${refText(refOf(found))} of an earlier deployment is still being removed` },
    final: false,
    answered: true,
  };
}
