/** Stands between Teal and an API server: forwards every request, writes down what passed, and spoils the answers it was told to spoil. */

import { createServer, request as plainRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as tlsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KubeConnection } from './kube.ts';

export interface Passed {
  method: string;
  /** Without the query. */
  path: string;
  query: string;
  status: number;
}

export interface Spoil {
  method: string;
  /** Tested against the path without the query. */
  path: RegExp;
  /** How many requests; default: all until `heal`. */
  times?: number;
  /**
   * A number = answered with this status by the API server, never forwarded; `{ pod }` = with this status as by a pod behind its proxy. `reset` = connection cut before forwarding. `lost-answer` = forwarded and applied, connection cut
   * before the answer.
   */
  with: number | { pod: number } | 'reset' | 'lost-answer';
}

export interface Gateway {
  url: string;
  readonly passed: Passed[];
  /** Returns how to end it and how often it struck. */
  spoil(spoil: Spoil): { heal(): void; struck(): number };
  stop(): Promise<void>;
}

const reasons: Record<number, string> = {
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

const statusBody = (code: number): string =>
  JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'spoiled by the test',
    reason: reasons[code] ?? 'Unknown',
    code,
  });

export async function startGateway(upstream: KubeConnection): Promise<Gateway> {
  const target = new URL(upstream.url);
  const secure = target.protocol === 'https:';
  const agent = secure ? new Agent({ keepAlive: true, ...upstream.tls }) : undefined;
  const passed: Passed[] = [];
  const spoils = new Set<{ rule: Spoil; left: number; struck: number }>();

  function spoilFor(method: string, path: string) {
    for (const entry of spoils) {
      if (entry.left <= 0 || entry.rule.method !== method || !entry.rule.path.test(path)) continue;
      entry.left--;
      entry.struck++;
      return entry.rule;
    }
    return undefined;
  }

  function handle(incoming: IncomingMessage, outgoing: ServerResponse) {
    const [path = '', query = ''] = (incoming.url ?? '').split('?');
    const method = incoming.method ?? '';
    const note: Passed = { method, path, query, status: 0 };
    passed.push(note);
    const spoil = spoilFor(method, path);
    if (spoil && typeof spoil.with !== 'string') {
      const [status, type, body] =
        typeof spoil.with === 'number'
          ? [spoil.with, 'application/json', statusBody(spoil.with)]
          : [spoil.with.pod, 'text/plain', 'spoiled by the test'];
      note.status = status;
      incoming.resume();
      outgoing.writeHead(status, { 'content-type': type, date: new Date().toUTCString() }).end(body);
      return;
    }
    if (spoil?.with === 'reset') {
      incoming.socket.destroy();
      return;
    }
    const options = {
      host: target.hostname,
      port: target.port,
      method,
      path: incoming.url,
      headers: { ...incoming.headers, host: target.host },
      ...(agent ? { agent } : {}),
    };
    const forward = (secure ? tlsRequest : plainRequest)(options, answer => {
      note.status = answer.statusCode ?? 0;
      if (spoil) {
        answer.resume();
        answer.on('end', () => incoming.socket.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
      answer.on('error', () => outgoing.destroy());
    });
    forward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => forward.destroy());
    incoming.pipe(forward);
  }

  const server = createServer(handle);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    spoil(rule) {
      const entry = { rule, left: rule.times ?? Infinity, struck: 0 };
      spoils.add(entry);
      return { heal: () => void spoils.delete(entry), struck: () => entry.struck };
    },
    stop: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent?.destroy();
      }),
  };
}
