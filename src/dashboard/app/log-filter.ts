/** Which lines of a log are shown, and where in them the searched text stands. Pure. */

import type { LogEntry, LogLevel } from '../server/shapes.ts';

const rank: Record<LogLevel, number> = { info: 0, warn: 1, error: 2 };

export interface Filter {
  /** This level and what is worse. */
  level: LogLevel;
  search: string;
}

export function matches({ level, message }: LogEntry, filter: Filter): boolean {
  return rank[level] >= rank[filter.level] && message.toLowerCase().includes(filter.search.trim().toLowerCase());
}

/** The text in pieces, those that were searched for marked. */
export function pieces(text: string, search: string): { text: string; found: boolean }[] {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') return [{ text, found: false }];
  const lower = text.toLowerCase();
  // Some letters have another length in lower case; then the places would not be the same.
  if (lower.length !== text.length) return [{ text, found: false }];
  const found: { text: string; found: boolean }[] = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    if (at > from) found.push({ text: text.slice(from, at), found: false });
    found.push({ text: text.slice(at, at + wanted.length), found: true });
    from = at + wanted.length;
  }
  if (from < text.length) found.push({ text: text.slice(from), found: false });
  return found;
}
