/** One call of the Kubernetes API: fence, credentials, bounded retries, one typed error. Everything that leaves for the API server passes here. */

import type { Clock } from '../../lib/clock.ts';
import { createBackoff } from '../../lib/backoff.ts';
import { ClusterError, type CallOptions } from '../cluster.ts';
import type { Credentials, Identity } from './credentials.ts';
import { errorOf, errorOfFailure } from './errors.ts';
import type { ServerClock } from './server-clock.ts';
import { HttpFailure, type HttpAnswer, type HttpRequest, type Transport } from './transport.ts';

/** One request as it went over the wire, for metrics and tests. */
export interface RequestInfo {
  method: string;
  /** Without the query. */
  path: string;
  query: string;
  /** 0 = no answer. */
  status: number;
  /** Until the answer was complete; for a watch, until it was established. */
  ms: number;
}

export interface Call {
  method: HttpRequest['method'];
  path: string;
  /** Text is sent as it stands. */
  query?: Record<string, string | undefined> | string;
  body?: unknown;
  /** Changes something: fenced, and repeated only when surely not applied. */
  mutates: boolean;
  accept?: string;
  maxBytes?: number;
  stream?: HttpRequest['stream'];
}

export interface Caller {
  /** Any answer at all; ClusterError without one. At most one attempt, and one more after a 401 that new credentials may cure. */
  attempt(call: Call, options?: CallOptions): Promise<HttpAnswer>;
  /** A 2xx answer, or ClusterError. */
  call(call: Call, options?: CallOptions): Promise<HttpAnswer>;
}

export interface CallerDeps {
  transport: Transport;
  credentials: Credentials;
  clock: Clock;
  serverClock: ServerClock;
  userAgent: string;
  requestTimeoutMs: number;
  /** Throws ClusterError NOT_SENT to keep a mutating request from being sent. */
  beforeMutation?: () => void;
  onRequest?: (info: RequestInfo) => void;
  /** The server left a request without an answer: watches should doubt it too. */
  onDoubt: () => void;
  random?: () => number;
}

const maxAttempts = 4;

export function createCaller(deps: CallerDeps): Caller {
  const { clock } = deps;

  async function attempt(call: Call, options: CallOptions, deadline: number): Promise<HttpAnswer> {
    const answer = await send(call, options, deadline);
    return answer.status === 401 && deps.credentials.refresh() ? send(call, options, deadline) : answer;
  }

  async function send(call: Call, options: CallOptions, deadline: number): Promise<HttpAnswer> {
    const query = queryText(call.query);
    const startedAt = clock.monotonic();
    let reported = false;
    const report = (status: number) => {
      if (!reported) deps.onRequest?.({ method: call.method, path: call.path, query, status, ms: clock.monotonic() - startedAt });
      reported = true;
    };
    try {
      const identity = await withinDeadline(deps.credentials.current(), deadline, options.signal);
      const answer = await deps.transport.send(
        httpRequest({ call, query, options, timeoutMs: deadline - clock.monotonic(), report }, identity),
        identity,
      );
      report(answer.status);
      return answer;
    } catch (error) {
      if (error instanceof HttpFailure && (error.reason === 'network' || error.reason === 'timeout')) deps.onDoubt();
      const failure = errorOfFailure(error, { text: `${call.method} ${call.path}`, mutates: call.mutates });
      if (failure.code !== 'NOT_SENT') report(0);
      throw failure;
    }
  }

  interface Sending {
    call: Call;
    query: string;
    options: CallOptions;
    timeoutMs: number;
    report: (status: number) => void;
  }

  function httpRequest({ call, query, options, timeoutMs, report }: Sending, identity: Identity): HttpRequest {
    const { stream } = call;
    // A watch is reported when it is established: its end may be minutes away.
    const onHead = () => {
      report(200);
      stream?.onHead();
    };
    return {
      method: call.method,
      path: query === '' ? call.path : `${call.path}?${query}`,
      headers: {
        accept: call.accept ?? 'application/json',
        'user-agent': deps.userAgent,
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...identity.headers,
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      timeoutMs: Math.max(timeoutMs, 0),
      ...(options.signal ? { signal: options.signal } : {}),
      ...(call.mutates && deps.beforeMutation ? { beforeSend: deps.beforeMutation } : {}),
      ...(call.maxBytes === undefined ? {} : { maxBytes: call.maxBytes }),
      onHead: (sentAt, headAt, date) => deps.serverClock.observe(date, sentAt, headAt),
      ...(stream ? { stream: { ...stream, onHead } } : {}),
    };
  }

  function withinDeadline<T>(work: Promise<T>, deadline: number, signal: AbortSignal | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const stopTimer = clock.after(deadline - clock.monotonic(), () =>
        end(() => reject(new HttpFailure('timeout', false, 'credentials did not come in time'))),
      );
      const onAbort = () => end(() => reject(new HttpFailure('aborted', false, 'ended by the caller', signal?.reason)));
      const end = (settle: () => void) => {
        stopTimer();
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
      work.then(
        value => end(() => resolve(value)),
        (error: unknown) => end(() => reject(error instanceof Error ? error : new Error(String(error)))),
      );
    });
  }

  const deadlineOf = (options: CallOptions) => clock.monotonic() + (options.timeoutMs ?? deps.requestTimeoutMs);

  return {
    attempt: (call, options = {}) => attempt(call, options, deadlineOf(options)),
    async call(call, options = {}) {
      const deadline = deadlineOf(options);
      const backoff = createBackoff({ baseMs: 100, capMs: 2_000, ...(deps.random ? { random: deps.random } : {}) });
      let earlier: ClusterError | undefined;
      for (let count = 1; ; count++) {
        try {
          const answer = await attempt(call, options, deadline);
          if (answer.status >= 200 && answer.status < 300) return answer;
          throw errorOf(answer, { text: `${call.method} ${call.path}`, mutates: call.mutates, now: clock.now() });
        } catch (error) {
          if (!(error instanceof ClusterError)) throw error;
          // Running out of time while repeating tells less than what made us repeat.
          const failure = earlier && error.code === 'TIMEOUT' && error.status === 0 && error.outcome === 'none' ? earlier : error;
          const waitMs = count < maxAttempts && mayRepeat(call, error) ? (error.retryAfterMs ?? backoff.next()) : undefined;
          if (waitMs === undefined || clock.monotonic() + waitMs >= deadline) throw failure;
          earlier = failure;
          await clock.sleep(waitMs, options.signal).catch(() => {
            throw failure;
          });
        }
      }
    },
  };
}

/** Node's and OpenSSL's codes for a server that cannot prove who it is: asking again changes nothing. */
function isCertificateTrouble({ cause }: ClusterError): boolean {
  const code = cause instanceof HttpFailure ? (cause.cause as NodeJS.ErrnoException | undefined)?.code : undefined;
  return code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS/.test(code);
}

/** A read may be repeated after what passes by itself; a mutation only when it surely was not applied. */
function mayRepeat(call: Call, error: ClusterError): boolean {
  if (isCertificateTrouble(error)) return false;
  const unreachable = error.code === 'UNAVAILABLE' && error.status === 0;
  if (call.mutates)
    return (error.code === 'TOO_MANY_REQUESTS' && error.retryAfterMs !== undefined) || (unreachable && error.outcome === 'none');
  return error.code === 'TOO_MANY_REQUESTS' || error.code === 'UNAVAILABLE' || (error.code === 'TIMEOUT' && error.status !== 0);
}

function queryText(query: Call['query']): string {
  if (typeof query === 'string') return query;
  const entries = Object.entries(query ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '');
  return new URLSearchParams(entries).toString();
}
