/** The EndpointSlice controller: which pods stand behind each Service, and on which ports. */

import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../cluster/objects.ts';
import { resources } from '../api/resources.ts';
import { timestamp } from '../api/registry.ts';
import { picks } from '../api/selectors.ts';
import { createReconciler, splitKey } from './reconciler.ts';
import { controllerOf, isReady, ownerReference, type ControllerDeps } from './replication.ts';

interface SlicePort {
  name: string;
  protocol: string;
  port: number;
}

interface Slice {
  ports: SlicePort[] | null;
  endpoints: Record<string, unknown>[] | null;
}

/** Starts it; the returned function stops it. */
export function startEndpoints(deps: ControllerDeps): () => void {
  const { registry, storage, clock } = deps;
  const reconciler = createReconciler({ ...deps, name: 'endpointslice-controller', reconcile: sync });

  const unsubscribe = storage.subscribe(({ resource, object, previous }) => {
    const namespace = object.metadata.namespace ?? '';
    if (resource === resources.services) reconciler.touch(`${namespace}/${object.metadata.name}`);
    if (resource === resources.endpointslices) {
      const service = object.metadata.labels?.['kubernetes.io/service-name'];
      if (service) reconciler.touch(`${namespace}/${service}`);
    }
    if (resource !== resources.pods) return;
    for (const service of storage.list(resources.services, namespace)) {
      if ([object, previous].some(pod => pod && picks(service.spec.selector, pod.metadata.labels)))
        reconciler.touch(`${namespace}/${service.metadata.name}`);
    }
  });

  function sync(key: string) {
    const [namespace, name] = splitKey(key);
    const service = storage.get(resources.services, namespace, name);
    if (!service || service.metadata.deletionTimestamp || !service.spec.selector) return;
    const pods = storage.list(resources.pods, namespace).filter(pod => picks(service.spec.selector, pod.metadata.labels));
    const wanted = slicesOf(service, pods);
    const present = storage
      .list(resources.endpointslices, namespace)
      .filter(
        slice =>
          controllerOf(slice)?.uid === service.metadata.uid &&
          slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by'] === manager,
      );
    wanted.forEach((slice, index) => {
      const existing = present[index];
      if (existing) amend(existing, service, slice);
      else registry.create(resources.endpointslices, namespace, newSlice(service, slice));
    });
    for (const surplus of present.slice(wanted.length)) registry.remove(resources.endpointslices, namespace, surplus.metadata.name);
  }

  const trigger = () => ({ 'endpoints.kubernetes.io/last-change-trigger-time': timestamp(clock.now()) });

  function newSlice(service: KubeObject, slice: Slice): KubeObject {
    return {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        generateName: `${service.metadata.name}-`,
        labels: labelsOf(service),
        annotations: trigger(),
        ownerReferences: [ownerReference(service)],
      } as unknown as KubeObject['metadata'],
      addressType: 'IPv4',
      ...slice,
    };
  }

  function amend(existing: KubeObject, service: KubeObject, slice: Slice) {
    const labels = labelsOf(service);
    const same =
      isDeepStrictEqual({ ports: existing.ports, endpoints: existing.endpoints }, slice) &&
      isDeepStrictEqual(existing.metadata.labels, labels);
    if (same) return;
    registry.change(resources.endpointslices, existing.metadata.namespace ?? '', existing.metadata.name, object => {
      Object.assign(object, slice);
      object.metadata.labels = labels;
      object.metadata.annotations = { ...object.metadata.annotations, ...trigger() };
      return object;
    });
  }

  return () => {
    unsubscribe();
    reconciler.stop();
  };
}

const manager = 'endpointslice-controller.k8s.io';

const labelsOf = (service: KubeObject): Record<string, string> => ({
  ...service.metadata.labels,
  ...(service.spec.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}),
  'kubernetes.io/service-name': service.metadata.name,
  'endpointslice.kubernetes.io/managed-by': manager,
});

/** One slice per set of port numbers, for a named port may be another number in each pod; one empty slice when there is no pod. */
function slicesOf(service: KubeObject, pods: KubeObject[]): Slice[] {
  const byPorts = new Map<string, { ports: SlicePort[]; endpoints: Record<string, unknown>[] }>();
  for (const pod of pods) {
    if (!pod.status?.podIP || ['Succeeded', 'Failed'].includes(pod.status.phase)) continue;
    const ports = portsOf(service, pod);
    const key = JSON.stringify(ports);
    const slice = byPorts.get(key) ?? { ports, endpoints: [] };
    slice.endpoints.push(endpointOf(service, pod));
    byPorts.set(key, slice);
  }
  return byPorts.size > 0 ? [...byPorts.values()] : [{ ports: null, endpoints: null }];
}

function endpointOf(service: KubeObject, pod: KubeObject): Record<string, unknown> {
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = isReady(pod);
  const { namespace, name, uid } = pod.metadata;
  return {
    addresses: [pod.status.podIP],
    conditions: { ready: (serving && !terminating) || service.spec.publishNotReadyAddresses === true, serving, terminating },
    targetRef: { kind: 'Pod', namespace, name, uid },
    nodeName: pod.spec.nodeName,
  };
}

function portsOf(service: KubeObject, pod: KubeObject): SlicePort[] {
  const declared = (pod.spec.containers as { ports?: { name?: string; containerPort: number }[] }[]).flatMap(
    container => container.ports ?? [],
  );
  const ports = (service.spec.ports ?? []) as { name?: string; protocol: string; targetPort: number | string }[];
  return ports.flatMap(({ name, protocol, targetPort }) => {
    const port = typeof targetPort === 'number' ? targetPort : declared.find(candidate => candidate.name === targetPort)?.containerPort;
    return port === undefined ? [] : [{ name: name ?? '', protocol, port }];
  });
}
