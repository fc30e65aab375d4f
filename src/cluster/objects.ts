/** Kubernetes objects as raw JSON. Only what Teal reads is typed; everything else passes through untouched, fields newer than us included. */

export interface Metadata {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: { kind: string; name: string; uid: string; controller?: boolean }[];
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  // oxlint-disable-next-line typescript/no-explicit-any -- raw JSON of another system; readers narrow it where they use it
  [field: string]: any;
}

/** The kinds Teal talks about. */
export const kinds = {
  ReplicationController: { apiVersion: 'v1', plural: 'replicationcontrollers' },
  Service: { apiVersion: 'v1', plural: 'services' },
  Pod: { apiVersion: 'v1', plural: 'pods' },
  ConfigMap: { apiVersion: 'v1', plural: 'configmaps' },
  Event: { apiVersion: 'v1', plural: 'events' },
  Namespace: { apiVersion: 'v1', plural: 'namespaces' },
  Ingress: { apiVersion: 'networking.k8s.io/v1', plural: 'ingresses' },
  IngressClass: { apiVersion: 'networking.k8s.io/v1', plural: 'ingressclasses' },
  EndpointSlice: { apiVersion: 'discovery.k8s.io/v1', plural: 'endpointslices' },
  Middleware: { apiVersion: 'traefik.io/v1alpha1', plural: 'middlewares' },
} as const;

export type Kind = keyof typeof kinds;

/** Names one object. `namespace` is empty for what lives outside of namespaces. */
export interface Ref {
  kind: Kind;
  namespace: string;
  name: string;
}

export const refOf = (object: KubeObject): Ref => ({
  kind: object.kind as Kind,
  namespace: object.metadata.namespace ?? '',
  name: object.metadata.name,
});

export const refText = (ref: Ref): string => `${ref.kind} ${ref.name}`;
