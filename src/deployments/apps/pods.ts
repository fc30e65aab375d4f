/** How the pods of a version look to people. Pure. */

import type { KubeObject } from '../../cluster/objects.ts';
import type { HealthResult } from '../plan/observed.ts';
import { isReady } from '../plan/pods.ts';

export interface PodView {
  name: string;
  /** Of Kubernetes: Pending, Running, ... */
  phase: string;
  ready: boolean;
  /** Outcome of the last health check that is known here; absent = none, or the version has none. */
  healthy?: boolean;
  checkedAt?: string;
  healthText?: string;
  restarts: number;
  created: string;
  node?: string;
  ip?: string;
  /** Of its first container. */
  image: string;
  /** Kubernetes' own word for what keeps it from running. */
  reason?: string;
  deleting?: true;
}

interface Status {
  phase?: string;
  podIP?: string;
  reason?: string;
  conditions?: { type: string; status: string; reason?: string }[];
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
}

interface ContainerStatus {
  restartCount?: number;
  state?: { waiting?: { reason?: string }; terminated?: { reason?: string; exitCode?: number } };
}

export function podView(pod: KubeObject, health: HealthResult | undefined): PodView {
  const status = (pod['status'] ?? {}) as Status;
  const spec = (pod['spec'] ?? {}) as { nodeName?: string; containers?: { image?: string }[] };
  const reason = whyNotRunning(status);
  return {
    name: pod.metadata.name,
    phase: status.phase ?? 'Unknown',
    ready: isReady(pod),
    ...(health ? { healthy: health.healthy, checkedAt: health.checkedAt, healthText: health.value } : {}),
    restarts: (status.containerStatuses ?? []).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
    created: pod.metadata.creationTimestamp ?? '',
    ...(spec.nodeName === undefined ? {} : { node: spec.nodeName }),
    ...(status.podIP === undefined ? {} : { ip: status.podIP }),
    image: spec.containers?.[0]?.image ?? '',
    ...(reason === undefined ? {} : { reason }),
    ...(pod.metadata.deletionTimestamp === undefined ? {} : { deleting: true }),
  };
}

function whyNotRunning({ reason, conditions = [], initContainerStatuses = [], containerStatuses = [] }: Status): string | undefined {
  const states = [...initContainerStatuses, ...containerStatuses].map(({ state }) => state);
  const waiting = states.map(state => state?.waiting?.reason).find(word => word !== undefined && word !== 'PodInitializing');
  const ended = states.map(state => state?.terminated).find(end => end !== undefined && end.exitCode !== 0)?.reason;
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False')?.reason;
  return reason ?? waiting ?? ended ?? unscheduled;
}
