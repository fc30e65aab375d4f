/** Calls to etcd: one endpoint at a time, each call with a deadline and sent at most once, tokens renewed, nothing retried behind the caller's back. */

import { Etcd3, type IOptions } from 'etcd3';
import { createBackoff } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { StoreError } from '../store.ts';
import { NotSent, isStaleToken, isUnclear, toStoreError } from './errors.ts';

export interface EtcdConnectionOptions {
  /** URLs, or host:port. With several, one is used until it fails. */
  endpoints: string[];
  /** PEM. `cert` and `key` are this client's own, for mutual TLS. */
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  user?: string;
  password?: string;
  /** Longest time for one call in all, retries of reads included. Default 5000. */
  timeoutMs?: number;
  /** Silence after which a connection in use is probed (etcd's server takes no less than 5000 by default), and how long the probe may take. */
  keepaliveMs?: number;
  keepaliveTimeoutMs?: number;
}

type Service = 'KV' | 'Watch' | 'Lease' | 'Auth';

/** A call by streams, as gRPC gives it. */
export interface Stream<Request, Response> extends AsyncIterable<Response> {
  write(request: Request): void;
  end(): void;
  cancel(): void;
  on(event: 'error' | 'status', fn: () => void): void;
}

export interface Connection {
  readonly timeoutMs: number;
  readonly closed: boolean;
  /** The newest revision that an answer has named; 0 before the first. Whatever is sent now commits later than that. */
  readonly revision: number;
  /** Sends one request once. Rejects with NotSent, or with what gRPC says. */
  once<R>(service: Service, method: string, request: object, timeoutMs: number): Promise<R>;
  /** A request that changes nothing: sent again, to other endpoints too, until it is answered or the time is over. Rejects with a StoreError. */
  read<R>(service: Service, method: string, request: object, timeoutMs?: number): Promise<R>;
  /** Opens a stream without a deadline (or with one). The server ends it when it has no leader. */
  stream<Request, Response>(service: Service, method: string, timeoutMs?: number): Promise<Stream<Request, Response>>;
  /** After a failure: the next call goes to the next endpoint. */
  rotate(): void;
  /** After a refusal: the next call asks for a new token. */
  forgetToken(): void;
  close(): void;
}

/** etcd3 keeps its pool to itself. We take protocol and channels from it, not its policies. */
class Channels extends Etcd3 {
  get connections() {
    return this.pool;
  }
}

type Use = Parameters<Parameters<Channels['connections']['withConnection']>[1]>[0];
type HostPolicy = NonNullable<NonNullable<IOptions['faultHandling']>['host']>;

/** In place of etcd3's circuit breaker, which refuses all calls for five seconds after an outage. */
const passThrough = { execute: (fn: (context: object) => unknown) => Promise.resolve(fn({})) } as unknown as ReturnType<HostPolicy>;

/** grpc.connectivityState */
const ready = 2;
const broken = [3, 4];

type Method = (
  this: unknown,
  request: object,
  metadata: unknown,
  options: object,
  done: (error: Error | null, answer: unknown) => void,
) => { cancel(): void };
interface Answer {
  header?: { revision: string };
}
type StreamMethod = (this: unknown, metadata: unknown, options: object) => Stream<unknown, unknown>;

export function createConnection(options: EtcdConnectionOptions, { clock, log }: { clock: Clock; log: Logger }): Connection {
  const { endpoints, ca, cert, key, user, password, timeoutMs = 5000, keepaliveMs = 6000, keepaliveTimeoutMs = 3000 } = options;
  const clients = endpoints.map(
    endpoint =>
      new Channels({
        hosts: endpoint,
        ...(ca && { credentials: { rootCertificate: ca, ...(key && { privateKey: key }), ...(cert && { certChain: cert }) } }),
        faultHandling: { host: () => passThrough },
        grpcOptions: {
          'grpc.keepalive_time_ms': keepaliveMs,
          'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
          'grpc.initial_reconnect_backoff_ms': 100,
          'grpc.min_reconnect_backoff_ms': 100,
          'grpc.max_reconnect_backoff_ms': 1000,
          'grpc.max_receive_message_length': -1,
          'grpc.max_send_message_length': -1,
        },
      }),
  );
  const uses = new Map<string, Use>();
  const underWay = new Set<{ cancel(): void }>();
  let current = 0;
  let revision = 0;
  let closed = false;
  let token: Promise<string> | undefined;

  const fresh = (service: Service): Promise<Use> => {
    const client = clients[current];
    if (client === undefined) throw new TypeError('no etcd endpoints');
    return client.connections.withConnection(service, found => found);
  };

  /** The channel and metadata of unary calls, made once for each endpoint, service and token. */
  async function use(service: Service, held: string | undefined): Promise<Use> {
    const name = `${current} ${service} ${held ?? ''}`;
    let known = uses.get(name);
    if (known === undefined) {
      known = await fresh(service);
      if (held !== undefined) known.metadata.set('token', held);
      uses.set(name, known);
    }
    return known;
  }

  /** Rejects with NotSent unless the channel is connected in time. */
  async function connected({ client }: Use, until: number): Promise<void> {
    const channel = client.getChannel();
    for (;;) {
      const state = channel.getConnectivityState(true);
      const code: number = state;
      if (code === ready) return;
      if (broken.includes(code)) throw new NotSent('no connection');
      await new Promise<void>((resolve, reject) => {
        const left = Math.max(1, until - clock.monotonic());
        channel.watchConnectivityState(state, Date.now() + left, error =>
          error === undefined ? resolve() : reject(new NotSent('not connected in time')),
        );
      });
      if (closed) throw new StoreError('CLOSED', 'the store is closed');
    }
  }

  /** A use whose channel is connected. `own` = with metadata that the caller may change. */
  async function prepare(service: Service, until: number, own = false): Promise<Use> {
    if (closed) throw new StoreError('CLOSED', 'the store is closed');
    const held = user !== undefined && service !== 'Auth' ? await authenticate(until) : undefined;
    const prepared = own ? await fresh(service) : await use(service, held);
    if (own && held !== undefined) prepared.metadata.set('token', held);
    await connected(prepared, until);
    return prepared;
  }

  function send<R>({ client, metadata }: Use, method: string, request: object, until: number): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const invoke = (client as unknown as Record<string, Method>)[method];
      if (invoke === undefined) throw new TypeError(`etcd has no method ${method}`);
      const deadline = Date.now() + Math.max(1, until - clock.monotonic());
      const call = invoke.call(client, request, metadata, { deadline }, (error, answer) => {
        underWay.delete(call);
        if (error === null) {
          revision = Math.max(revision, Number((answer as Answer).header?.revision ?? 0));
          resolve(answer as R);
        } else
          reject(closed ? new StoreError('CLOSED', 'the store was closed during a call', { cause: error, outcome: 'unknown' }) : error);
      });
      underWay.add(call);
    });
  }

  function authenticate(until: number): Promise<string> {
    token ??= prepare('Auth', until)
      .then(prepared => send<{ token: string }>(prepared, 'authenticate', { name: user, password }, until))
      .then(answer => answer.token)
      .catch((error: unknown) => {
        token = undefined;
        // The request itself was not sent, whatever became of the one for the token.
        throw isUnclear(error) ? new NotSent('no token in time', { cause: error }) : error;
      });
    return token;
  }

  async function once<R>(service: Service, method: string, request: object, limitMs: number): Promise<R> {
    const until = clock.monotonic() + limitMs;
    try {
      return await send<R>(await prepare(service, until), method, request, until);
    } catch (error) {
      if (user === undefined || !isStaleToken(error)) throw error;
      forgetToken();
      return send<R>(await prepare(service, until), method, request, until);
    }
  }

  function forgetToken() {
    token = undefined;
    uses.clear();
  }

  const rotate = () => {
    current = (current + 1) % clients.length;
  };

  return {
    timeoutMs,
    get closed() {
      return closed;
    },
    get revision() {
      return revision;
    },
    once,
    async read<R>(service: Service, method: string, request: object, limitMs = timeoutMs): Promise<R> {
      const until = clock.monotonic() + limitMs;
      const attemptMs = clients.length > 1 ? limitMs / 2 : limitMs;
      const backoff = createBackoff({ baseMs: 50, capMs: 500 });
      for (;;) {
        try {
          return await once<R>(service, method, request, Math.min(attemptMs, Math.max(1, until - clock.monotonic())));
        } catch (error) {
          if (!(error instanceof NotSent) && !isUnclear(error)) throw toStoreError(error);
          rotate();
          const wait = backoff.next();
          if (clock.monotonic() + wait >= until) throw toStoreError(error);
          log.debug('etcd does not answer, trying again', { method, error: String(error) });
          await clock.sleep(wait);
        }
      }
    },
    async stream<Request, Response>(service: Service, method: string, limitMs?: number) {
      const until = clock.monotonic() + (limitMs ?? timeoutMs);
      const { client, metadata } = await prepare(service, until, true);
      const invoke = (client as unknown as Record<string, StreamMethod>)[method];
      if (invoke === undefined) throw new TypeError(`etcd has no method ${method}`);
      metadata.set('hasleader', 'true');
      const stream = invoke.call(client, metadata, limitMs === undefined ? {} : { deadline: Date.now() + limitMs });
      underWay.add(stream);
      // Read errors come out of the iteration too; without a listener an early one would be thrown at the process.
      stream.on('error', () => {});
      stream.on('status', () => underWay.delete(stream));
      return stream as Stream<Request, Response>;
    },
    rotate,
    forgetToken,
    close() {
      if (closed) return;
      closed = true;
      for (const call of underWay) call.cancel();
      underWay.clear();
      for (const client of clients) client.close();
    },
  };
}
