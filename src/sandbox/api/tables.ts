/** The Table form of lists, which kubectl asks for to print its columns. */

import type { KubeObject } from '../../cluster/objects.ts';
import { resources, type Resource } from './resources.ts';

type Column = readonly [name: string, value: (object: KubeObject) => string | number];

const age = (nowMs: number): Column => ['Age', object => duration(nowMs - Date.parse(object.metadata.creationTimestamp ?? ''))];

function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86400)}d`;
}

const ports = (object: KubeObject) =>
  ((object.spec.ports ?? []) as { port: number; protocol: string }[]).map(({ port, protocol }) => `${port}/${protocol}`).join(',') ||
  '<none>';

const containers = (pod: KubeObject) =>
  (pod.status?.containerStatuses ?? []) as { ready: boolean; restartCount: number; state?: Record<string, { reason?: string }> }[];

function podStatus(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp) return 'Terminating';
  const reasons = containers(pod).map(({ state }) => state?.waiting?.reason ?? state?.terminated?.reason);
  return reasons.find(reason => reason !== undefined) ?? pod.status?.phase ?? 'Unknown';
}

const columnsOf = new Map<Resource, Column[]>([
  [
    resources.pods,
    [
      ['Ready', pod => `${containers(pod).filter(({ ready }) => ready).length}/${pod.spec.containers.length}`],
      ['Status', podStatus],
      ['Restarts', pod => containers(pod).reduce((sum, { restartCount }) => sum + restartCount, 0)],
    ],
  ],
  [
    resources.replicationcontrollers,
    [
      ['Desired', rc => rc.spec.replicas],
      ['Current', rc => rc.status?.replicas ?? 0],
      ['Ready', rc => rc.status?.readyReplicas ?? 0],
    ],
  ],
  [
    resources.services,
    [
      ['Type', service => service.spec.type],
      ['Cluster-IP', service => service.spec.clusterIP ?? '<none>'],
      ['External-IP', () => '<none>'],
      ['Port(s)', ports],
    ],
  ],
  [
    resources.ingresses,
    [
      ['Class', ingress => ingress.spec.ingressClassName ?? '<none>'],
      ['Hosts', ingress => ((ingress.spec.rules ?? []) as { host?: string }[]).map(({ host }) => host ?? '*').join(',') || '*'],
      ['Address', () => ''],
      ['Ports', ingress => (ingress.spec.tls?.length ? '80, 443' : '80')],
    ],
  ],
  [resources.namespaces, [['Status', namespace => namespace.status?.phase ?? '']]],
  [resources.configmaps, [['Data', map => Object.keys((map.data ?? {}) as object).length]]],
  [
    resources.events,
    [
      ['Type', event => event.type],
      ['Reason', event => event.reason],
      ['Object', event => `${String(event.involvedObject?.kind).toLowerCase()}/${event.involvedObject?.name}`],
      ['Message', event => event.message],
    ],
  ],
]);

export function asTable(resource: Resource, objects: KubeObject[], metadata: Record<string, unknown>, nowMs: number): unknown {
  const columns: Column[] = [['Name', object => object.metadata.name], ...(columnsOf.get(resource) ?? []), age(nowMs)];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columns.map(([name]) => ({
      name,
      type: 'string',
      format: name === 'Name' ? 'name' : '',
      description: '',
      priority: 0,
    })),
    rows: objects.map(object => ({
      cells: columns.map(([, value]) => value(object)),
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
    })),
  };
}
