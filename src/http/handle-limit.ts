/** How many file handles this process may have open. */

import { readFileSync } from 'node:fs';

/** Of `/proc/PID/limits`: the soft limit. Infinity when there is none, or when it is not told. */
export function handleLimitIn(limits: string): number {
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? Infinity : Number(soft);
}

/** Infinity where the system does not tell. */
export function handleLimit(): number {
  try {
    return handleLimitIn(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    return Infinity;
  }
}
