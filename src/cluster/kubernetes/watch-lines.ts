/** The body of a watch: one JSON event per line, cut anywhere by the network. */

import type { KubeObject } from '../objects.ts';

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  /** For ERROR a `Status`, otherwise an object; a bookmark carries only its resourceVersion. */
  object: KubeObject;
}

/** An object is at most a few MB; a line beyond this is not a watch. */
const maxLineBytes = 32 * 1024 * 1024;
const types: ReadonlySet<unknown> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

/** Returns a function that takes chunks and hands over whole events. It throws on a line that is not an event; what came before has been handed over. */
export function createWatchDecoder(onEvent: (event: WatchEvent) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let held = 0;
  return chunk => {
    let rest = chunk;
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      const line = Buffer.concat([...parts, rest.subarray(0, end)]).toString('utf8');
      parts = [];
      held = 0;
      rest = rest.subarray(end + 1);
      if (line.trim() !== '') onEvent(parseEvent(line));
    }
    if (rest.length === 0) return;
    parts.push(rest);
    held += rest.length;
    if (held > maxLineBytes) throw new Error('a line of the watch is too long');
  };
}

function parseEvent(line: string): WatchEvent {
  const event = JSON.parse(line) as Partial<WatchEvent> | null;
  if (!types.has(event?.type) || typeof event?.object !== 'object' || event.object === null)
    throw new Error('a line of the watch is not an event');
  return event as WatchEvent;
}
