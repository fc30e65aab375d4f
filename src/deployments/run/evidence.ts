/** What a failed version leaves to read: why its pods are not healthy, the cluster's events, and the last lines they printed. Best effort, never in the way. */

import type { Cluster } from '../../cluster/cluster.ts';
import { hiding, type Hide } from '../../lib/known-values.ts';
import type { Observed } from '../plan/observed.ts';
import { healthyPods, podsOf, podTroubles } from '../plan/pods.ts';
import type { Deployment } from '../record.ts';

const evidenceTimeoutMs = 2000;
const lastLines = 10;
const podsShown = 3;
/** Of a line so much is shown, and more is read, so that a secret is hidden before it is cut. */
const lineShown = 500;
const lineRead = 8192;

interface KubeEvent {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  involvedObject?: { name?: string };
}

/** Lines for the log, without what `hide` hides. */
export async function gatherEvidence(cluster: Cluster, o: Observed, d: Deployment, hide: Hide): Promise<string[]> {
  const healthy = new Set(healthyPods(o.world, o.facts, d));
  const pods = podsOf(o.world, d).filter(pod => !healthy.has(pod));
  const lines = podTroubles(o.world, o.facts, d);
  const options = { timeoutMs: evidenceTimeoutMs };
  const events = (await cluster.list('Event', d.namespace, { fields: 'type=Warning' }, options).catch(() => [])) as unknown as KubeEvent[];
  const names = new Set(pods.map(pod => pod.metadata.name));
  for (const event of events.filter(event => names.has(event.involvedObject?.name ?? '')).slice(-5)) {
    lines.push(`Event of ${String(event.involvedObject?.name)}: ${event.reason ?? ''}: ${event.message ?? ''}`);
  }
  for (const pod of pods.slice(0, podsShown)) {
    const restarted = ((pod['status']?.containerStatuses ?? []) as { restartCount?: number }[]).some(
      status => (status.restartCount ?? 0) > 0,
    );
    const text = await cluster
      .podLog(d.namespace, pod.metadata.name, { tailLines: lastLines, ...(restarted ? { previous: true } : {}) }, options)
      .catch(() => '');
    for (const line of text.split('\n').filter(line => line !== ''))
      lines.push(`${pod.metadata.name} | ${hide(line.slice(0, lineRead)).slice(0, lineShown)}`);
  }
  return lines.map(hide);
}

/** Other values than secret ones (a name, a mode) are hidden only when they are so long: shorter ones would tear ordinary text apart. */
const shortestValue = 8;

/** Hides every environment value that a deployment's pods may print. */
export function hidingEnvironment(d: Deployment, environment: Record<string, string>): Hide {
  const containers = [...d.descriptor.podspec.containers, ...(d.descriptor.podspec.initContainers ?? [])];
  const own = containers.flatMap(container => (container.env ?? []).flatMap(variable => variable.value ?? []));
  const values = [...own, ...Object.values(d.descriptor.environment ?? {}), ...Object.values(environment)];
  return hiding(values.filter(value => value.length >= shortestValue));
}
