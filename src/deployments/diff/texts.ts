/** Descriptors and objects as people compare them: YAML, its fields in one order, without what changes by itself. Pure. */

import { stringify } from 'yaml';
import type { KubeObject } from '../../cluster/objects.ts';
import type { DescriptorSpec } from '../../descriptors/index.ts';

const yaml = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, sortMapEntries: true });

export const descriptorText = (spec: DescriptorSpec): string => {
  const { id: _id, created: _created, lastModified: _lastModified, ...own } = spec as DescriptorSpec & Record<string, unknown>;
  return yaml(own);
};

/** Which deployment made an object, at which epoch. */
const marks = /^ *teal\/(deployment|epoch): .*\n/gm;
/** A name that nobody but the proxy is to know, another one for each version. */
const unguessable = /preview-[0-9a-f]{32}\.teal\.invalid/g;

export function objectText(object: KubeObject): string {
  const { apiVersion, kind, metadata, status: _status, ...rest } = object;
  const { name, labels, annotations } = metadata;
  return yaml({ apiVersion, kind, metadata: { name, labels, annotations }, ...rest })
    .replace(marks, '')
    .replace(unguessable, 'preview.teal.invalid');
}
