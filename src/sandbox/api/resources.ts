/** The resources that the simulated API server knows, and how each behaves. */

export type NameRule = 'dns1123-subdomain' | 'dns1123-label' | 'dns1035-label';

export interface Resource {
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  shortNames: string[];
  namespaced: boolean;
  nameRule: NameRule;
  subresources: readonly string[];
  /** Which fields count for metadata.generation; none for kinds without one. */
  generation: boolean;
  /** What happens to dependents when a delete does not say. */
  propagation: 'Background' | 'Orphan';
  /** A delete answers with the object, not with a Status. */
  returnsDeleted: boolean;
  /** PUT of an absent object creates it. */
  createOnUpdate: boolean;
  /** Custom resources: no schema, items of lists carry kind and apiVersion. */
  custom: boolean;
}

type Options = Partial<Omit<Resource, 'kind' | 'plural'>>;

function define(kind: string, plural: string, options: Options = {}): Resource {
  return {
    group: '',
    version: 'v1',
    kind,
    plural,
    singular: kind.toLowerCase(),
    shortNames: [],
    namespaced: true,
    nameRule: 'dns1123-subdomain',
    subresources: [],
    generation: false,
    propagation: 'Background',
    returnsDeleted: false,
    createOnUpdate: false,
    custom: false,
    ...options,
  };
}

const networking = { group: 'networking.k8s.io' };

export const resources = {
  namespaces: define('Namespace', 'namespaces', {
    namespaced: false,
    nameRule: 'dns1123-label',
    shortNames: ['ns'],
    subresources: ['status', 'finalize'],
    returnsDeleted: true,
  }),
  pods: define('Pod', 'pods', { shortNames: ['po'], subresources: ['status', 'log', 'proxy'], generation: true, returnsDeleted: true }),
  services: define('Service', 'services', {
    nameRule: 'dns1035-label',
    shortNames: ['svc'],
    subresources: ['status', 'proxy'],
    returnsDeleted: true,
    createOnUpdate: true,
  }),
  replicationcontrollers: define('ReplicationController', 'replicationcontrollers', {
    shortNames: ['rc'],
    subresources: ['status', 'scale'],
    generation: true,
    propagation: 'Orphan',
  }),
  configmaps: define('ConfigMap', 'configmaps', { shortNames: ['cm'] }),
  secrets: define('Secret', 'secrets'),
  events: define('Event', 'events', { shortNames: ['ev'], createOnUpdate: true }),
  serviceaccounts: define('ServiceAccount', 'serviceaccounts', { shortNames: ['sa'], returnsDeleted: true }),
  resourcequotas: define('ResourceQuota', 'resourcequotas', { shortNames: ['quota'], subresources: ['status'], returnsDeleted: true }),
  ingresses: define('Ingress', 'ingresses', { ...networking, shortNames: ['ing'], subresources: ['status'], generation: true }),
  ingressclasses: define('IngressClass', 'ingressclasses', { ...networking, namespaced: false, generation: true }),
  endpointslices: define('EndpointSlice', 'endpointslices', { group: 'discovery.k8s.io', generation: true }),
  middlewares: define('Middleware', 'middlewares', { group: 'traefik.io', version: 'v1alpha1', generation: true, custom: true }),
} satisfies Record<string, Resource>;

export type ResourceName = keyof typeof resources;

export const allResources: Resource[] = Object.values(resources);

export const groupVersionOf = (resource: Resource): string => (resource.group ? `${resource.group}/${resource.version}` : resource.version);

export function findResource(group: string, version: string, plural: string): Resource | undefined {
  return allResources.find(resource => resource.group === group && resource.version === version && resource.plural === plural);
}

/** The resource of a kind as ownerReferences and manifests name it. */
export function resourceOfKind(apiVersion: string, kind: string): Resource | undefined {
  return allResources.find(resource => resource.kind === kind && groupVersionOf(resource) === apiVersion);
}
