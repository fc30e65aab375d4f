/** The sandbox's scheduler and kubelet: runs every pod that the storage holds. */

import type { KubeObject } from '../../cluster/objects.ts';
import { timestamp } from '../api/registry.ts';
import { resources } from '../api/resources.ts';
import type { Change } from '../storage.ts';
import type { ContainerLog } from './container-log.ts';
import { createPod, nodeName, type PodDeps, type RunningPod } from './pod.ts';

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
    let placed = current;
    if (!current.spec.nodeName) {
      events.record(current, 'default-scheduler', 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${nodeName}`);
      placed = registry.change(resources.pods, namespace, name, object => {
        object.spec.nodeName = nodeName;
        return object;
      });
      const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: timestamp(clock.now()) };
      placed = registry.change(
        resources.pods,
        namespace,
        name,
        object => ({ ...object, status: { ...object.status, conditions: [scheduled] } }),
        {
          subresource: 'status',
        },
      );
    }
    const runningPod = createPod(deps, placed);
    running.set(uid, runningPod);
    runningPod.start();
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
