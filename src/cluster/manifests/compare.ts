/** Wanted against actual: which of our fields differ, and the body that puts them right. All other fields are other people's. */

import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../objects.ts';
import { ingressFields } from './compare-ingress.ts';
import { portsDiffer, mergePorts } from './compare-ports.ts';
import type { PortOfService } from './compare-ports.ts';
import { markNames, ownPrefix } from './marks.ts';
import { ownershipOf } from './ownership.ts';

/** One field or group of fields that we own in a kind of object: whether it differs, and how to put it right in a copy. */
export interface OwnedField {
  path: string;
  differs: boolean;
  repair(copy: KubeObject): void;
}

const field = (container: Record<string, unknown> | undefined, key: string): unknown => container?.[key];

/** A field that is ours altogether. */
function whole(wanted: KubeObject, actual: KubeObject, parent: 'spec' | undefined, key: string): OwnedField {
  const within = (object: KubeObject): Record<string, unknown> | undefined =>
    parent === undefined ? object : (object[parent] as Record<string, unknown> | undefined);
  const value = field(within(wanted), key);
  return {
    path: parent === undefined ? key : `${parent}.${key}`,
    differs: !isDeepStrictEqual(field(within(actual), key), value),
    repair: copy => {
      if (parent === undefined) copy[key] = value;
      else copy[parent] = { ...(copy[parent] as object | undefined), [key]: value };
    },
  };
}

function labelFields(wanted: KubeObject, actual: KubeObject): OwnedField[] {
  return Object.entries(wanted.metadata.labels ?? {}).map(([key, value]) => ({
    path: `metadata.labels[${key}]`,
    differs: actual.metadata.labels?.[key] !== value,
    repair: copy => {
      copy.metadata.labels = { ...copy.metadata.labels, [key]: value };
    },
  }));
}

/** Ours are the wanted ones, everything under our prefix, and what the object's own list says we wrote earlier. The epoch is written, never compared. */
function annotationFields(wanted: KubeObject, actual: KubeObject): OwnedField[] {
  const want = wanted.metadata.annotations ?? {};
  const have = actual.metadata.annotations ?? {};
  const listed = ownershipOf(actual).annotations;
  const stale = Object.keys(have).filter(key => !(key in want) && (key.startsWith(ownPrefix) || listed.has(key)));
  return [...Object.keys(want), ...stale].map(key => ({
    path: `metadata.annotations[${key}]`,
    differs: key !== markNames.epoch && have[key] !== want[key],
    repair: copy => {
      const { [key]: _, ...others } = copy.metadata.annotations ?? {};
      const value = want[key];
      copy.metadata.annotations = value === undefined ? others : { ...others, [key]: value };
    },
  }));
}

function portField(wanted: KubeObject, actual: KubeObject): OwnedField {
  const portsOf = (object: KubeObject): PortOfService[] =>
    (field(object['spec'] as Record<string, unknown> | undefined, 'ports') as PortOfService[] | undefined) ?? [];
  return {
    path: 'spec.ports',
    differs: portsDiffer(portsOf(wanted), portsOf(actual)),
    repair: copy => {
      copy['spec'] = { ...(copy['spec'] as object | undefined), ports: mergePorts(portsOf(wanted), portsOf(copy)) };
    },
  };
}

/** RCs: neither `replicas` (a user's or an autoscaler's) nor `template` (running pods would not change) is put back. */
function specFields(wanted: KubeObject, actual: KubeObject): OwnedField[] {
  switch (wanted.kind) {
    case 'ReplicationController':
      return [whole(wanted, actual, 'spec', 'selector')];
    case 'Service':
      return [whole(wanted, actual, 'spec', 'selector'), portField(wanted, actual)];
    case 'Ingress':
      return ingressFields(wanted, actual);
    case 'ConfigMap':
      return [whole(wanted, actual, undefined, 'data')];
    case 'Middleware':
      return [whole(wanted, actual, undefined, 'spec')];
    default:
      return [];
  }
}

const ownedFields = (wanted: KubeObject, actual: KubeObject): OwnedField[] => [
  ...labelFields(wanted, actual),
  ...annotationFields(wanted, actual),
  ...specFields(wanted, actual),
];

/** Paths of our fields that differ; empty = as wanted. Defaults that the API server fills in do not count. */
export const drift = (wanted: KubeObject, actual: KubeObject): string[] =>
  ownedFields(wanted, actual)
    .filter(owned => owned.differs)
    .map(owned => owned.path);

/** The body for a PUT: `actual` with our fields put right and the wanted epoch; everything else, resourceVersion included, as it was. Neither argument changes. */
export function merge(wanted: KubeObject, actual: KubeObject): KubeObject {
  const copy = structuredClone(actual);
  for (const owned of ownedFields(wanted, actual)) {
    if (owned.differs || owned.path === `metadata.annotations[${markNames.epoch}]`) owned.repair(copy);
  }
  return copy;
}
