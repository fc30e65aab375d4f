/** The three patch formats that clients send: merge patch (RFC 7386), JSON patch (RFC 6902), strategic merge. */

import { ApiFailure, badRequest } from './failure.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- patches are raw JSON
type Json = any;

const isMap = (value: Json): value is Record<string, Json> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns the patched value; `target` is not changed. Throws 400, 415 or 422. */
export function applyPatch(contentType: string, target: Json, patch: Json): Json {
  switch (contentType.split(';')[0]?.trim()) {
    case 'application/merge-patch+json':
      return mergePatch(target, patch);
    case 'application/strategic-merge-patch+json':
      return strategicPatch(target, patch);
    case 'application/json-patch+json':
      if (!Array.isArray(patch)) throw badRequest('error decoding patch: not a list of operations');
      return patch.reduce(applyOperation, structuredClone(target));
    default:
      throw new ApiFailure(
        415,
        'UnsupportedMediaType',
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json',
      );
  }
}

function mergePatch(target: Json, patch: Json): Json {
  if (!isMap(patch)) return patch;
  const result: Record<string, Json> = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** Lists whose elements are matched by a key; all other lists are replaced. */
const mergeKeys: Record<string, readonly string[]> = {
  containers: ['name'],
  initContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  volumeMounts: ['mountPath'],
  ports: ['containerPort', 'port'],
  conditions: ['type'],
  ownerReferences: ['uid'],
};

function strategicPatch(target: Json, patch: Json): Json {
  if (!isMap(patch)) return patch;
  const { $patch, ...changes } = patch;
  if ($patch === 'replace') return changes;
  const result: Record<string, Json> = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(changes)) {
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const list = key.slice(key.indexOf('/') + 1);
      result[list] = (result[list] ?? []).filter((item: Json) => !value.includes(item));
    } else if (key.startsWith('$')) continue;
    else if (value === null) delete result[key];
    else if (Array.isArray(value)) result[key] = strategicList(key, result[key], value);
    else result[key] = strategicPatch(result[key], value);
  }
  return result;
}

function strategicList(field: string, target: Json, patch: Json[]): Json[] {
  if (field === 'finalizers') return [...new Set([...(target ?? []), ...patch])];
  const key = mergeKeys[field]?.find(name => [...patch, ...(target ?? [])].every(item => isMap(item) && (name in item || item.$patch)));
  if (!key) return patch;
  const result: Json[] = patch.some(item => item.$patch === 'replace') ? [] : [...(target ?? [])];
  for (const item of patch) {
    if (item.$patch === 'replace') continue;
    const at = result.findIndex(other => other[key] === item[key]);
    if (item.$patch === 'delete') {
      if (at >= 0) result.splice(at, 1);
    } else if (at >= 0) result[at] = strategicPatch(result[at], item);
    else result.push(item);
  }
  return result;
}

interface Operation {
  op: string;
  path: string;
  from?: string;
  value?: Json;
}

function applyOperation(document: Json, operation: Operation): Json {
  const { op, path } = operation;
  switch (op) {
    case 'add':
      return edit(document, path, (holder, key) =>
        Array.isArray(holder)
          ? holder.splice(key === '-' ? holder.length : Number(key), 0, operation.value)
          : (holder[key] = operation.value),
      );
    case 'replace':
      valueAt(document, path);
      return edit(document, path, (holder, key) => (holder[key] = operation.value));
    case 'remove':
      valueAt(document, path);
      return edit(document, path, (holder, key) => (Array.isArray(holder) ? holder.splice(Number(key), 1) : delete holder[key]));
    case 'test':
      if (JSON.stringify(valueAt(document, path)) !== JSON.stringify(operation.value))
        throw unprocessable(`testing path ${path} value failed`);
      return document;
    case 'copy':
    case 'move': {
      const value: Json = structuredClone(valueAt(document, operation.from ?? ''));
      const without = op === 'move' ? applyOperation(document, { op: 'remove', path: operation.from ?? '' }) : document;
      return applyOperation(without, { op: 'add', path, value });
    }
    default:
      throw badRequest(`unexpected kind of operation: ${op}`);
  }
}

const unprocessable = (why: string) =>
  new ApiFailure(422, 'Invalid', `the server rejected our request due to an error in our request: ${why}`, {});

const stepsOf = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'));

function valueAt(document: Json, pointer: string): Json {
  const value = stepsOf(pointer).reduce(
    (current, step) => (current === undefined || current === null ? undefined : current[step]),
    document,
  );
  if (value === undefined) throw unprocessable(`no value at ${pointer}`);
  return value;
}

function edit(document: Json, pointer: string, change: (holder: Json, key: string) => unknown): Json {
  const steps = stepsOf(pointer);
  const last = steps.pop();
  if (last === undefined || last === '__proto__' || steps.includes('__proto__')) throw badRequest(`cannot patch at "${pointer}"`);
  const holder = steps.reduce((current, step) => current?.[step], document);
  if (holder === undefined || holder === null || typeof holder !== 'object') throw unprocessable(`no place at ${pointer}`);
  change(holder, last);
  return document;
}
