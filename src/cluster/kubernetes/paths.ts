/** Addresses of the Kubernetes API. Every name that goes into an address passes here, so that no name can point elsewhere. */

import { ClusterError } from '../cluster.ts';
import { kinds, type Kind, type Ref } from '../objects.ts';

/** Kinds that live outside of namespaces. */
const clusterScoped: ReadonlySet<Kind> = new Set<Kind>(['Namespace', 'IngressClass']);

const refuse = (message: string) => new ClusterError('BAD_REQUEST', message);

/**
 * A name as one segment of a path. The API server's own rule for such names: not empty, not '.' or '..', no '/' and no '%'. Whether the name is good
 * enough for its kind is for the API server to say.
 */
export function segment(name: string, what: string): string {
  if (
    typeof name !== 'string' ||
    name === '' ||
    name === '.' ||
    name === '..' ||
    name.length > 253 ||
    /[/%\\\u0000-\u001f\u007f]/.test(name)
  ) {
    throw refuse(`${what} ${JSON.stringify(name)} cannot be part of an address`);
  }
  return encodeURIComponent(name);
}

/** The path under which all objects of a kind are found. An empty namespace means all namespaces. */
export function collectionPath(kind: Kind, namespace: string): string {
  const entry = kinds[kind] as (typeof kinds)[Kind] | undefined;
  if (!entry) throw refuse(`kind ${JSON.stringify(kind)} is not one that Teal knows`);
  const root = entry.apiVersion === 'v1' ? '/api/v1' : `/apis/${entry.apiVersion}`;
  if (namespace === '' || clusterScoped.has(kind)) return `${root}/${entry.plural}`;
  return `${root}/namespaces/${segment(namespace, 'namespace')}/${entry.plural}`;
}

/** The path of one object. */
export function objectPath(ref: Ref): string {
  if (ref.namespace === '' && !clusterScoped.has(ref.kind)) throw refuse(`${ref.kind} ${JSON.stringify(ref.name)} needs a namespace`);
  return `${collectionPath(ref.kind, ref.namespace)}/${segment(ref.name, `name of a ${ref.kind}`)}`;
}

/** The path under which a new object is created. */
export function creationPath(ref: Ref): string {
  if (ref.namespace === '' && !clusterScoped.has(ref.kind)) throw refuse(`${ref.kind} ${JSON.stringify(ref.name)} needs a namespace`);
  return collectionPath(ref.kind, ref.namespace);
}

export const podLogPath = (namespace: string, pod: string): string => `${objectPath({ kind: 'Pod', namespace, name: pod })}/log`;

/** The pod proxy's path. `path` may carry a query; dot segments are resolved before, so that it never leaves the pod. */
export function podProxyPath(namespace: string, pod: string, port: number, path: string): string {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw refuse(`port ${port} is not a port`);
  if (!path.startsWith('/')) throw refuse(`path ${JSON.stringify(path)} does not start with a slash`);
  let url: URL;
  try {
    url = new URL(`http://pod${path}`);
  } catch {
    throw refuse(`path ${JSON.stringify(path)} is not a path`);
  }
  return `${objectPath({ kind: 'Pod', namespace, name: pod })}:${port}/proxy${url.pathname}${url.search}`;
}
