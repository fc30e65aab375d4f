/** JSON as it was sent -> descriptor, or every fault at once. Pure. */

import { checkDto, kindOf } from '../http/index.ts';
import type { Fault } from '../lib/problem.ts';
import type { DescriptorSpec } from './descriptor.ts';
import { DescriptorDto } from './dto.ts';
import { isObject } from './pod-spec.ts';
import { ruleFaults, ruleWarnings, type Limits } from './rules.ts';

type Json = Record<string, unknown>;

/** Set by the server; what a client sends for them is ignored, so that a descriptor read can be sent back. */
const setByServer = ['id', 'created', 'lastModified'];

/** Of the original deployer; they did nothing there either, or hold what must not be stored. */
const legacy = [
  'email',
  'password',
  'useExternalHealthCheck',
  'externalHealthCheckPath',
  'readinessPort',
  'deployedVersion',
  'deploymentTs',
];

export type Parsed = { value: DescriptorSpec; warnings: string[] } | { faults: Fault[]; warnings: string[] };

export interface ParseContext extends Limits {
  /** That of the query; the body's must be the same, or absent. */
  namespace: string;
}

export function parseDescriptor(raw: unknown, context: ParseContext): Parsed {
  if (!isObject(raw)) return { faults: [{ pointer: '', message: `must be a JSON object; got ${kindOf(raw)}` }], warnings: [] };
  const { kept, warnings } = withoutDropped(raw);
  const structural = checkDto(DescriptorDto, kept).faults;
  const faults = [
    ...structural,
    ...ruleFaults(kept, context).filter(fault => !structural.some(other => covers(other.pointer, fault.pointer))),
  ];
  if (typeof kept.namespace === 'string' && kept.namespace !== context.namespace && !faults.some(fault => fault.pointer === '/namespace')) {
    faults.push({ pointer: '/namespace', message: `must be "${context.namespace}", as in the query, or left out` });
  }
  if (faults.length > 0) return { faults, warnings };
  const value = withDefaults(kept, context.namespace);
  return { value, warnings: [...warnings, ...ruleWarnings(value)] };
}

const covers = (outer: string, inner: string) => inner === outer || inner.startsWith(`${outer}/`);

function withoutDropped(raw: Json): { kept: Json; warnings: string[] } {
  const kept: Json = {};
  const warnings: string[] = [];
  for (const [field, value] of Object.entries(raw)) {
    if (setByServer.includes(field)) continue;
    if (legacy.includes(field)) warnings.push(`${field} is a field of the original deployer; it is dropped`);
    else kept[field] = field === 'additionHttpHeaders' && Array.isArray(value) ? value.map(asHeader) : value;
  }
  return { kept, warnings };
}

/** `header` and `value` are taken for `Header` and `Value`. */
function asHeader(item: unknown): unknown {
  if (!isObject(item)) return item;
  const { header, value, ...rest } = item;
  return { ...(header === undefined ? {} : { Header: header }), ...(value === undefined ? {} : { Value: value }), ...rest };
}

function withDefaults(kept: Json, namespace: string): DescriptorSpec {
  return {
    deploymentType: 'blue-green',
    replicas: 1,
    redirectWww: false,
    useCompression: false,
    useStickySessions: false,
    useHealthCheck: false,
    ignoreHealthCheck: false,
    autoRollback: true,
    injectPreStop: false,
    ...kept,
    namespace,
  } as unknown as DescriptorSpec;
}
