/**
 * Taking over an app whose owner died without a word: the new epoch is written on every object before anything is planned, so that a late request of the old owner fails on its
 * resourceVersion (PROTOCOL section 2, steps 2 to 5; the compare-and-set in the store came first).
 */

import { marksOf, namesOf, whyForeign } from '../../cluster/manifests/index.ts';
import { ClusterError, type Cluster } from '../../cluster/cluster.ts';
import { refOf, type Kind, type KubeObject } from '../../cluster/objects.ts';
import { keyOf } from '../plan/difference.ts';
import type { Session } from './session.ts';
import { managedLabel, type View } from './view.ts';

export interface TakeOverDeps {
  cluster: Cluster;
  view: View;
  installation: string;
  requestTimeoutMs: number;
}

const fencedKinds: Kind[] = ['ReplicationController', 'Service', 'Ingress', 'ConfigMap'];
const attempts = 10;

/** True when the fence stands; false when a higher epoch was found: somebody else owns the app by now. */
export async function takeOver(deps: TakeOverDeps, session: Session): Promise<boolean> {
  const { cluster, view, requestTimeoutMs } = deps;
  const { epoch } = session.app.value;
  for (const found of await standing(deps, session)) {
    let object: KubeObject | undefined = found;
    for (let attempt = 0; object && attempt < attempts; attempt++) {
      const seen = marksOf(object).epoch ?? 0;
      if (seen > epoch) return false;
      if (seen === epoch) break;
      const next: KubeObject = {
        ...object,
        metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, 'teal/epoch': String(epoch) } },
      };
      try {
        view.learn(await cluster.replace(next, { timeoutMs: requestTimeoutMs }));
        break;
      } catch (error) {
        if (!(error instanceof ClusterError) || (error.code !== 'CONFLICT' && error.code !== 'NOT_FOUND')) throw error;
        object = await cluster.read(refOf(object));
      }
    }
  }
  const second = await standing(deps, session);
  for (const object of second) view.learn(object);
  const now = new Set(second.map(object => object.metadata.uid));
  for (const object of view.world(session.namespace, session.name).objects)
    if (!now.has(object.metadata.uid) && fencedKinds.includes(object.kind as Kind)) view.forget(object);
  return second.every(object => (marksOf(object).epoch ?? 0) <= epoch);
}

/** Our objects, uncached: by label, and by name where the label was stripped. */
async function standing({ cluster, installation }: TakeOverDeps, session: Session): Promise<KubeObject[]> {
  const { namespace, name, app } = session;
  const labels = `${managedLabel},app=${name}`;
  const lists = await Promise.all(fencedKinds.map(kind => cluster.list(kind, namespace, { labels })));
  const ours = new Map(
    lists
      .flat()
      .filter(object => whyForeign(object, installation, name) === undefined)
      .map(object => [keyOf(object), object]),
  );
  const expected = new Set(Object.keys(app.value.uids ?? {}));
  for (const record of session.records.values()) {
    for (const objectName of namesOf(name, record.value.version))
      for (const kind of ['ReplicationController', 'Service', 'Ingress']) expected.add(`${kind}/${objectName}`);
  }
  const missing = [...expected].filter(key => !ours.has(key));
  const found = await Promise.all(
    missing.map(key => {
      const [kind = '', objectName = ''] = key.split('/');
      return cluster.read({ kind: kind as Kind, namespace, name: objectName });
    }),
  );
  for (const object of found) {
    if (!object) continue;
    const known = app.value.uids?.[keyOf(object)] === object.metadata.uid;
    if (known || whyForeign(object, installation, name) === undefined) ours.set(keyOf(object), object);
  }
  return [...ours.values()];
}
