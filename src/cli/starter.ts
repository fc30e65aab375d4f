/** Descriptors made of an image, or of Kubernetes objects that run today. Pure. */

import type { Container, Descriptor } from './api/types.ts';
import { usageFailure } from './exits.ts';

export interface Wishes {
  app: string | undefined;
  port: number | undefined;
  host: string | undefined;
  health: string | undefined;
}

export interface Starter {
  descriptor: Descriptor;
  /** What somebody should look at. */
  notes: string[];
}

const usualPort = 8080;

/** `registry:5000/team/Shop_Web:1.2@sha256:...` runs the app `shop-web`. */
export function appNameOf(image: string): string {
  const last = image.split('@', 1)[0]?.split('/').at(-1)?.split(':', 1)[0] ?? '';
  const name = last
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '');
  return name === '' ? 'app' : name.slice(0, 40).replace(/-+$/, '');
}

const healthOf = (path: string): Partial<Descriptor> => ({
  useHealthCheck: true,
  healthCheckPath: path.replace(/^\//, ''),
  healthCheckType: 'simple',
});

export function fromImage(image: string, { app, port = usualPort, host, health }: Wishes): Starter {
  const appName = app ?? appNameOf(image);
  return {
    descriptor: {
      appName,
      newVersion: '#',
      replicas: 2,
      ...(host === undefined ? {} : { frontend: host }),
      ...(health === undefined ? {} : healthOf(health)),
      injectPreStop: true,
      podspec: { containers: [{ name: appName, image, ports: [{ name: 'http', containerPort: port }] }] },
    },
    notes: [
      ...(host === undefined ? ['no host name: add frontend, or --host NAME, to be reached through the proxy'] : []),
      ...(health === undefined ? ['no health check: readiness alone decides; --health PATH adds one'] : []),
    ],
  };
}

interface KubernetesObject {
  kind: string;
  metadata?: { name?: string; namespace?: string };
  spec?: Record<string, unknown>;
}

const isObject = (value: unknown): value is KubernetesObject => typeof value === 'object' && value !== null && 'kind' in value;

/** The objects of a `List` are as good as documents of their own. */
const flat = (values: readonly unknown[]): KubernetesObject[] =>
  values
    .filter(isObject)
    .flatMap(value => (value.kind === 'List' && 'items' in value && Array.isArray(value.items) ? flat(value.items as unknown[]) : [value]));

const sources = ['Deployment', 'ReplicaSet', 'ReplicationController'];

export function fromObjects(values: readonly unknown[], wishes: Wishes): Starter {
  const objects = flat(values);
  const workloads = objects.filter(({ kind }) => sources.includes(kind));
  const [workload] = workloads;
  if (workload === undefined)
    throw usageFailure(`there is no Deployment in it${objects.length > 0 ? `, only ${objects.map(({ kind }) => kind).join(', ')}` : ''}`);
  if (workloads.length > 1)
    throw usageFailure('there are several Deployments in it; give one', ...workloads.map(({ metadata }) => `  ${metadata?.name ?? ''}`));
  const { replicas = 1, template } = (workload.spec ?? {}) as {
    replicas?: number;
    template?: { metadata?: PodMetadata; spec?: Record<string, unknown> };
  };
  const podspec = template?.spec as { containers?: Container[] } | undefined;
  if (podspec?.containers === undefined) throw usageFailure(`the ${workload.kind} has no spec.template.spec.containers`);
  const { restartPolicy: _always, ...pods } = podspec as Record<string, unknown>;
  const host = wishes.host ?? hostOf(objects);
  const health = wishes.health ?? probePath(podspec.containers);
  const kept = keptMetadata(template?.metadata);
  return {
    descriptor: {
      appName: wishes.app ?? workload.metadata?.name ?? 'app',
      newVersion: '#',
      ...(workload.metadata?.namespace === undefined ? {} : { namespace: workload.metadata.namespace }),
      replicas,
      ...(host === undefined ? {} : { frontend: host }),
      ...(health === undefined ? {} : healthOf(health)),
      injectPreStop: true,
      ...kept,
      podspec: pods as Descriptor['podspec'],
    },
    notes: notesOf(workload, { host, health }),
  };
}

interface PodMetadata {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** Labels by which others select pods would let them take pods of Teal, so those that select stay behind. */
function keptMetadata({ labels = {}, annotations = {} }: PodMetadata = {}): {
  labels?: PodMetadata['labels'];
  annotations?: PodMetadata['annotations'];
} {
  const own = Object.entries(labels).filter(([name]) => !/^(app|name|version|pod-template-hash|app\.kubernetes\.io\/.*)$/.test(name));
  return {
    ...(own.length === 0 ? {} : { labels: Object.fromEntries(own) }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

function hostOf(objects: readonly KubernetesObject[]): string | undefined {
  const rules = objects
    .filter(({ kind }) => kind === 'Ingress')
    .flatMap(({ spec }) => (Array.isArray(spec?.['rules']) ? (spec['rules'] as { host?: string }[]) : []));
  return rules.find(({ host }) => host !== undefined)?.host;
}

function probePath(containers: readonly Container[]): string | undefined {
  for (const { readinessProbe } of containers) {
    const path = (readinessProbe as { httpGet?: { path?: string } } | undefined)?.httpGet?.path;
    if (path !== undefined) return path;
  }
  return undefined;
}

function notesOf(
  { kind, metadata }: KubernetesObject,
  { host, health }: { host: string | undefined; health: string | undefined },
): string[] {
  const name = metadata?.name ?? '';
  return [
    `the ${kind} ${name} goes on beside Teal's pods; remove it, its Service and its Ingress once the traffic comes through Teal`,
    ...(host === undefined ? ['no host name: add frontend, or --host NAME'] : []),
    ...(health === undefined ? ['no health check: readiness alone decides'] : []),
  ];
}
