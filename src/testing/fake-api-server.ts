/** A scripted API server for tests: it answers as its handler says, counts connections and remembers what it was asked. */

import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
  /** How many requests came before this one. */
  index: number;
  /** Monotonic arrival time, milliseconds. */
  at: number;
}

export interface FakeApiServer {
  url: string;
  port: number;
  asked: Asked[];
  /** How many connections were ever opened. */
  readonly connections: number;
  stop(): Promise<void>;
}

export async function startFakeApiServer(handle: (asked: Asked, reply: ServerResponse) => void, port = 0): Promise<FakeApiServer> {
  const asked: Asked[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((request, reply) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://fake');
      const one: Asked = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        index: asked.length,
        at: performance.now(),
      };
      asked.push(one);
      handle(one, reply);
    });
  });
  server.on('connection', socket => {
    connections++;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    asked,
    get connections() {
      return connections;
    },
    stop() {
      for (const socket of open) socket.destroy();
      return new Promise(resolve => server.close(() => resolve()));
    },
  };
}

export function sendJson(reply: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  reply.writeHead(status, { 'content-type': 'application/json', ...headers });
  reply.end(JSON.stringify(body));
}

/** Kubernetes' `Status` object. */
export const statusObject = (code: number, reason: string, message: string, details: object = {}) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason,
  details,
  code,
});
