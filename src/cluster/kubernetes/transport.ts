/** HTTP to one API server: connections that are kept and bounded, one deadline per request, and certainty about whether a request was ever sent. */

import { Pool, ProxyAgent, type Dispatcher } from 'undici';
import type { Clock } from '../../lib/clock.ts';
import type { ClusterConnection } from './connection.ts';
import type { Identity } from './credentials.ts';

type Headers = Record<string, string | string[] | undefined>;

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query, without the connection's base path. */
  path: string;
  headers: Record<string, string | string[]>;
  body?: string;
  /** Time for the whole exchange; with `stream` only until the head of the answer has come. */
  timeoutMs: number;
  signal?: AbortSignal;
  /** Called synchronously before the first byte is written, once a connection is there. A throw keeps the request from being sent. */
  beforeSend?: () => void;
  /** More of a body than this is not read. */
  maxBytes?: number;
  /** Hands over the body of a 2xx answer as it comes. */
  stream?: { onHead: () => void; onChunk: (chunk: Buffer) => void };
  /** Called when the head of any answer has come, with monotonic times. */
  onHead?: (sentAt: number, headAt: number, date: string | undefined) => void;
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  /** Empty when it was streamed. */
  body: Buffer;
}

export type HttpFailureReason = 'timeout' | 'aborted' | 'refused' | 'network';

export class HttpFailure extends Error {
  readonly reason: HttpFailureReason;
  /** Whether a byte of the request may have left. */
  readonly sent: boolean;
  constructor(reason: HttpFailureReason, sent: boolean, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'HttpFailure';
    this.reason = reason;
    this.sent = sent;
  }
}

export interface Transport {
  /** Resolves with any complete answer, whatever its status; rejects with HttpFailure. */
  send(request: HttpRequest, identity: Identity): Promise<HttpAnswer>;
  /** Ends all requests under way. */
  close(): Promise<void>;
}

/** Connections kept for requests. Watches have their own: each holds one for minutes, and they must never starve requests. */
const defaultConnections = 24;
/** API servers keep idle connections for 90 s or more; staying well below avoids writing to a connection that is being closed. */
const keepAliveMs = 45_000;

export function createTransport({
  connection,
  clock,
  connections = defaultConnections,
}: {
  connection: ClusterConnection;
  clock: Clock;
  connections?: number;
}): Transport {
  const base = new URL(connection.server);
  const basePath = base.pathname.replace(/\/+$/, '');
  let pools: { key: string; requests: Dispatcher; watches: Dispatcher } | undefined;
  let closed = false;

  /** The pools of this identity's client certificate. When that has changed, the old pools end by themselves with their last request. */
  function poolsFor({ certificate }: Identity) {
    const key = certificate ? `${certificate.cert}\n${certificate.key}` : '';
    if (pools?.key !== key) {
      if (pools) for (const old of [pools.requests, pools.watches]) void old.close().catch(() => {});
      pools = {
        key,
        requests: createPool(base.origin, connection, certificate, connections),
        watches: createPool(base.origin, connection, certificate, null),
      };
    }
    return pools;
  }

  return {
    send(request, identity) {
      if (closed) return Promise.reject(new HttpFailure('aborted', false, 'the client is closed'));
      const { requests, watches } = poolsFor(identity);
      return exchange(request.stream ? watches : requests, base.origin, { ...request, path: basePath + request.path }, clock);
    },
    async close() {
      closed = true;
      const old = pools;
      pools = undefined;
      if (old) await Promise.all([old.requests.destroy(), old.watches.destroy()]);
    },
  };
}

function createPool(
  origin: string,
  connection: ClusterConnection,
  certificate: Identity['certificate'],
  connections: number | null,
): Dispatcher {
  const connect = {
    timeout: 5_000,
    // A peer that vanished without a word is noticed by the kernel within about 20 s.
    keepAliveInitialDelay: 10_000,
    ...(connection.ca === undefined ? {} : { ca: connection.ca }),
    ...(connection.skipTlsVerify ? { rejectUnauthorized: false } : {}),
    ...(connection.tlsServerName === undefined ? {} : { servername: connection.tlsServerName }),
    ...certificate,
  };
  const options = { connections, keepAliveTimeout: keepAliveMs, keepAliveMaxTimeout: keepAliveMs, headersTimeout: 0, bodyTimeout: 0 };
  if (connection.proxyUrl !== undefined) return new ProxyAgent({ uri: connection.proxyUrl, requestTls: connect, ...options });
  return new Pool(origin, { connect, ...options });
}

function exchange(dispatcher: Dispatcher, origin: string, request: HttpRequest, clock: Clock): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let settled = false;
    let head: { status: number; headers: Headers } | undefined;
    let sentAt = 0;
    let size = 0;
    const chunks: Buffer[] = [];
    const stopTimer = clock.after(request.timeoutMs, () => fail('timeout', `no answer within ${Math.round(request.timeoutMs)} ms`));
    const onAbort = () => fail('aborted', 'ended by the caller', request.signal?.reason);

    function settle(): boolean {
      if (settled) return false;
      settled = true;
      stopTimer();
      request.signal?.removeEventListener('abort', onAbort);
      return true;
    }
    function fail(reason: HttpFailureReason, message: string, cause?: unknown) {
      if (!settle()) return;
      const failure = new HttpFailure(reason, controller !== undefined, message, cause);
      reject(failure);
      controller?.abort(failure);
    }
    function finish() {
      if (head && settle()) resolve({ ...head, body: Buffer.concat(chunks) });
    }
    const streaming = () => request.stream !== undefined && head !== undefined && head.status >= 200 && head.status < 300;

    if (request.signal?.aborted) {
      onAbort();
      return;
    }
    request.signal?.addEventListener('abort', onAbort, { once: true });
    dispatcher.dispatch(
      {
        origin,
        path: request.path,
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        headersTimeout: 0,
        bodyTimeout: request.stream ? 0 : request.timeoutMs,
      },
      {
        onRequestStart(started) {
          // Throwing here keeps the connection and sends nothing.
          if (settled) throw new Error('no longer wanted');
          try {
            request.beforeSend?.();
          } catch (error) {
            fail('refused', error instanceof Error ? error.message : 'refused', error);
            throw error;
          }
          sentAt = clock.monotonic();
          controller = started;
        },
        onResponseStart(_controller, status, headers) {
          if (settled || status < 200) return;
          head = { status, headers };
          const date = headers['date'];
          request.onHead?.(sentAt, clock.monotonic(), typeof date === 'string' ? date : undefined);
          if (streaming()) {
            stopTimer();
            request.stream?.onHead();
          }
        },
        onResponseData(_controller, chunk) {
          if (settled) return;
          if (streaming()) {
            request.stream?.onChunk(chunk);
            return;
          }
          const room = (request.maxBytes ?? Number.POSITIVE_INFINITY) - size;
          chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
          size += chunk.length;
          if (chunk.length > room) {
            finish();
            controller?.abort(new Error('enough was read'));
          }
        },
        onResponseEnd: finish,
        onResponseError: (_controller, error) => fail('network', reasonOf(error), error),
      },
    );
  });
}

/** One line that says what went wrong with a connection, the address included where the system tells it. */
function reasonOf(error: Error): string {
  const inner = error instanceof AggregateError ? (error.errors as Error[]).map(each => each.message).join(', ') : '';
  return inner || error.message || (error as NodeJS.ErrnoException).code || error.name;
}
