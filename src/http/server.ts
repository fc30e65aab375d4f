/** The listening socket, and how it ends: no new connection, answers under way are finished, then the rest is cut. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../lib/clock.ts';

export interface Listening {
  server: Server;
  /** `http://HOST:PORT`, with the port that was really taken. */
  url: string;
  /** Resolves when every connection has ended; those that have not after `graceMs` are cut. */
  close(graceMs: number): Promise<void>;
}

/** Answers every request itself, whatever goes wrong. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Rejects with the error of listen (EADDRINUSE, EACCES, EADDRNOTAVAIL, ...). */
export function listen(listener: Listener, { host, port, clock }: { host: string; port: number; clock: Clock }): Promise<Listening> {
  const server = createServer(
    { requestTimeout: 60_000, headersTimeout: 20_000, keepAliveTimeout: 65_000, maxHeaderSize: 16_384 },
    (request, response) => void listener(request, response),
  );
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
