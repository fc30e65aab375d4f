/** The ReplicationController controller: adopts, releases, creates and deletes pods, and reports what it counts. */

import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../cluster/objects.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { ApiFailure } from '../api/failure.ts';
import { timestamp, type Registry } from '../api/registry.ts';
import { resources } from '../api/resources.ts';
import { picks } from '../api/selectors.ts';
import type { EventRecorder } from '../events.ts';
import type { Storage } from '../storage.ts';
import { createReconciler, splitKey } from './reconciler.ts';

export interface ControllerDeps {
  registry: Registry;
  storage: Storage;
  events: EventRecorder;
  clock: Clock;
  log: Logger;
  delayMs: number;
}

const source = 'replication-controller';

/** Starts it; the returned function stops it. */
export function startReplication(deps: ControllerDeps): () => void {
  const { registry, storage, events, clock } = deps;
  const reconciler = createReconciler({ ...deps, name: source, reconcile: sync });

  const unsubscribe = storage.subscribe(({ resource, object, previous }) => {
    const namespace = object.metadata.namespace ?? '';
    if (resource === resources.replicationcontrollers) reconciler.touch(`${namespace}/${object.metadata.name}`);
    if (resource !== resources.pods) return;
    for (const rc of storage.list(resources.replicationcontrollers, namespace)) {
      const concerned = [object, previous].some(
        pod => pod && (controllerOf(pod)?.uid === rc.metadata.uid || picks(rc.spec.selector, pod.metadata.labels)),
      );
      if (concerned) reconciler.touch(`${namespace}/${rc.metadata.name}`);
    }
  });

  function sync(key: string) {
    const [namespace, name] = splitKey(key);
    const rc = storage.get(resources.replicationcontrollers, namespace, name);
    if (!rc) return;
    const pods = claim(rc, namespace);
    let failure: string | undefined;
    try {
      if (!rc.metadata.deletionTimestamp) scale(rc, pods);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      failure = error.message;
      events.record(rc, source, 'Warning', 'FailedCreate', `Error creating: ${failure}`);
    }
    report(rc, claim(rc, namespace), failure);
    if (failure !== undefined) throw new ApiFailure(403, 'Forbidden', failure);
  }

  /** Its active pods, after taking in matching orphans and letting go of pods that match no more. */
  function claim(rc: KubeObject, namespace: string): KubeObject[] {
    const mine: KubeObject[] = [];
    for (const pod of storage.list(resources.pods, namespace)) {
      const owner = controllerOf(pod);
      const matches = picks(rc.spec.selector, pod.metadata.labels);
      const active = !pod.metadata.deletionTimestamp && !['Succeeded', 'Failed'].includes(pod.status?.phase);
      if (owner?.uid === rc.metadata.uid && !matches) setOwner(pod, rc, false);
      else if (owner === undefined && matches && active && !rc.metadata.deletionTimestamp) mine.push(setOwner(pod, rc, true));
      else if (owner?.uid === rc.metadata.uid && active) mine.push(pod);
    }
    return mine;
  }

  function setOwner(pod: KubeObject, rc: KubeObject, owned: boolean): KubeObject {
    return registry.change(resources.pods, pod.metadata.namespace ?? '', pod.metadata.name, object => {
      const others = (object.metadata.ownerReferences ?? []).filter(owner => owner.uid !== rc.metadata.uid);
      object.metadata.ownerReferences = owned ? [...others, ownerReference(rc)] : others;
      return object;
    });
  }

  function scale(rc: KubeObject, pods: KubeObject[]) {
    const missing = rc.spec.replicas - pods.length;
    for (let count = 0; count < missing; count++) {
      const pod = registry.create(resources.pods, rc.metadata.namespace ?? '', podFrom(rc));
      events.record(rc, source, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    }
    for (const pod of missing < 0 ? [...pods].sort(dispensableFirst).slice(0, -missing) : []) {
      registry.remove(resources.pods, pod.metadata.namespace ?? '', pod.metadata.name, { propagationPolicy: 'Background' });
      events.record(rc, source, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
    }
  }

  function report(rc: KubeObject, pods: KubeObject[], failure: string | undefined) {
    const namespace = rc.metadata.namespace ?? '';
    const current = storage.get(resources.replicationcontrollers, namespace, rc.metadata.name);
    if (current?.metadata.uid !== rc.metadata.uid) return;
    const ready = pods.filter(isReady);
    const templateLabels = rc.spec.template.metadata.labels as Record<string, string>;
    const condition = {
      type: 'ReplicaFailure',
      status: 'True',
      lastTransitionTime: current?.status?.conditions?.[0]?.lastTransitionTime ?? timestamp(clock.now()),
      reason: 'FailedCreate',
      message: failure,
    };
    const counts = {
      fullyLabeledReplicas: pods.filter(pod => picks(templateLabels, pod.metadata.labels)).length,
      readyReplicas: ready.length,
      availableReplicas: ready.length,
    };
    const status = {
      replicas: pods.length,
      ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
      observedGeneration: rc.metadata.generation,
      ...(failure === undefined ? {} : { conditions: [condition] }),
    };
    if (isDeepStrictEqual(status, current?.status)) return;
    registry.change(resources.replicationcontrollers, namespace, rc.metadata.name, object => ({ ...object, status }), {
      subresource: 'status',
    });
  }

  return () => {
    unsubscribe();
    reconciler.stop();
  };
}

export const controllerOf = (object: KubeObject) => object.metadata.ownerReferences?.find(owner => owner.controller);

export function isReady(pod: KubeObject): boolean {
  return ((pod.status?.conditions ?? []) as { type: string; status: string }[]).some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );
}

export const ownerReference = (owner: KubeObject) => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});

function podFrom(rc: KubeObject): KubeObject {
  const { metadata, spec } = rc.spec.template;
  const { labels, annotations, finalizers } = metadata;
  const generateName = `${rc.metadata.name}-`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName, labels, annotations, finalizers, ownerReferences: [ownerReference(rc)] } as unknown as KubeObject['metadata'],
    spec: structuredClone(spec),
  };
}

/** Not yet running before running, unready before ready, younger before older. */
function dispensableFirst(a: KubeObject, b: KubeObject): number {
  const rank = (pod: KubeObject) => (pod.status?.phase === 'Running' ? 1 : 0) + (isReady(pod) ? 2 : 0);
  return rank(a) - rank(b) || (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '');
}
