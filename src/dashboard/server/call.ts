/** One request to the server that this page came from, wherever it is mounted. Refusals arrive as a `Refusal`. */

import { expireSession, token } from '../state/session.ts';
import type { Fault } from './shapes.ts';

/** The folder in which index.html lies is the root of the API: `/`, or a path prefix. */
const root = new URL('.', document.baseURI);

export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly faults: Fault[];

  constructor(status: number, code: string, message: string, faults: Fault[] = []) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.faults = faults;
  }
}

type Parameters = Record<string, string | number | boolean | undefined>;

export interface CallOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  query?: Parameters;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  accept?: string;
}

/** `path` without leading slash, as an address of this server. */
export function addressOf(path: string, query: Parameters = {}): URL {
  const address = new URL(path, root);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) address.searchParams.set(name, String(value));
  return address;
}

export async function send(path: string, options: CallOptions = {}): Promise<Response> {
  const { method = 'GET', query, body, headers, signal, accept = 'application/json' } = options;
  let answer: Response;
  try {
    answer = await fetch(addressOf(path, query), {
      method,
      headers: {
        Accept: accept,
        ...(token.value === undefined ? {} : { Authorization: `Bearer ${token.value}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
      credentials: 'same-origin',
      cache: 'no-store',
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new Refusal(0, 'UNREACHABLE', 'The server does not answer.');
  }
  if (answer.ok) return answer;
  if (answer.status === 401) expireSession();
  throw await refusalOf(answer);
}

export async function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  return (await (await send(path, options)).json()) as T;
}

async function refusalOf(answer: Response): Promise<Refusal> {
  const text = await answer.text().catch(() => '');
  try {
    const problem = JSON.parse(text) as { code?: string; detail?: string; title?: string; errors?: Fault[] };
    return new Refusal(answer.status, problem.code ?? 'UNKNOWN', problem.detail ?? problem.title ?? text, problem.errors ?? []);
  } catch {
    // What a proxy in between says in HTML helps nobody.
    return new Refusal(answer.status, 'UNKNOWN', `The server answered ${answer.status}.`);
  }
}

/** What to show of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
