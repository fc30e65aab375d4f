/**
 * What we wrote into an object that others write into too, remembered in its annotation `teal/owns`. Our next version drops what the list names and it no longer
 * wants; whatever stands in no list of ours is somebody else's and stays (an ACME solver's path, an annotation set by hand).
 */

import type { KubeObject } from '../objects.ts';
import { markNames } from './marks.ts';

export interface Ownership {
  annotations: Set<string>;
  hosts: Set<string>;
  tls: boolean;
}

/** The object with its list: these annotations, and of an Ingress its hosts and whether TLS is ours. An object with nothing to list stays as it is. */
export function withOwnership(object: KubeObject, annotations: string[]): KubeObject {
  const rules = (object['spec'] as { rules?: { host: string }[] } | undefined)?.rules ?? [];
  const tls = (object['spec'] as { tls?: { hosts: string[] }[] } | undefined)?.tls ?? [];
  const hosts = new Set([...rules.map(rule => rule.host), ...tls.flatMap(entry => entry.hosts)]);
  const owns = [
    ...annotations.map(key => `annotation:${key}`),
    ...[...hosts].map(host => `host:${host}`),
    ...(tls.length > 0 ? ['tls'] : []),
  ];
  if (owns.length === 0) return object;
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [markNames.owns]: owns.sort().join(' ') } },
  };
}

/** Reads the list back; an object without one (never ours, or stripped) owns nothing more than what is wanted of it now. */
export function ownershipOf(object: KubeObject): Ownership {
  const tokens = (object.metadata.annotations?.[markNames.owns] ?? '').split(' ').filter(token => token !== '');
  const those = (kind: string): Set<string> =>
    new Set(tokens.filter(token => token.startsWith(`${kind}:`)).map(token => token.slice(kind.length + 1)));
  return { annotations: those('annotation'), hosts: those('host'), tls: tokens.includes('tls') };
}
