/** One entry of the stream table: what may be opened as a WebSocket, and what is sent there. The gate and the peer are driven by it. */

import type { Access, Principal } from '../access/index.ts';
import type { DtoClass } from '../http/index.ts';

/** How a stream ends, as the close frame says it. */
export interface Closing {
  code: number;
  /** A closed set of words, for programs: COMPLETE, DELETED, ... */
  reason: string;
}

/** Groups of text frames in order, then how it ended. Ends early when the peer goes: then the result does not matter. */
export type Frames = AsyncGenerator<readonly string[], Closing>;

export interface StreamCall<Query extends object = object> {
  param(name: string): string;
  query: Query;
  /** A valid namespace in which the principal has the stream's right. */
  namespace: string;
  principal: Principal;
  /** The subprotocol that was agreed on; undefined = none. */
  protocol: string | undefined;
}

export interface StreamDefinition<Query extends object> {
  /** As in the document; several for the same stream. */
  paths: readonly string[];
  name: string;
  access: Access;
  /** Subprotocols it can speak. Empty name = also without one. */
  protocols: readonly string[];
  query: DtoClass<Query>;
  /** Throws a Problem, which is answered instead of the upgrade. */
  open(call: StreamCall<Query>): Promise<(signal: AbortSignal) => Frames>;
}

/** A definition whose types are settled. */
export type Stream = Omit<StreamDefinition<object>, 'open'> & { open(call: StreamCall<never>): Promise<(signal: AbortSignal) => Frames> };

export const stream = <Query extends object>(definition: StreamDefinition<Query>): Stream => definition;

/** Close codes (RFC 6455 section 7.4): the registered ones, and 4000 + the HTTP status that would say the same. */
export const closings = {
  complete: { code: 1000, reason: 'COMPLETE' },
  shuttingDown: { code: 1001, reason: 'SHUTTING_DOWN' },
  flooding: { code: 1008, reason: 'SENDS_TOO_MUCH' },
  failed: { code: 1011, reason: 'INTERNAL' },
  unavailable: { code: 1013, reason: 'UNAVAILABLE' },
  tokenExpired: { code: 4401, reason: 'TOKEN_EXPIRED' },
  deleted: { code: 4404, reason: 'DELETED' },
  tooOld: { code: 4410, reason: 'TOO_OLD' },
  slow: { code: 4429, reason: 'SLOW_PEER' },
} as const satisfies Record<string, Closing>;
