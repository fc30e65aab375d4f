/**
 * What pods say at their end: which connections they closed while these were idle. A pod that has been told to end asks each client that still sends something to go elsewhere; a connection that is idle
 * until the pod is over hears nothing, and a request that is sent before its client has seen the end meets a closed door. Pure.
 */

import type { Loss, Tally } from './messages.ts';

export interface Closing {
  /** When the pod closed it, ms since 1970. */
  at: number;
  /** For how long nothing had come on it then. */
  idleMs: number;
  /** Answers that the pod had given on it. */
  served: number;
}

export type Closings = ReadonlyMap<string, Closing>;

/** A request and the closing of its connection that are further apart than this have not missed each other: a client so late proves nothing anyway. */
const raceMs = 1000;

/** Reads one line of a pod's log; undefined for all others. */
export function closingOf(line: string): [connection: string, closing: Closing] | undefined {
  if (!line.startsWith('{"closedIdle"')) return undefined;
  const { closedIdle, ...closing } = JSON.parse(line) as Closing & { closedIdle: string };
  return [closedIdle, closing];
}

function explain(loss: Loss, closings: Closings): Loss {
  if (loss.how !== 'kept reset') return loss;
  const { sending } = loss;
  const closing = sending && closings.get(sending.connection);
  if (!closing) return { ...loss, how: 'reset', detail: `${loss.detail}; no pod says that it closed the connection` };
  const after = sending.sentAt - closing.at;
  const story =
    `${sending.connection} (local port ${sending.localPort ?? '-'}) was closed by its pod at ${new Date(closing.at).toISOString()}, idle for ${closing.idleMs} ms after ` +
    `${closing.served} answers; the request was sent ${Math.abs(Math.round(after))} ms ${after < 0 ? 'before' : 'after'} that, ${sending.answers} answers seen`;
  const missed = closing.served === sending.answers && Math.abs(after) <= raceMs;
  return { ...loss, how: missed ? 'idle reset' : 'reset', detail: `${loss.detail}; ${story}` };
}

/** Proves resets of idle connections by what the pods said. What is not proven stays a reset like any other. */
export const explained = (tally: Tally, closings: Closings): Tally => ({
  ...tally,
  losses: tally.losses.map(loss => explain(loss, closings)),
});
