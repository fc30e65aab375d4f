/** What is different between two versions of a value, as the audit may tell it: pointers, and values unless they could be secrets. Pure. */

import { mask } from '../lib/known-values.ts';
import type { Change, FieldChange } from './record.ts';

const mostFields = 50;
const longestValue = 200;

/** Places whose values people use for secrets, and names that say so themselves. */
const guarded = /\/(env|environment|args|command|annotations|additionHttpHeaders|webhooks)(\/|$)/;
const secretName = /secret|passw|token|credential|auth|key|private|cert/i;

type Json = Record<string, unknown> | unknown[];
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Names are no secrets, only what stands beside them. */
const isName = (pointer: string): boolean => /\/(env\/\d+\/name|additionHttpHeaders\/\d+\/Header)$/.test(pointer);

function shown(pointer: string, value: unknown): unknown {
  if (!isName(pointer) && (guarded.test(pointer) || secretName.test(pointer))) return mask;
  const text = JSON.stringify(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : value;
}

const keysOf = (value: unknown): string[] => (isJson(value) ? Object.keys(value) : []);
const at = (value: unknown, key: string): unknown =>
  isJson(value) && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** Leaves that differ, in the order of their pointers. */
function* differences(before: unknown, after: unknown, pointer: string): Generator<FieldChange> {
  if (isJson(before) || isJson(after)) {
    for (const key of [...new Set([...keysOf(before), ...keysOf(after)])].sort())
      yield* differences(at(before, key), at(after, key), `${pointer}/${escaped(key)}`);
    // An empty object has no leaves of its own.
    if (keysOf(before).length > 0 || keysOf(after).length > 0) return;
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  yield {
    pointer,
    ...(before === undefined ? {} : { before: shown(pointer, before) }),
    ...(after === undefined ? {} : { after: shown(pointer, after) }),
  };
}

/** The fields that differ, the first fifty by name. */
export function changedFields(before: object, after: object): Pick<Change, 'fields' | 'moreFields'> {
  const all = [...differences(before, after, '')];
  const fields = all.slice(0, mostFields);
  return { fields, ...(all.length > fields.length ? { moreFields: all.length - fields.length } : {}) };
}
