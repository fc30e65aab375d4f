/** Rules that one type cannot say: what names may be, what goes together. Each is tolerant: a field of the wrong type is dto.ts's fault, not its own. Pure. */

import { kindOf, pointerTo, whyNoNamespace } from '../http/index.ts';
import { whyNoAppName, whyNoHostName, whyNoPath, whyNoVariableName } from '../lib/names.ts';
import type { Fault } from '../lib/problem.ts';
import { healthCheckPort, versionInNames, type DescriptorSpec } from './descriptor.ts';
import { whyNoHeaderName, whyNoHeaderValue, whyNoLabelValue, whyNoObjectName, whyNoQualifiedName, whyNoVersion } from './names.ts';
import { isObject, podSpecFaults } from './pod-spec.ts';

type Json = Record<string, unknown>;

export interface Limits {
  maxReplicas: number;
}

/** Numbers for `#` have at most so many digits. */
const digitsOfNumber = 10;

/** Every fault of the whole descriptor. */
export function ruleFaults(raw: Json, limits: Limits): Fault[] {
  return [
    ...nameFaults(raw),
    ...amountFaults(raw, limits),
    ...routeFaults(raw),
    ...healthFaults(raw),
    ...listFaults(raw),
    ...mapFaults(raw),
    ...(isObject(raw.podspec) ? podSpecFaults(raw.podspec) : []),
  ];
}

const when = (field: string, value: unknown, why: (text: string) => string | undefined): Fault[] => {
  const message = typeof value === 'string' ? why(value) : undefined;
  return message === undefined ? [] : [{ pointer: pointerTo(field), message }];
};

function nameFaults(raw: Json): Fault[] {
  const { appName, newVersion } = raw;
  const faults = [
    ...when('namespace', raw.namespace, whyNoNamespace),
    ...when('appName', appName, whyNoAppName),
    ...when('newVersion', newVersion, whyNoVersion),
  ];
  if (faults.length > 0 || typeof appName !== 'string' || typeof newVersion !== 'string') return faults;
  const version = newVersion === '#' ? digitsOfNumber : versionInNames(newVersion).length;
  const length = appName.length + 1 + version;
  if (length <= 63) return [];
  const reserved = newVersion === '#' ? `, of which ${digitsOfNumber} are reserved for the number` : '';
  return [
    {
      pointer: '/appName',
      message: `with its version the names of objects would have ${length} characters${reserved}; 63 fit: shorten it by ${length - 63}`,
    },
  ];
}

function amountFaults({ replicas }: Json, { maxReplicas }: Limits): Fault[] {
  if (typeof replicas !== 'number' || replicas <= maxReplicas) return [];
  return [{ pointer: '/replicas', message: `must be an integer from 1 to ${maxReplicas}, the maximum of this server` }];
}

function routeFaults(raw: Json): Fault[] {
  const { frontend, redirectWww } = raw;
  const faults = [...when('frontend', frontend, whyNoHostName), ...when('tlsSecretName', raw.tlsSecretName, whyNoObjectName)];
  if (faults.length === 0 && redirectWww === true && typeof frontend === 'string') {
    if (frontend.startsWith('www.'))
      faults.push({ pointer: '/redirectWww', message: 'must be false when frontend starts with "www.": it would redirect www.www.' });
    else if (frontend.length > 249)
      faults.push({ pointer: '/frontend', message: 'must leave room for "www.": at most 249 characters with redirectWww' });
  }
  return faults;
}

function healthFaults(raw: Json): Fault[] {
  const faults = when('healthCheckPath', raw.healthCheckPath, whyNoPath);
  if (raw.useHealthCheck !== true) return faults;
  const needed = {
    healthCheckPath: '',
    healthCheckType: ': "simple" (healthy is an answer of 2xx) or "probe" (its JSON must say "healthy": true as well)',
  };
  for (const [field, which] of Object.entries(needed)) {
    if (raw[field] === undefined) faults.push({ pointer: pointerTo(field), message: `is required when useHealthCheck is true${which}` });
  }
  const { healthCheckPort: given, podspec } = raw;
  if (!isObject(podspec) || !Array.isArray(podspec.containers)) return faults;
  const containers = (podspec.containers as unknown[]).filter(isObject);
  const portsOf = (container: Json) => (Array.isArray(container.ports) ? (container.ports as unknown[]).filter(isObject) : []);
  const spec = {
    podspec: { containers: containers.map(container => ({ ...container, ports: portsOf(container) })) },
  } as unknown as DescriptorSpec;
  const port = typeof given === 'number' ? given : given === undefined ? healthCheckPort(spec) : undefined;
  if (given === undefined && port === undefined) {
    faults.push({
      pointer: '/healthCheckPort',
      message: 'is required: the first container has several ports and none is named "healthcheck"',
    });
  }
  const declared = containers.flatMap(portsOf).map(entry => entry.containerPort);
  if (podspec.hostNetwork === true && port !== undefined && !declared.includes(port)) {
    faults.push({
      pointer: '/healthCheckPort',
      message: `must be a declared containerPort, because the pod uses the host's network; ${port} is not declared`,
    });
  }
  return faults;
}

function listFaults(raw: Json): Fault[] {
  const faults: Fault[] = [];
  const each = (field: string, key: string, why: (text: string) => string | undefined, unique: ((text: string) => string) | undefined) => {
    const seen = new Set<string>();
    const list: unknown[] = Array.isArray(raw[field]) ? raw[field] : [];
    list.forEach((item, index) => {
      const value = isObject(item) ? item[key] : undefined;
      if (typeof value !== 'string') return;
      const message = why(value) ?? (unique && seen.has(unique(value)) ? 'stands twice in the list; keep one' : undefined);
      if (unique) seen.add(unique(value));
      if (message !== undefined) faults.push({ pointer: pointerTo(field, index, key), message });
    });
  };
  const same = (text: string) => text;
  each('additionHttpHeaders', 'Header', whyNoHeaderName, text => text.toLowerCase());
  each('additionHttpHeaders', 'Value', whyNoHeaderValue, undefined);
  each('imagePullSecrets', 'name', whyNoObjectName, same);
  each('webhooks', 'key', text => (/[\p{Cc}]/u.test(text) ? 'must not contain control characters' : undefined), same);
  each('webhooks', 'description', text => (/[^\P{Cc}\n\t]/u.test(text) ? 'must not contain control characters' : undefined), undefined);
  return faults;
}

const ownLabels = new Set(['app', 'version', 'name', 'app.kubernetes.io/managed-by']);
const isOwn = (key: string) => ownLabels.has(key) || key.startsWith('teal/');

interface MapRule {
  maxBytes: number;
  whyNoKey: (key: string) => string | undefined;
  whyNoValue?: (value: string) => string | undefined;
}

const mapRules: Record<string, MapRule> = {
  environment: { maxBytes: 256 * 1024, whyNoKey: whyNoVariableName },
  labels: {
    maxBytes: 64 * 1024,
    whyNoKey: key => whyNoQualifiedName(key) ?? (isOwn(key) ? 'is set by Teal itself; choose another key' : undefined),
    whyNoValue: whyNoLabelValue,
  },
  annotations: {
    maxBytes: 128 * 1024,
    whyNoKey: key => whyNoQualifiedName(key) ?? (key.startsWith('teal/') ? 'is set by Teal itself; choose another key' : undefined),
  },
};

function mapFaults(raw: Json): Fault[] {
  const faults: Fault[] = [];
  for (const [field, rule] of Object.entries(mapRules)) {
    const map = raw[field];
    if (!isObject(map)) continue;
    let bytes = 0;
    for (const [key, value] of Object.entries(map)) {
      const text = typeof value === 'string' ? value : '';
      bytes += Buffer.byteLength(key) + Buffer.byteLength(text);
      const why =
        rule.whyNoKey(key) ??
        (typeof value === 'string' ? rule.whyNoValue?.(value) : `must be a string; got ${kindOf(value)}: put it in quotes`);
      if (why !== undefined) faults.push({ pointer: pointerTo(field, key), message: why });
    }
    if (bytes > rule.maxBytes)
      faults.push({ pointer: pointerTo(field), message: `must be at most ${rule.maxBytes} bytes in all; it is ${bytes}` });
  }
  return faults;
}

const builtIn = ['APP_NAME', 'POD_NAMESPACE', 'APP_VERSION', 'POD_NAME'];

/** What is accepted but cannot work as asked. */
export function ruleWarnings(spec: DescriptorSpec): string[] {
  const warnings: string[] = [];
  const named = [
    ...Object.keys(spec.environment ?? {}),
    ...spec.podspec.containers.flatMap(container => (container.env ?? []).map(variable => variable.name)),
  ];
  for (const name of builtIn.filter(name => named.includes(name)))
    warnings.push(`the environment variable ${name} is set by Teal itself; the descriptor's value is not used`);
  if (spec.ignoreHealthCheck && spec.useHealthCheck)
    warnings.push('ignoreHealthCheck is on: the health check is not asked before traffic is switched');
  return warnings;
}
