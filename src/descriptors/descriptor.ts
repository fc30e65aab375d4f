/** What a user wants to run. The value as stored and shown; dto.ts guards the way in, rules.ts says what is allowed. */

export interface Container {
  name: string;
  image: string;
  ports?: { name?: string; containerPort: number; protocol?: string }[];
  env?: { name: string; value?: string; valueFrom?: unknown }[];
  [field: string]: unknown;
}

/** A Kubernetes v1 PodSpec, passed through untouched. */
export interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
  imagePullSecrets?: { name: string }[];
  hostNetwork?: boolean;
  terminationGracePeriodSeconds?: number;
  [field: string]: unknown;
}

export type HealthCheckType = 'probe' | 'simple';
export type RoutingMode = 'versioned' | 'stable-service';

/** The part of a descriptor that users write. */
export interface DescriptorSpec {
  namespace: string;
  /** DNS-1035 label. */
  appName: string;
  /** `#` = the next number, else a Kubernetes label value. */
  newVersion: string;
  webhooks?: { key: string; description?: string }[];
  deploymentType: 'blue-green';
  replicas: number;
  /** Host name; without it the app is not routed from outside. */
  frontend?: string;
  redirectWww: boolean;
  useCompression: boolean;
  useStickySessions: boolean;
  tlsSecretName?: string;
  additionHttpHeaders?: { Header: string; Value: string }[];
  useHealthCheck: boolean;
  healthCheckPort?: number;
  healthCheckPath?: string;
  healthCheckType?: HealthCheckType;
  ignoreHealthCheck: boolean;
  imagePullSecrets?: { name: string }[];
  environment?: Record<string, string>;
  /** Seconds from `starting` until healthy. Absent = the server's setting; so for the next two. */
  timeoutSeconds?: number;
  confirmSeconds?: number;
  drainSeconds?: number;
  routing?: RoutingMode;
  promotion?: 'auto' | 'manual';
  /** Waits so long in `waiting` before the switch. */
  promotionSeconds?: number;
  /** Default true: traffic goes back by itself while the old version runs. */
  autoRollback: boolean;
  injectPreStop: boolean;
  /** Extra labels and annotations of the pods. */
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  podspec: PodSpec;
}

export interface Descriptor extends DescriptorSpec {
  id: string;
  /** RFC 3339, UTC, milliseconds. */
  created: string;
  lastModified: string;
}

/** The version part of object names: lower case, with '-' for '.' and '_'. */
export const versionInNames = (version: string): string => version.toLowerCase().replace(/[._]/g, '-');

/** Name of the objects of one version: `app-version`. */
export const versionedName = (appName: string, version: string): string => `${appName}-${versionInNames(version)}`;

/**
 * The port that health checks ask (seed, "Health checks"): `healthCheckPort` when given; else of the first container: none declared = 9999, one = it, several = the one named
 * `healthcheck`. Undefined when no rule gives one.
 */
export function healthCheckPort(spec: Pick<DescriptorSpec, 'healthCheckPort' | 'podspec'>): number | undefined {
  if (spec.healthCheckPort !== undefined) return spec.healthCheckPort;
  const ports = spec.podspec.containers[0]?.ports ?? [];
  if (ports.length === 0) return 9999;
  if (ports.length === 1) return ports[0]?.containerPort;
  return ports.find(port => port.name === 'healthcheck')?.containerPort;
}
