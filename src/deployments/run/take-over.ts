/**
 * Taking over an app whose owner died without a word: the new epoch is written on every object before anything is planned, so that a late request of the old owner fails on its
 * resourceVersion (PROTOCOL section 2, steps 2 to 5; the compare-and-set in the store came first).
 */

import { marksOf, namesOf, whyForeign } from '../../cluster/manifests/index.ts';
import { ClusterError, type Cluster } from '../../cluster/cluster.ts';
import type { Kind, KubeObject } from '../../cluster/objects.ts';
import { keyOf } from '../plan/difference.ts';
import type { Session } from './session.ts';
import { managedLabel, type View } from './view.ts';

export interface TakeOverDeps {
  cluster: Cluster;
  view: View;
  installation: string;
  requestTimeoutMs: number;
  mayWrite: () => boolean;
}

/** The old owner's last requests can make an object change, or appear, a few times; not for ever. */
const rounds = 10;

/**
 * True when every object of the app carries our epoch; false when a higher one was found: somebody else owns the app by now.
 * Throws ClusterError when the fence could not be set: then nothing may be planned, and it is to be tried again.
 */
export async function takeOver(deps: TakeOverDeps, session: Session): Promise<boolean> {
  const { cluster, view, requestTimeoutMs, mayWrite } = deps;
  const { epoch } = session.app.value;
  const epochOf = (object: KubeObject) => marksOf(object).epoch ?? 0;
  for (let round = 0; round < rounds; round++) {
    const { ours, seen } = await standing(deps, session);
    for (const object of ours) view.learn(object);
    if (ours.some(object => epochOf(object) > epoch)) return false;
    const outdated = ours.filter(object => epochOf(object) < epoch);
    if (outdated.length === 0) {
      for (const object of view.world(session.namespace, session.name).objects)
        if (!seen.has(object.metadata.uid) && view.kinds.includes(object.kind as Kind)) view.forget(object);
      return true;
    }
    for (const object of outdated) {
      if (!mayWrite()) throw new ClusterError('NOT_SENT', 'the lease is too old to start a request');
      const annotations = { ...object.metadata.annotations, 'teal/epoch': String(epoch) };
      try {
        await cluster.replace({ ...object, metadata: { ...object.metadata, annotations } }, { timeoutMs: requestTimeoutMs });
      } catch (error) {
        // Changed or gone meanwhile: the next round reads it again.
        if (!(error instanceof ClusterError) || (error.code !== 'CONFLICT' && error.code !== 'NOT_FOUND')) throw error;
      }
    }
  }
  throw new ClusterError('CONFLICT', `the objects of ${session.name} do not stand still`);
}

/** A cluster that does not know a kind has no objects of it. */
function noneOfAnUnknownKind(error: unknown): KubeObject[] {
  if (error instanceof ClusterError && error.code === 'NOT_FOUND') return [];
  throw error;
}

/** Our objects, uncached: by label, and by name where the label was stripped. `seen` has the uids of others' too. */
async function standing(
  { cluster, view, installation }: TakeOverDeps,
  session: Session,
): Promise<{ ours: KubeObject[]; seen: Set<string | undefined> }> {
  const { namespace, name, app } = session;
  const labels = `${managedLabel},app=${name}`;
  const listed = (await Promise.all(view.kinds.map(kind => cluster.list(kind, namespace, { labels }).catch(noneOfAnUnknownKind)))).flat();
  const isOurs = (object: KubeObject) =>
    whyForeign(object, installation, name) === undefined || app.value.uids?.[keyOf(object)] === object.metadata.uid;
  const expected = new Set(Object.keys(app.value.uids ?? {}));
  for (const record of session.records.values()) {
    for (const objectName of namesOf(name, record.value.version))
      for (const kind of ['ReplicationController', 'Service', 'Ingress']) expected.add(`${kind}/${objectName}`);
  }
  const found = new Map(listed.map(object => [keyOf(object), object]));
  const missing = [...expected].filter(key => !found.has(key));
  const read = await Promise.all(
    missing.map(key => {
      const [kind = '', objectName = ''] = key.split('/');
      return cluster.read({ kind: kind as Kind, namespace, name: objectName });
    }),
  );
  const all = [...listed, ...read.filter(object => object !== undefined)];
  return { ours: all.filter(isOurs), seen: new Set(all.map(object => object.metadata.uid)) };
}
