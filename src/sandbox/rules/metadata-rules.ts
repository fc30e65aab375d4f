/** Rules that hold for the metadata of every kind. */

import type { KubeObject } from '../../cluster/objects.ts';
import { badValue, required, type Cause } from '../api/failure.ts';
import type { Resource } from '../api/resources.ts';
import { whyNotLabelValue, whyNotName, whyNotQualifiedName } from './names.ts';

const annotationBytes = 256 * 1024;

export function labelFaults(labels: unknown, field: string): Cause[] {
  const faults: Cause[] = [];
  for (const [key, value] of Object.entries((labels ?? {}) as Record<string, string>)) {
    const badKey = whyNotQualifiedName(key);
    if (badKey) faults.push(badValue(field, key, badKey));
    const bad = whyNotLabelValue(value);
    if (bad) faults.push(badValue(field, value, bad));
  }
  return faults;
}

export function annotationFaults(annotations: unknown, field: string): Cause[] {
  const entries = Object.entries((annotations ?? {}) as Record<string, string>);
  const faults = entries.flatMap(([key]) => {
    const bad = whyNotQualifiedName(key.toLowerCase());
    return bad ? [badValue(field, key, bad)] : [];
  });
  const size = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (size > annotationBytes)
    faults.push({ reason: 'FieldValueTooLong', message: `Too long: may not be more than ${annotationBytes} bytes`, field });
  return faults;
}

export function metadataFaults(resource: Resource, object: KubeObject): Cause[] {
  const { metadata } = object;
  const faults: Cause[] = [];
  if (!metadata.name) faults.push(required('metadata.name', 'name or generateName is required'));
  else {
    const bad = whyNotName(metadata.name, resource.nameRule);
    if (bad) faults.push(badValue('metadata.name', metadata.name, bad));
  }
  faults.push(...labelFaults(metadata.labels, 'metadata.labels'), ...annotationFaults(metadata.annotations, 'metadata.annotations'));
  for (const finalizer of metadata.finalizers ?? []) {
    const bad =
      whyNotQualifiedName(finalizer) ??
      (standardFinalizers.has(finalizer) || finalizer.includes('/')
        ? undefined
        : 'name is neither a standard finalizer name nor is it fully qualified');
    if (bad) faults.push(badValue('metadata.finalizers', finalizer, bad));
  }
  return faults;
}

const standardFinalizers = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);
