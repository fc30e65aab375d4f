/** Something healthy is served at every instant: at each revision of the cluster the ways in lead to a ready pod. */

import type { KubeObject } from '../../../src/cluster/objects.ts';
import type { ObjectChange } from '../history.ts';

export interface Served {
  namespace: string;
  appName: string;
  /** Revisions of the cluster between which it must be served, both included. */
  from: number;
  to: number;
}

const isReady = (pod: KubeObject): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  ((pod['status']?.conditions ?? []) as { type: string; status: string }[]).some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );

const selects = (selector: Record<string, string>, labels: Record<string, string> = {}): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

const keyOf = (object: KubeObject): string => `${object.kind}/${object.metadata.name}`;

/** Why a Service leads nowhere; undefined = to a ready pod. */
function whyNowhere(standing: ReadonlyMap<string, KubeObject>, service: string): string | undefined {
  const selector = standing.get(`Service/${service}`)?.['spec']?.selector as Record<string, string> | undefined;
  if (selector === undefined) return `there is no Service ${service} with a selector`;
  const ready = [...standing.values()].some(
    object => object.kind === 'Pod' && isReady(object) && selects(selector, object.metadata.labels),
  );
  return ready ? undefined : `Service ${service} selects ${JSON.stringify(selector)}, and no such pod is ready`;
}

function backendsOf(ingress: KubeObject): string[] {
  const rules = (ingress['spec']?.rules ?? []) as { http?: { paths: { backend: { service?: { name: string } } }[] } }[];
  return rules.flatMap(rule => (rule.http?.paths ?? []).flatMap(({ backend }) => backend.service?.name ?? []));
}

function whyUnserved(standing: ReadonlyMap<string, KubeObject>, appName: string): string[] {
  const ingress = standing.get(`Ingress/${appName}`);
  const backends = ingress ? backendsOf(ingress) : [];
  const faults = [appName, ...backends].map(service => whyNowhere(standing, service));
  if (backends.length === 0) faults.push(`there is no Ingress ${appName} with a backend`);
  return faults.filter(fault => fault !== undefined);
}

/** What was wrong, at which revision. `changes` start before `from` with the objects that stood then. */
export function unserved(changes: readonly ObjectChange[], { namespace, appName, from, to }: Served): string[] {
  const standing = new Map<string, KubeObject>();
  const faults: string[] = [];
  const judge = (revision: number) => {
    for (const why of whyUnserved(standing, appName)) faults.push(`revision ${revision}: ${why}`);
  };
  let judged = false;
  for (const { revision, type, object } of changes) {
    if (revision > to) break;
    if (object.metadata.namespace !== namespace) continue;
    if (revision > from && !judged) judge(from);
    if (revision > from) judged = true;
    if (type === 'deleted') standing.delete(keyOf(object));
    else standing.set(keyOf(object), object);
    if (revision >= from) judge(revision);
  }
  if (!judged) judge(from);
  return faults;
}
