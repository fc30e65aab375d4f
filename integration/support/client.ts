/** HTTP as any client of Teal speaks it. Every answer is held to the published document before a scenario sees it. */

import { Agent, request, type Dispatcher } from 'undici';
import type { Contract } from './contract.ts';

export interface Reply {
  status: number;
  /** Lower-case names; several of one name joined by `, `. */
  headers: Record<string, string>;
  text: string;
  json<T = Record<string, unknown>>(): T;
}

export interface CallOptions {
  query?: Record<string, string | number | boolean | undefined>;
  /** Text goes as it is, anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Default: the client's; null = without the parameter. */
  namespace?: string | null;
}

export interface TealClient {
  readonly url: string;
  readonly namespace: string;
  /** What every call carries: the token, where there is one. For requests that do not go through here. */
  readonly headers: Record<string, string>;
  call(method: Dispatcher.HttpMethod, path: string, options?: CallOptions): Promise<Reply>;
  /** `path` with the namespace and the given parameters. */
  pathOf(path: string, options?: CallOptions): string;
}

const dispatcher = new Agent({ connections: 64, headersTimeout: 90_000, bodyTimeout: 90_000 });

export interface ClientOptions {
  url: string;
  namespace: string;
  /** Every answer must be one that it knows; absent only for a build of another time. */
  contract?: Contract;
  /** Absent = none is sent. */
  token?: string | undefined;
}

export function createClient({ url, namespace, contract, token }: ClientOptions): TealClient {
  const always: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };

  function pathOf(path: string, options: CallOptions = {}): string {
    const query = new URLSearchParams();
    const asked = options.namespace === undefined ? namespace : options.namespace;
    if (asked !== null) query.set('namespace', asked);
    for (const [name, value] of Object.entries(options.query ?? {})) if (value !== undefined) query.set(name, String(value));
    const text = query.toString();
    return text === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${text}`;
  }

  return {
    url,
    namespace,
    headers: always,
    pathOf,
    async call(method, path, options = {}) {
      const { body } = options;
      const full = pathOf(path, options);
      const answer = await request(url + full, {
        method,
        dispatcher,
        headers: { ...always, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const headers = Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
      );
      const text = await answer.body.text();
      const reply = { status: answer.statusCode, headers, text, json: <T>() => JSON.parse(text) as T };
      contract?.check(method, full.split('?')[0] ?? '', reply);
      return reply;
    },
  };
}
