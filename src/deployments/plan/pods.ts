/** What the pods of a version say: how many are healthy, and whether waiting longer is hopeless. */

import { versionedName } from '../../descriptors/index.ts';
import type { KubeObject } from '../../cluster/objects.ts';
import type { Deployment, Reason } from '../record.ts';
import type { Facts, World } from './observed.ts';

/** Pods of a version that are meant to run: not being deleted, not ended. */
export function podsOf(world: World, d: Deployment): KubeObject[] {
  const name = versionedName(d.appName, d.version);
  return world.pods.filter(
    pod =>
      pod.metadata.labels?.['app'] === d.appName &&
      pod.metadata.labels['version'] === d.version &&
      pod.metadata.labels['name'] === name &&
      pod.metadata.deletionTimestamp === undefined &&
      !['Failed', 'Succeeded'].includes(String(pod['status']?.phase)),
  );
}

export const isReady = (pod: KubeObject): boolean =>
  ((pod['status']?.conditions ?? []) as { type: string; status: string }[]).some(
    condition => condition.type === 'Ready' && condition.status === 'True',
  );

/** Whether Teal asks the pods itself, beyond their readiness. */
export const checksHealth = (d: Deployment): boolean => d.descriptor.useHealthCheck && !d.descriptor.ignoreHealthCheck;

/** healthy(v) of PROTOCOL: pods that are Ready and, where the descriptor checks, passed their last check. */
export const healthyPods = (world: World, facts: Pick<Facts, 'health'>, d: Deployment): KubeObject[] =>
  podsOf(world, d).filter(pod => isReady(pod) && (!checksHealth(d) || facts.health.get(pod.metadata.uid ?? '')?.healthy === true));

/** The ReplicationController of a version, when it stands. */
export const controllerOf = (world: World, d: Deployment): KubeObject | undefined =>
  world.objects.find(object => object.kind === 'ReplicationController' && object.metadata.name === versionedName(d.appName, d.version));

/** Pods a version should have: what its controller is set to now (others may scale it), else what it was started with. */
export const wantedPods = (world: World, d: Deployment): number => {
  const replicas: unknown = controllerOf(world, d)?.['spec']?.replicas;
  return typeof replicas === 'number' ? replicas : (d.replicas ?? d.descriptor.replicas);
};

export const allHealthy = (world: World, facts: Facts, d: Deployment): boolean => {
  const wanted = wantedPods(world, d);
  return wanted > 0 && healthyPods(world, facts, d).length >= wanted;
};

interface ContainerStatus {
  name: string;
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string } };
  lastState?: { terminated?: { exitCode?: number; reason?: string } };
}

const imageTrouble = new Set(['ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'ImageInspectError']);
const configTrouble = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

/** Why a version will not become healthy however long one waits, or undefined. */
export function whyHopeless(world: World, d: Deployment): Reason | undefined {
  for (const pod of podsOf(world, d)) {
    const statuses = [
      ...((pod['status']?.initContainerStatuses ?? []) as ContainerStatus[]),
      ...((pod['status']?.containerStatuses ?? []) as ContainerStatus[]),
    ];
    for (const status of statuses) {
      const waiting = status.state?.waiting;
      const where = `container ${status.name} of pod ${pod.metadata.name}`;
      if (waiting?.reason === undefined) continue;
      const text = `${waiting.reason}${waiting.message === undefined ? '' : `: ${waiting.message}`}`;
      const missing = waiting.reason === 'ErrImagePull' && /not ?found|does not exist|manifest unknown|denied/i.test(waiting.message ?? '');
      if (imageTrouble.has(waiting.reason) || missing) return { code: 'IMAGE_PULL', message: `${where} cannot get its image: ${text}` };
      if (waiting.reason === 'CrashLoopBackOff' && (status.restartCount ?? 0) >= 2) {
        const last = status.lastState?.terminated;
        return {
          code: 'CRASH_LOOP',
          message: `${where} crashes again and again (${String(status.restartCount)} restarts, last exit code ${String(last?.exitCode ?? 'unknown')})`,
        };
      }
      if (configTrouble.has(waiting.reason)) return { code: 'REFUSED_BY_CLUSTER', message: `${where} cannot start: ${text}` };
    }
  }
  const conditions = (controllerOf(world, d)?.['status']?.conditions ?? []) as { type: string; status: string; message?: string }[];
  const failure = conditions.find(condition => condition.type === 'ReplicaFailure' && condition.status === 'True');
  if (!failure) return undefined;
  const message = `the cluster refuses to create pods: ${failure.message ?? 'no reason given'}`;
  return { code: /exceeded quota/i.test(failure.message ?? '') ? 'QUOTA_EXCEEDED' : 'REFUSED_BY_CLUSTER', message };
}

/** What a pod that is up just now does not show: that its containers had to be started again. */
function restartsOf(pod: KubeObject): string {
  const statuses = (pod['status']?.containerStatuses ?? []) as ContainerStatus[];
  const count = statuses.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  if (count === 0) return '';
  const code = statuses.find(({ lastState }) => lastState?.terminated)?.lastState?.terminated?.exitCode;
  return ` (${count} ${count === 1 ? 'restart' : 'restarts'}${code === undefined ? '' : `, last exit code ${code}`})`;
}

/** One line per pod that is not healthy, for the deployment's log. */
export function podTroubles(world: World, facts: Facts, d: Deployment): string[] {
  const healthy = new Set(healthyPods(world, facts, d));
  const wanted = wantedPods(world, d);
  const pods = podsOf(world, d);
  const lines = pods
    .filter(pod => !healthy.has(pod))
    .map(pod => {
      const conditions = (pod['status']?.conditions ?? []) as { type: string; status: string; reason?: string; message?: string }[];
      const unscheduled = conditions.find(condition => condition.type === 'PodScheduled' && condition.status === 'False');
      const waiting = ((pod['status']?.containerStatuses ?? []) as ContainerStatus[])
        .map(status => status.state?.waiting?.reason)
        .filter(reason => reason !== undefined);
      const result = facts.health.get(pod.metadata.uid ?? '');
      if (unscheduled) return `Pod ${pod.metadata.name} is not scheduled: ${unscheduled.message ?? unscheduled.reason ?? ''}`;
      if (waiting.length > 0) return `Pod ${pod.metadata.name} is waiting: ${waiting.join(', ')}`;
      if (!isReady(pod)) return `Pod ${pod.metadata.name} is ${String(pod['status']?.phase ?? 'unknown')} but not ready${restartsOf(pod)}`;
      return `Pod ${pod.metadata.name} is unhealthy: ${result ? result.value.slice(0, 200) : 'not checked yet'}${restartsOf(pod)}`;
    });
  if (pods.length < wanted) lines.push(`${String(pods.length)} of ${String(wanted)} pods exist`);
  return lines;
}
