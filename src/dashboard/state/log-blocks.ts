/** Lines of a log in blocks that never change once they are full. Pure. */

import type { LogEntry } from '../server/shapes.ts';

const blockSize = 100;

/** The same blocks with the new lines behind them. */
export function appended(blocks: readonly (readonly LogEntry[])[], lines: readonly LogEntry[]): readonly (readonly LogEntry[])[] {
  const last = blocks.at(-1) ?? [];
  const open = last.length < blockSize;
  const rest = [...(open ? last : []), ...lines];
  const grown = [...(open ? blocks.slice(0, -1) : blocks)];
  for (let from = 0; from < rest.length; from += blockSize) grown.push(rest.slice(from, from + blockSize));
  return grown;
}
