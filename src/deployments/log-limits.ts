/** How long a line and a deployment's log may become, and the marks that tell what was left out. Pure. */

import type { LogEntry } from './record.ts';

/** Longest line, characters; what is longer is cut, and the line says so. */
export const maxLineLength = 4000;

/** Lines after which a log takes only those of an outcome: a live version that others meddle with for months must not grow for ever. */
export const maxLogLines = 5000;

type Unnumbered = Omit<LogEntry, 'seq'>;

/** One line without control characters: an entry is a line of the plain log. */
export const oneLine = (text: string): string =>
  text
    .replace(/\s*[\r\n]+\s*/g, ' ⏎ ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ')
    .trimEnd();

/** The line, not longer than allowed. */
export function cutLine(line: string): string {
  if (line.length <= maxLineLength) return line;
  // Half of a surrogate pair is no character.
  const kept = line.slice(0, maxLineLength).replace(/[\ud800-\udbff]$/, '');
  return `${kept} … (${line.length - kept.length} more characters were cut)`;
}

/**
 * Which of `entries` are kept when the first of them would have number `next`. `outcome`: the commit changes status or settles, so its lines are kept whatever the log's
 * length; there are a handful of such commits in a deployment's life.
 */
export function withinLog<E extends Unnumbered>(entries: E[], next: number, outcome: boolean): (E | Unnumbered)[] {
  const room = Math.max(0, maxLogLines - next);
  if (outcome || entries.length <= room) return entries;
  const [firstCut] = entries.slice(room);
  // The mark stands once, as the last line before the limit.
  if (next > maxLogLines || firstCut === undefined) return [];
  const mark = `The log has reached ${String(maxLogLines)} lines: from here on only outcomes are kept`;
  return [...entries.slice(0, room), { time: firstCut.time, level: 'warn', message: mark }];
}
