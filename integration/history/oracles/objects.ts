/** Exactly the expected objects stand, and what belongs to others is as it was. */

import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../src/cluster/objects.ts';
import type { ObjectChange } from '../history.ts';

const textOf = (object: KubeObject): string => `${object.kind} ${object.metadata.name}`;

/** Objects in the app's range of names (its own name, and `name-...`) that are not in `foreign`, against those that a version needs. */
export function unexpected(
  standing: readonly KubeObject[],
  appName: string,
  version: string | undefined,
  foreign: ReadonlySet<string>,
): string[] {
  const wanted =
    version === undefined
      ? []
      : [
          `Ingress ${appName}`,
          `Ingress ${appName}-${version}`,
          `ReplicationController ${appName}-${version}`,
          `Service ${appName}`,
          `Service ${appName}-${version}`,
        ];
  const found = standing
    .filter(({ metadata: { name, uid } }) => (name === appName || name.startsWith(`${appName}-`)) && !foreign.has(uid ?? ''))
    .map(textOf);
  return [
    ...found.filter(text => !wanted.includes(text)).map(text => `${text} stands, and nobody wants it`),
    ...wanted.filter(text => !found.includes(text)).map(text => `${text} is missing`),
  ];
}

/** What people set; status and bookkeeping of the cluster are left out. */
const settings = ({ kind, metadata, spec, data }: KubeObject) => ({
  kind,
  labels: metadata.labels,
  annotations: metadata.annotations,
  finalizers: metadata.finalizers,
  spec: spec as unknown,
  data: data as unknown,
});

/** Changes of foreign objects, by uid as they were made. */
export function touched(changes: readonly ObjectChange[], foreign: readonly KubeObject[]): string[] {
  const made = new Map(foreign.map(object => [object.metadata.uid ?? '', object]));
  return changes.flatMap(({ type, revision, object }) => {
    const before = made.get(object.metadata.uid ?? '');
    if (!before) return [];
    if (type === 'deleted') return [`revision ${revision}: ${textOf(object)} of others was deleted`];
    return isDeepStrictEqual(settings(before), settings(object)) ? [] : [`revision ${revision}: ${textOf(object)} of others was changed`];
  });
}
