/** A descriptor as YAML, and where in the text each fault stands. */

import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, stringify, type Node } from 'yaml';
import type { Descriptor } from '../server/shapes.ts';
import { stepsOf } from './pointer.ts';

export function yamlOf(descriptor: Partial<Descriptor>): string {
  const { id: _id, created: _created, lastModified: _modified, ...rest } = descriptor;
  return stringify(rest, { lineWidth: 0 });
}

export type Read =
  | { ok: true; value: Record<string, unknown>; lineOf(pointer: string): number | undefined }
  | { ok: false; line: number | undefined; message: string };

/** JSON is YAML too. */
export function readYaml(text: string): Read {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error) return { ok: false, line: lines.linePos(error.pos[0]).line, message: error.message };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    return { ok: false, line: undefined, message: cause instanceof Error ? cause.message : String(cause) };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { ok: false, line: 1, message: 'a descriptor is a map of fields' };
  return {
    ok: true,
    value: value as Record<string, unknown>,
    lineOf(pointer) {
      const at = startOf(document.contents, stepsOf(pointer));
      return at === undefined ? undefined : lines.linePos(at).line;
    },
  };
}

/** Where the place begins, or the nearest one around it that is there. */
function startOf(node: Node | null, steps: readonly string[]): number | undefined {
  const [step, ...rest] = steps;
  const own = node?.range?.[0];
  if (step === undefined) return own;
  if (isMap(node)) {
    const pair = node.items.find(item => isPair(item) && isScalar(item.key) && String(item.key.value) === step);
    if (!pair || !isScalar(pair.key)) return own;
    return rest.length === 0 ? pair.key.range?.[0] : (startOf(pair.value as Node | null, rest) ?? pair.key.range?.[0]);
  }
  if (isSeq(node)) return startOf((node.items[Number(step)] as Node | undefined) ?? null, rest) ?? own;
  return own;
}
