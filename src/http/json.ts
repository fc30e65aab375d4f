/** JSON from strangers: parsed by the platform, then walked once for what the platform lets through, or would lose. Pure. */

import type { Fault } from '../lib/problem.ts';
import { pointerTo } from './dto.ts';

export const longestDepth = 32;
/** What nobody writes by hand is refused before anything looks at it: its faults alone would keep the server busy. */
export const limits = { keys: 2000, items: 1000, values: 20_000 };

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** The value, or every reason why it is refused: syntax, duplicate or prototype keys, depth, size, numbers and characters that no store or cluster can hold. */
export function parseJson(text: string): { value: unknown } | { faults: Fault[] } {
  // Before it is parsed, which alone would take longer than anybody else should wait.
  if (hasTooMany(text)) return { faults: [{ pointer: '', message: `has more than ${limits.values} keys and items in all` }] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { faults: [{ pointer: '', message: `is not JSON: ${syntaxText(error as SyntaxError, text)}` }] };
  }
  const faults = walk(text);
  return faults.length > 0 ? { faults } : { value };
}

/** Counts the commas outside of strings. `text` may be anything. */
function hasTooMany(text: string): boolean {
  let inString = false;
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) inString = !inString;
    else if (inString && code === 0x5c) at++;
    else if (!inString && code === 0x2c && ++count > limits.values) return true;
  }
  return false;
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
  if (text.startsWith('\ufeff')) return 'it starts with a byte order mark; send it without';
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

const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|-?\d[\d.eE+-]*/gs;

/** Whether a reader would get another number than was written. */
function isLossy(text: string): boolean {
  const value = Number(text);
  return !Number.isFinite(value) || (/^-?\d+$/.test(text) && value !== 0 && String(value) !== text);
}

/** `text` is valid JSON. */
function walk(text: string): Fault[] {
  const faults: Fault[] = [];
  const stack: Frame[] = [];
  let expectKey = false;
  const here = () => pointerTo(...stack.map(frame => frame.at));
  const tooMany = () => pointerTo(...stack.slice(0, -1).map(frame => frame.at));
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
        if (top?.at === limits.items) return [...faults, { pointer: tooMany(), message: `has more than ${limits.items} items` }];
        break;
      case ':':
        expectKey = false;
        break;
      default: {
        if (!part.startsWith('"')) {
          if (isLossy(part))
            faults.push({ pointer: here(), message: 'is a number that cannot be kept as it is written; put it in quotes' });
          break;
        }
        const string = JSON.parse(part) as string;
        if (expectKey && top?.keys) {
          top.at = string;
          if (top.keys.has(string)) faults.push({ pointer: here(), message: 'stands twice in its object; keep one' });
          if (forbiddenKeys.has(string)) faults.push({ pointer: here(), message: 'is a name that is not allowed as a key' });
          top.keys.add(string);
          if (top.keys.size > limits.keys) return [...faults, { pointer: tooMany(), message: `has more than ${limits.keys} keys` }];
        }
        if (string.includes('\u0000')) faults.push({ pointer: here(), message: 'contains the NUL character; remove it' });
        if (/\p{Surrogate}/u.test(string))
          faults.push({ pointer: here(), message: 'contains half of a surrogate pair; send valid Unicode' });
      }
    }
  }
  return faults;
}
