/** Refusals on a bare socket: where there is no response object, because the request could not be read or is no plain request. */

import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../lib/clock.ts';
import type { Hide } from '../lib/known-values.ts';
import type { Problem } from '../lib/problem.ts';
import { headersOf, jsonText, presentProblem } from './answers.ts';
import { securityHeaders } from './security-headers.ts';

/** Longest time in which the rest of what the peer sends is read and dropped. */
const lingerMs = 1000;

/** Answers in the words of the routes, with their headers, and ends the connection. */
export function refuseOnSocket(
  socket: Duplex,
  problem: Problem,
  clock: Clock,
  { requestId = randomUUID(), hide }: { requestId?: string; /** Hides secrets. */ hide?: Hide | undefined } = {},
): void {
  const body = jsonText(presentProblem(problem, requestId, hide));
  const headers = {
    ...securityHeaders,
    ...headersOf(problem),
    'X-Request-Id': requestId,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Refused'}\r\n${lines.join('')}\r\n${body}`);
  // Bytes that nobody has read when the connection ends make TCP throw the answer away; and a peer that never ends its side must not keep ours.
  socket.resume();
  socket.once(
    'close',
    clock.after(lingerMs, () => socket.destroy()),
  );
}
