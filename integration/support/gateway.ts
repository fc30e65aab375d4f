/** Stands between Teal and an API server: forwards every request, writes down what passed, and spoils the answers it was told to spoil. */

import { createServer, request as plainRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as tlsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { KubeConnection } from './kube.ts';

export interface Passed {
  method: string;
  /** Without the query. */
  path: string;
  query: string;
  status: number;
  /** What the API server said to a 403. */
  refusal?: string;
}

export interface Spoil {
  /** Absent = any. */
  method?: string;
  /** Tested against the path without the query. */
  path: RegExp;
  /** True: only watches. Absent or false: only other requests. */
  watch?: boolean;
  /** How many requests pass before the first is spoiled; default 0. */
  skip?: number;
  /** Spoils only each nth of those that match (3: the 3rd, the 6th, ...); default 1. */
  every?: number;
  /** How many requests; default: all until `heal`. */
  times?: number;
  /**
   * A number = answered with this status by the API server, never forwarded; `{ pod }` = with this status as by a pod behind its proxy; `{ status, retryAfter }` = a
   * number with a Retry-After in seconds. `{ quoting }` = refused with this status by an admission webhook that quotes what it was sent. `{ delayMs }` = forwarded so much later. `reset` = connection cut before forwarding. `lost-answer` = forwarded and applied,
   * connection cut before the answer. `truncated` = the same, cut in the middle of the answer's body. `unanswered` = neither forwarded nor answered, the connection stays.
   * For watches: `silent` = begins and never tells anything, `ends` = begins and ends at once, `gone` = begins with an ERROR event of status 410.
   */
  with:
    | number
    | { pod: number }
    | { status: number; retryAfter: number }
    | { quoting: number }
    | { delayMs: number }
    | 'reset'
    | 'lost-answer'
    | 'truncated'
    | 'unanswered'
    | 'silent'
    | 'ends'
    | 'gone';
}

export interface Gateway {
  url: string;
  readonly passed: Passed[];
  /** Watches that are open now. */
  readonly watching: number;
  /** Most requests that were under way at once so far, watches left out. */
  readonly mostAtOnce: number;
  /** Returns how to end it and how often it struck. */
  spoil(spoil: Spoil): { heal(): void; struck(): number };
  stop(): Promise<void>;
}

const reasons: Record<number, string> = {
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
  504: 'Timeout',
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

const isWatch = (query: string): boolean => /(^|&)watch=(1|true)(&|$)/.test(query);

export async function startGateway(upstream: KubeConnection): Promise<Gateway> {
  const target = new URL(upstream.url);
  const secure = target.protocol === 'https:';
  const agent = secure ? new Agent({ keepAlive: true, ...upstream.tls }) : undefined;
  const passed: Passed[] = [];
  const spoils = new Set<{ rule: Spoil; seen: number; struck: number }>();

  function spoilFor(method: string, path: string, query: string): Spoil | undefined {
    const watch = isWatch(query);
    for (const entry of spoils) {
      const { rule } = entry;
      if ((rule.method !== undefined && rule.method !== method) || !rule.path.test(path) || (rule.watch ?? false) !== watch) continue;
      if (entry.struck >= (rule.times ?? Infinity)) continue;
      entry.seen++;
      const counted = entry.seen - (rule.skip ?? 0);
      if (counted < 1 || counted % (rule.every ?? 1) !== 0) continue;
      entry.struck++;
      return rule;
    }
    return undefined;
  }

  function forward(incoming: IncomingMessage, outgoing: ServerResponse, note: Passed, onAnswer: (answer: IncomingMessage) => void) {
    const options = {
      host: target.hostname,
      port: target.port,
      method: note.method,
      path: incoming.url,
      headers: {
        ...incoming.headers,
        host: target.host,
        ...(upstream.token === undefined ? {} : { authorization: `Bearer ${upstream.token}` }),
      },
      ...(agent ? { agent } : {}),
    };
    const sent = (secure ? tlsRequest : plainRequest)(options, answer => {
      note.status = answer.statusCode ?? 0;
      if (note.status === 403) answer.on('data', (chunk: Buffer) => (note.refusal = (note.refusal ?? '') + chunk.toString()));
      onAnswer(answer);
    });
    sent.on('error', () => outgoing.destroy());
    outgoing.on('close', () => sent.destroy());
    incoming.pipe(sent);
  }

  let watching = 0;
  let atOnce = 0;
  let mostAtOnce = 0;

  function handle(incoming: IncomingMessage, outgoing: ServerResponse) {
    const [path = '', query = ''] = (incoming.url ?? '').split('?');
    const method = incoming.method ?? '';
    const note: Passed = { method, path, query, status: 0 };
    passed.push(note);
    if (isWatch(query)) {
      watching++;
      outgoing.once('close', () => watching--);
    } else {
      mostAtOnce = Math.max(mostAtOnce, ++atOnce);
      outgoing.once('close', () => atOnce--);
    }
    const spoil = spoilFor(method, path, query)?.with;

    const say = (status: number, body: string, headers: Record<string, string> = {}) => {
      note.status = status;
      incoming.resume();
      outgoing.writeHead(status, { 'content-type': 'application/json', date: new Date().toUTCString(), ...headers });
      outgoing.flushHeaders();
      if (body !== '') outgoing.write(body);
    };
    const relay = () =>
      forward(incoming, outgoing, note, answer => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.flushHeaders();
        answer.pipe(outgoing);
        answer.on('error', () => outgoing.destroy());
      });

    if (spoil === undefined) return relay();
    if (typeof spoil === 'number') {
      say(spoil, statusBody(spoil));
      outgoing.end();
      return;
    }
    if (typeof spoil === 'object') {
      if ('delayMs' in spoil) return void setTimeout(relay, spoil.delayMs);
      if ('quoting' in spoil) {
        void text(incoming).then(sent => {
          const status = JSON.parse(statusBody(spoil.quoting)) as object;
          const message = `admission webhook "quotes.example.test" denied the request: ${sent}`;
          say(spoil.quoting, JSON.stringify({ ...status, message }));
          outgoing.end();
        });
        return;
      }
      if ('pod' in spoil) say(spoil.pod, 'spoiled by the test', { 'content-type': 'text/plain' });
      else say(spoil.status, statusBody(spoil.status), { 'retry-after': String(spoil.retryAfter) });
      outgoing.end();
      return;
    }
    switch (spoil) {
      case 'reset':
        incoming.socket.destroy();
        return;
      case 'unanswered':
        incoming.resume();
        return;
      case 'lost-answer':
        forward(incoming, outgoing, note, answer => answer.resume().on('end', () => incoming.socket.destroy()));
        return;
      case 'truncated':
        forward(incoming, outgoing, note, answer => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.once('data', (chunk: Buffer) =>
            outgoing.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => incoming.socket.destroy()),
          );
          answer.once('end', () => incoming.socket.destroy());
        });
        return;
      case 'silent':
        say(200, '');
        return;
      case 'ends':
        say(200, '');
        outgoing.end();
        return;
      case 'gone':
        say(200, `${JSON.stringify({ type: 'ERROR', object: JSON.parse(statusBody(410)) as unknown })}\n`);
        outgoing.end();
        return;
    }
  }

  const server = createServer(handle);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    get watching() {
      return watching;
    },
    get mostAtOnce() {
      return mostAtOnce;
    },
    spoil(rule) {
      const entry = { rule, seen: 0, struck: 0 };
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
