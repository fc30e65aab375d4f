/** The listening socket: what it takes in which time, and how it ends: no new connection, answers under way are finished, then the rest is cut. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../lib/clock.ts';
import { Problem } from '../lib/problem.ts';
import { refuseOnSocket } from './bare-answer.ts';
import { handleLimit } from './handle-limit.ts';
import { createTurns } from './turns.ts';

export interface Listening {
  server: Server;
  /** `http://HOST:PORT`, with the port that was really taken. */
  url: string;
  /** Resolves when every connection has ended; those that have not after `graceMs` are cut. */
  close(graceMs: number): Promise<void>;
}

/** Answers every request itself, whatever goes wrong. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** What a client may take of us before it is known who it is. */
export const serverLimits = {
  maxHeaderSize: 16 * 1024,
  /** Until the headers are complete; a connection on which nothing comes ends then too. */
  headersTimeout: 10_000,
  /** Until the whole request is there. */
  requestTimeout: 30_000,
  /** How late the two may be. */
  connectionsCheckingInterval: 2_000,
  keepAliveTimeout: 65_000,
};

/** Connections at once; more are cut at once, so that files and the store's own connections can still be opened. */
const mostConnections = 10_000;

/** Half of the file handles that this process may have are for its own files and connections. */
export function connectionsFor(handles: number): number {
  return Math.max(1, Math.min(mostConnections, Math.floor(handles / 2)));
}

/** How long the rest of a body is read and dropped once its answer is given. */
const unwantedBodyMs = 2_000;

/** Rejects with the error of listen (EADDRINUSE, EACCES, EADDRNOTAVAIL, ...). */
export function listen(listener: Listener, { host, port, clock }: { host: string; port: number; clock: Clock }): Promise<Listening> {
  // A missing Host is refused in our own words.
  const server = createServer({ ...serverLimits, requireHostHeader: false });
  server.maxConnections = connectionsFor(handleLimit());
  answerEverything(server, listener, clock);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const { port: taken } = server.address() as AddressInfo;
      resolve({
        server,
        url: `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${taken}`,
        close(graceMs) {
          return new Promise(closed => {
            const cancel = clock.after(graceMs, () => server.closeAllConnections());
            server.close(() => {
              cancel();
              closed();
            });
            server.closeIdleConnections();
          });
        },
      });
    });
  });
}

/** Requests go to the listener; what is none, or none that can be read, is refused here in the same form. */
function answerEverything(server: Server, listener: Listener, clock: Clock): void {
  /** The newest answer of each connection. */
  const answers = new WeakMap<Duplex, ServerResponse>();
  const refused = new WeakSet<Duplex>();
  const inTurn = createTurns();

  function take(request: IncomingMessage, response: ServerResponse): void {
    answers.set(request.socket, response);
    response.once('finish', () => {
      if (!request.complete) dropRest(request, clock);
    });
    inTurn(() => {
      if (!request.socket.destroyed) void listener(request, response);
    });
  }
  server.on('request', take);
  // An expectation that nobody knows may be ignored (RFC 9110 section 10.1.1).
  server.on('checkExpectation', take);

  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => undefined);
    refuseOnSocket(socket, new Problem('METHOD_NOT_ALLOWED', 'this is no proxy'), clock);
  });

  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // The parser fails once more with every further chunk.
    if (refused.has(socket)) return;
    refused.add(socket);
    const answer = answers.get(socket);
    const midAnswer = answer !== undefined && answer.headersSent && !answer.writableEnded;
    if (midAnswer || !socket.writable || error.code === 'ECONNRESET') socket.destroy();
    else refuseOnSocket(socket, unreadable(error.code), clock);
  });
}

/** Whoever is answered before the body is complete gets a moment to notice. */
function dropRest(request: IncomingMessage, clock: Clock): void {
  request.resume();
  const cancel = clock.after(unwantedBodyMs, () => request.socket.destroy());
  request.once('close', cancel);
}

function unreadable(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('HEADERS_TOO_LARGE', `the request line and the headers are larger than ${serverLimits.maxHeaderSize} bytes`);
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new Problem('TOO_LARGE', 'the extensions of the chunks are too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('REQUEST_TIMEOUT', 'the request was not complete in time');
    case 'HPE_INVALID_METHOD':
      return new Problem('METHOD_NOT_ALLOWED', 'no path takes this method');
    default:
      return new Problem('INVALID', 'this is not an HTTP/1.1 request that can be read');
  }
}
