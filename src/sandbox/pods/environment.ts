/** The environment of a container: values, references to fields, ConfigMaps and Secrets, `$(NAME)` expanded. */

import type { KubeObject } from '../../cluster/objects.ts';
import { resources } from '../api/resources.ts';
import type { Storage } from '../storage.ts';

interface KeyRef {
  name?: string;
  key?: string;
  optional?: boolean;
}
interface Variable {
  name: string;
  value?: string;
  valueFrom?: { fieldRef?: { fieldPath: string }; configMapKeyRef?: KeyRef; secretKeyRef?: KeyRef };
}
interface Source {
  prefix?: string;
  configMapRef?: KeyRef;
  secretRef?: KeyRef;
}

export type Environment = { ok: true; env: Record<string, string> } | { ok: false; message: string };

class MissingReference extends Error {}

export function environmentOf(storage: Storage, pod: KubeObject, container: KubeObject, podIp: string): Environment {
  const env: Record<string, string> = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOSTNAME: pod.metadata.name };
  try {
    for (const source of (container.envFrom ?? []) as Source[]) {
      for (const [key, value] of Object.entries(dataOf(storage, pod, source.configMapRef, source.secretRef) ?? {}))
        env[(source.prefix ?? '') + key] = value;
    }
    for (const variable of (container.env ?? []) as Variable[]) {
      const value = valueOf(storage, pod, variable, podIp);
      if (value !== undefined)
        env[variable.name] = value.replace(/\$(\$|\(([^)]+)\))/g, (text, escape, name) =>
          escape === '$' ? '$' : (env[name as string] ?? text),
        );
    }
    return { ok: true, env };
  } catch (error) {
    if (error instanceof MissingReference) return { ok: false, message: error.message };
    throw error;
  }
}

function valueOf(storage: Storage, pod: KubeObject, { value, valueFrom }: Variable, podIp: string): string | undefined {
  if (!valueFrom) return value ?? '';
  if (valueFrom.fieldRef) return fieldOf(pod, valueFrom.fieldRef.fieldPath, podIp);
  const reference = valueFrom.configMapKeyRef ?? valueFrom.secretKeyRef;
  if (!reference) return '';
  const found = dataOf(storage, pod, valueFrom.configMapKeyRef, valueFrom.secretKeyRef)?.[reference.key ?? ''];
  if (found === undefined && !reference.optional)
    throw new MissingReference(`couldn't find key ${reference.key} in ${pod.metadata.namespace}/${reference.name}`);
  return found;
}

function fieldOf(pod: KubeObject, path: string, podIp: string): string {
  const [, map, key] = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path) ?? [];
  if (map && key) return (pod.metadata[map as 'labels' | 'annotations'] ?? {})[key] ?? '';
  if (path === 'status.podIP' || path === 'status.podIPs') return podIp;
  if (path === 'status.hostIP') return '127.0.0.1';
  const value = path.split('.').reduce<unknown>((current, step) => (current as Record<string, unknown> | undefined)?.[step], pod);
  return typeof value === 'string' ? value : '';
}

function dataOf(
  storage: Storage,
  pod: KubeObject,
  configMap: KeyRef | undefined,
  secret: KeyRef | undefined,
): Record<string, string> | undefined {
  const reference = configMap ?? secret;
  if (!reference) return undefined;
  const resource = configMap ? resources.configmaps : resources.secrets;
  const found = storage.get(resource, pod.metadata.namespace ?? '', reference.name ?? '');
  if (!found) {
    if (reference.optional) return undefined;
    throw new MissingReference(`${resource.singular} "${reference.name}" not found`);
  }
  const data = (found.data ?? {}) as Record<string, string>;
  if (configMap) return data;
  return {
    ...Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])),
    ...found.stringData,
  };
}
