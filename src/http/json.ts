/** JSON from strangers: parsed by the platform, then walked once for what the platform lets through. Pure. */

import type { Fault } from '../lib/problem.ts';
import { pointerTo } from './dto.ts';

export const longestDepth = 32;

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** The value, or every reason why it is refused: syntax, duplicate or prototype keys, depth, characters that no store or cluster can hold. */
export function parseJson(text: string): { value: unknown } | { faults: Fault[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { faults: [{ pointer: '', message: `is not JSON: ${syntaxText(error as SyntaxError, text)}` }] };
  }
  const faults = walk(text);
  return faults.length > 0 ? { faults } : { value };
}

const lexeme =
  /\s*(?:"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:])/y;

/** The first place where nothing that JSON has can start; undefined when the words are right and only their order is wrong. */
function wrongWord(text: string): number | undefined {
  let end = 0;
  for (lexeme.lastIndex = 0; lexeme.test(text);) end = lexeme.lastIndex;
  const rest = text.slice(end);
  return rest.trim() === '' ? undefined : end + (rest.length - rest.trimStart().length);
}

/** Where the text stops being JSON. V8 quotes the text itself, which may hold secrets: only the position is told. */
function syntaxText(error: SyntaxError, text: string): string {
  if (text.trim() === '') return 'the body is empty';
  if (/end of/i.test(error.message)) return 'it ends too early';
  const told = /at position (\d+)/.exec(error.message)?.[1];
  const position = told === undefined ? wrongWord(text) : Number(told);
  if (position === undefined) return 'wrong syntax';
  const before = text.slice(0, position).split('\n');
  return `wrong syntax at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

interface Frame {
  /** Undefined for an array. */
  keys?: Set<string>;
  /** The key or index under way. */
  at: string | number;
}

const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/gs;

/** `text` is valid JSON. */
function walk(text: string): Fault[] {
  const faults: Fault[] = [];
  const stack: Frame[] = [];
  let expectKey = false;
  const here = () => pointerTo(...stack.map(frame => frame.at));
  for (const [part] of text.matchAll(token)) {
    const top = stack.at(-1);
    switch (part) {
      case '{':
      case '[':
        if (stack.length === longestDepth) return [...faults, { pointer: here(), message: `is nested deeper than ${longestDepth} levels` }];
        stack.push(part === '{' ? { keys: new Set(), at: '' } : { at: 0 });
        expectKey = part === '{';
        break;
      case '}':
      case ']':
        stack.pop();
        expectKey = false;
        break;
      case ',':
        if (top?.keys) expectKey = true;
        else if (top) top.at = Number(top.at) + 1;
        break;
      case ':':
        expectKey = false;
        break;
      default: {
        const string = JSON.parse(part) as string;
        if (expectKey && top?.keys) {
          top.at = string;
          if (top.keys.has(string)) faults.push({ pointer: here(), message: 'stands twice in its object; keep one' });
          if (forbiddenKeys.has(string)) faults.push({ pointer: here(), message: 'is a name that is not allowed as a key' });
          top.keys.add(string);
        }
        if (string.includes('\u0000')) faults.push({ pointer: here(), message: 'contains the NUL character; remove it' });
        if (/\p{Surrogate}/u.test(string))
          faults.push({ pointer: here(), message: 'contains half of a surrogate pair; send valid Unicode' });
      }
    }
  }
  return faults;
}
