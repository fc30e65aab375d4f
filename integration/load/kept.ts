/** What the load client knows of its kept connections, where the server names them (X-Connection): what is told of a request that is lost on one. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Sending } from './messages.ts';
import { now } from './tally.ts';

interface Past {
  connection: string;
  answers: number;
  idleSince: number;
}

const pasts = new WeakMap<Socket, Past>();

/** An answer has come to its end on this connection. */
export function served(socket: Socket, headers: IncomingHttpHeaders): void {
  const connection = headers['x-connection'];
  if (typeof connection !== 'string') return;
  const answers = (pasts.get(socket)?.answers ?? 0) + 1;
  pasts.set(socket, { connection, answers, idleSince: now() });
}

/** A request leaves on this connection; undefined when nothing is known of it. */
export function sendingOn(socket: Socket): Sending | undefined {
  const past = pasts.get(socket);
  if (!past) return undefined;
  const sentAt = now();
  return {
    connection: past.connection,
    localPort: socket.localPort,
    answers: past.answers,
    sentAt,
    idleMs: sentAt - past.idleSince,
  };
}
