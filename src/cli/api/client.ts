/** One server, spoken to over HTTP: requests with a JSON answer, and bodies that come line by line. Refusals become `Failure`. */

import { Agent as PlainAgent, request as plainRequest, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../exits.ts';
import { failureOf, notTeal, unreachable } from './refusals.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Server {
  url: string;
  token?: string;
  /** PEM of a certificate authority. */
  ca?: string;
}

export interface Wish {
  query?: Query;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** Longest silence; absent = 30 s. */
  silenceMs?: number;
}

export interface Answer {
  status: number;
  header(name: string): string | undefined;
  text: string;
  json<T>(): T;
}

export interface Client {
  readonly server: Server;
  /** Throws Failure for anything but a 2xx. */
  ask(method: string, path: string, wish?: Wish): Promise<Answer>;
  get<T>(path: string, query?: Query): Promise<T>;
  /** Whatever the status is. */
  look(method: string, path: string, wish?: Wish): Promise<Answer>;
  /** What `ask` would have thrown. */
  refusal(answer: Answer): Failure;
  /** Asks again for a while when the server is away: for reading, and for what carries an Idempotency-Key. */
  patiently(method: string, path: string, wish?: Wish): Promise<Answer>;
  /** The lines of a body as they come. Ends when the body ends, throws when it is cut. */
  lines(path: string, wish: Wish): AsyncGenerator<string>;
  close(): void;
}

const silenceMs = 30_000;
/** Longest time for which a server may be away while something is waited for. */
const patienceMs = 60_000;

export function createClient(server: Server, { userAgent, verbose }: { userAgent: string; verbose: boolean }): Client {
  const secure = server.url.startsWith('https:');
  const agent = secure
    ? new SecureAgent({ keepAlive: true, ...(server.ca ? { ca: server.ca } : {}) })
    : new PlainAgent({ keepAlive: true });

  /** Who follows a stream would connect again, and keep the process alive. */
  let closed = false;

  function open(
    method: string,
    path: string,
    { query = {}, body, headers = {}, silenceMs: silence = silenceMs }: Wish,
  ): Promise<IncomingMessage> {
    if (closed) return Promise.reject(new Failure('the connection was closed'));
    const url = new URL(server.url.replace(/\/+$/, '') + path);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const asked = (secure ? secureRequest : plainRequest)(
        url,
        {
          method,
          agent,
          headers: {
            'User-Agent': userAgent,
            Accept: 'application/json',
            ...(server.token ? { Authorization: `Bearer ${server.token}` } : {}),
            ...(text === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
            ...headers,
          },
        },
        resolve,
      );
      asked.setTimeout(silence, () => asked.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })));
      asked.on('error', (error: NodeJS.ErrnoException) => reject(unreachable(server.url, error)));
      asked.end(text);
    });
  }

  async function look(method: string, path: string, wish: Wish = {}): Promise<Answer> {
    const response = await open(method, path, wish);
    response.setEncoding('utf8');
    let text = '';
    try {
      for await (const chunk of response) text += String(chunk);
    } catch (error) {
      throw unreachable(server.url, error as NodeJS.ErrnoException);
    }
    return answerOf(response, text, server.url);
  }

  async function ask(method: string, path: string, wish: Wish = {}): Promise<Answer> {
    const answer = await look(method, path, wish);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw failureOf(answer, { verbose, server });
  }

  const patiently: Client['patiently'] = async (method, path, wish) => {
    const until = Date.now() + patienceMs;
    for (let pause = 200; ; pause = Math.min(pause * 2, 5000)) {
      try {
        return await ask(method, path, wish);
      } catch (error) {
        if (!(error instanceof Failure && error.passing) || Date.now() + pause > until) throw error;
        await sleep(pause);
      }
    }
  };

  return {
    server,
    ask,
    look,
    refusal: answer => failureOf(answer, { verbose, server }),
    patiently,
    get: async <T>(path: string, query?: Query) => (await ask('GET', path, query === undefined ? {} : { query })).json<T>(),
    async *lines(path, wish) {
      const response = await open('GET', path, { silenceMs: 0, ...wish });
      response.setEncoding('utf8');
      if (response.statusCode !== 200) {
        let text = '';
        for await (const chunk of response) text += String(chunk);
        throw failureOf(answerOf(response, text, server.url), { verbose, server });
      }
      let rest = '';
      try {
        for await (const chunk of response) {
          const parts = (rest + String(chunk)).split('\n');
          rest = parts.pop() ?? '';
          yield* parts;
        }
      } catch (error) {
        throw unreachable(server.url, error as NodeJS.ErrnoException);
      } finally {
        response.destroy();
      }
    },
    close() {
      closed = true;
      agent.destroy();
    },
  };
}

const answerOf = (response: IncomingMessage, text: string, url: string): Answer => ({
  status: response.statusCode ?? 0,
  header(name) {
    const value = response.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(', ') : value;
  },
  text,
  json: <T>() => {
    try {
      return JSON.parse(text) as T;
    } catch {
      throw notTeal(url, { status: response.statusCode ?? 0, text });
    }
  },
});
