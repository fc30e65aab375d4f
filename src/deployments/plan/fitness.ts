/** Whether a candidate could take the traffic now: everything of it stands, its pods are healthy, and whoever is told of it finds them. */

import { versionedName } from '../../descriptors/index.ts';
import type { KubeObject } from '../../cluster/objects.ts';
import type { Deployment } from '../record.ts';
import { difference, growthOf, type StagedChange } from './difference.ts';
import type { Observed } from './observed.ts';
import { allHealthy, podsOf, podTroubles, wantedPods } from './pods.ts';

interface Endpoint {
  conditions?: { ready?: boolean };
  targetRef?: { uid?: string };
}

/** uids of the pods that a Service leads to, as its EndpointSlices say. */
export function readyBehind(slices: readonly KubeObject[], service: string): Set<string | undefined> {
  const endpoints = slices
    .filter(slice => slice.metadata.labels?.['kubernetes.io/service-name'] === service)
    .flatMap(slice => (slice['endpoints'] ?? []) as Endpoint[]);
  return new Set(endpoints.filter(({ conditions }) => conditions?.ready !== false).map(({ targetRef }) => targetRef?.uid));
}

/**
 * Kubernetes lists a pod behind its Service some time after it became ready, and a proxy that is sent to a Service without endpoints answers 503: `versioned`
 * traffic may move only when all are listed. A version without ports has no Service, and nobody who looks for it.
 */
function isReachable(o: Observed, d: Deployment): boolean {
  const service = versionedName(d.appName, d.version);
  if (!o.world.objects.some(({ kind, metadata }) => kind === 'Service' && metadata.name === service)) return true;
  const listed = readyBehind(o.world.endpointSlices, service);
  return podsOf(o.world, d).filter(pod => listed.has(pod.metadata.uid)).length >= wantedPods(o.world, d);
}

/** What is to be made or put back on behalf of a deployment. */
export const growthFor = (changes: StagedChange[], d: Deployment): StagedChange[] =>
  growthOf(changes).filter(({ change }) => 'deployment' in change && change.deployment === d.id);

export const unmade = (o: Observed, d: Deployment): StagedChange[] => growthFor(difference(o, { dropShared: false }).changes, d);

/** Its pods are healthy and can be found. */
export const isUp = (o: Observed, d: Deployment): boolean => allHealthy(o.world, o.facts, d) && isReachable(o, d);

export function isFit(o: Observed, d: Deployment): boolean {
  const { changes, inTheWay } = difference(o, { dropShared: false });
  return isUp(o, d) && growthFor(changes, d).length === 0 && inTheWay.length === 0;
}

/** Why it is not up, in one line. */
export function troublesOf(o: Observed, d: Deployment): string {
  const service = versionedName(d.appName, d.version);
  const unlisted = allHealthy(o.world, o.facts, d) && !isReachable(o, d) ? [`Service ${service} does not list all of its pods yet`] : [];
  return [...podTroubles(o.world, o.facts, d), ...unlisted].join('; ');
}
