/** The sandbox's scheduler and kubelet: runs every pod that the storage holds. */

import type { KubeObject } from '../../cluster/objects.ts';
import { timestamp } from '../api/registry.ts';
import { resources } from '../api/resources.ts';
import type { Change } from '../storage.ts';
import type { ContainerLog } from './container-log.ts';
import { createPod, type PodDeps, type RunningPod } from './pod.ts';
import { nodeName, whyUnschedulable } from './scheduling.ts';

export interface PodRuntime {
  log(uid: string, container: string, previous: boolean): ContainerLog | undefined;
  /** Where a pod's port can really be reached. */
  endpoint(address: string, port: number): { address: string; port: number };
  stop(): void;
}

export function createPodRuntime(deps: PodDeps): PodRuntime {
  const { registry, storage, events, addresses, clock } = deps;
  const running = new Map<string, RunningPod>();
  let stopped = false;

  function schedule(pod: KubeObject) {
    const { name, namespace = '', uid = '' } = pod.metadata;
    const current = storage.get(resources.pods, namespace, name);
    if (stopped || current?.metadata.uid !== uid || running.has(uid)) return;
    const why = current.spec.nodeName ? undefined : whyUnschedulable(current);
    if (why !== undefined) {
      events.record(current, 'default-scheduler', 'Warning', 'FailedScheduling', why);
      report(current, { status: 'False', reason: 'Unschedulable', message: why });
      return;
    }
    const runningPod = createPod(deps, current.spec.nodeName ? current : place(current));
    running.set(uid, runningPod);
    runningPod.start();
    if (current.metadata.deletionTimestamp) runningPod.terminate(0);
  }

  function place(pod: KubeObject): KubeObject {
    const { name, namespace = '' } = pod.metadata;
    events.record(pod, 'default-scheduler', 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${nodeName}`);
    registry.change(resources.pods, namespace, name, object => {
      object.spec.nodeName = nodeName;
      return object;
    });
    return report(pod, { status: 'True' });
  }

  function report({ metadata }: KubeObject, scheduled: { status: string; reason?: string; message?: string }): KubeObject {
    const condition = { type: 'PodScheduled', lastProbeTime: null, lastTransitionTime: timestamp(clock.now()), ...scheduled };
    const edit = (object: KubeObject) => ({ ...object, status: { ...object.status, conditions: [condition] } });
    return registry.change(resources.pods, metadata.namespace ?? '', metadata.name, edit, { subresource: 'status' });
  }

  function follow({ resource, type, object }: Change) {
    if (resource !== resources.pods) return;
    const {
      uid = '',
      deletionTimestamp,
      deletionGracePeriodSeconds,
    } = object.metadata as KubeObject['metadata'] & { deletionGracePeriodSeconds?: number };
    if (type === 'DELETED') {
      running.get(uid)?.kill();
      running.delete(uid);
    } else if (deletionTimestamp) running.get(uid)?.terminate(deletionGracePeriodSeconds ?? 0);
    else if (type === 'ADDED') setImmediate(() => schedule(object));
  }

  const unsubscribe = storage.subscribe(follow);
  return {
    log: (uid, container, previous) => running.get(uid)?.log(container, previous),
    endpoint: (address, port) => addresses.endpoint(address, port),
    stop() {
      stopped = true;
      unsubscribe();
      for (const pod of running.values()) pod.kill();
      running.clear();
    },
  };
}
