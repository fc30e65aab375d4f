/** The upgrade gate: everything that can be refused is refused with an HTTP answer before the upgrade, in the same words as the routes use. */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type WebSocket from 'ws';
import { authorize, type Gate, type Limits, type Principal } from '../access/index.ts';
import {
  checkDto,
  fieldsOf,
  readParameters,
  refuseDoubledHeaders,
  refuseOnSocket,
  toProblem,
  whyNoNamespace,
  whyRefused,
  type OriginPolicy,
} from '../http/index.ts';
import type { Hide } from '../lib/known-values.ts';
import { Problem, type Fault } from '../lib/problem.ts';
import { createMeter, inboundLimits } from './inbound.ts';
import type { Peer, PeerDeps } from './peer.ts';
import { peerLimits as usualPeerLimits, servePeer } from './peer.ts';
import type { Closing, Frames, Stream } from './stream.ts';
import { closings } from './stream.ts';

export interface SocketsDeps extends Omit<PeerDeps, 'limits'> {
  gate: Gate;
  origin: OriginPolicy;
  streams: readonly Stream[];
  /** The only namespaces served; absent = all. */
  namespaces?: readonly string[] | undefined;
  /** Absent = none. */
  limits?: Pick<Limits, 'socket'>;
  peerLimits?: PeerDeps['limits'];
  /** Hides secrets in refusals. */
  hide?: Hide;
}

export interface Sockets {
  /** Answers the upgrades of this server; all of them, so that none is left without an answer. */
  attach(server: Server): void;
  /** Peers connected now. */
  readonly connected: number;
  /** Refuses new peers, says good-bye to those there are (1001), and resolves when they are gone. */
  close(): Promise<void>;
}

interface Opened {
  frames: (signal: AbortSignal) => Frames;
  protocol: string | undefined;
  principal: Principal;
  /** Gives back the place that the principal's share has for it. */
  leave: () => void;
}

export function createSockets(deps: SocketsDeps): Sockets {
  const { gate, origin, streams, namespaces, clock, log, limits, peerLimits = usualPeerLimits } = deps;
  const peers = new Set<Peer>();
  const table = streams.flatMap(stream => stream.paths.map(path => ({ stream, segments: path.split('/') })));
  let closing = false;
  /** What was agreed with a request that is being upgraded. */
  const agreed = new WeakMap<IncomingMessage, string>();

  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // The peer answers, the newest of many only.
    autoPong: false,
    // Nothing of it is looked at.
    maxPayload: inboundLimits.messageBytes,
    maxFragments: inboundLimits.fragments,
    // A browser that offered something gives up unless one of it is chosen; the token itself is never said back.
    handleProtocols: (offered, request) => agreed.get(request) ?? (offered.has('bearer') ? 'bearer' : false),
  });

  function find(path: string): { stream: Stream; params: Map<string, string> } | undefined {
    const wanted = path.split('/');
    for (const { stream, segments } of table) {
      if (segments.length !== wanted.length) continue;
      const params = new Map<string, string>();
      const fits = segments.every((segment, index) => {
        const name = /^\{(\w+)\}$/.exec(segment)?.[1];
        if (name === undefined) return segment === wanted[index];
        params.set(name, wanted[index] ?? '');
        return wanted[index] !== '';
      });
      if (fits) return { stream, params };
    }
    return undefined;
  }

  /** Throws a Problem. */
  async function open(request: IncomingMessage): Promise<Opened> {
    refuseDoubledHeaders(request);
    if (closing) throw new Problem('UNAVAILABLE', 'the server is shutting down', { retryAfter: 1 });
    const why = whyRefused(origin, { host: request.headers.host, origin: request.headers.origin });
    if (why !== undefined) throw new Problem('FORBIDDEN', why);
    const [rawPath = '', search = ''] = (request.url ?? '').split('?', 2);
    const found = find(pathOf(rawPath));
    if (!found) throw new Problem('NOT_FOUND', 'there is no stream at this path');
    const { stream, params } = found;
    if (request.method !== 'GET') throw new Problem('METHOD_NOT_ALLOWED', 'streams are opened by GET');
    const offered = protocolsOf(request);
    const principal = await gate.authenticate({
      authorization: request.headersDistinct.authorization,
      protocols: request.headers['sec-websocket-protocol'],
    });
    const { namespace, query } = queryOf(stream, search, principal);
    if (namespaces !== undefined && !namespaces.includes(namespace))
      throw new Problem('FORBIDDEN', `namespace ${namespace} is not served here`);
    const protocol = stream.protocols.find(candidate => candidate !== '' && offered.includes(candidate));
    if (protocol === undefined && !stream.protocols.includes('')) {
      throw new Problem('INVALID', `this stream speaks ${stream.protocols.join(', ')}: offer it as Sec-WebSocket-Protocol`);
    }
    const leave = limits?.socket(principal) ?? (() => undefined);
    try {
      const frames = await stream.open({ param: name => params.get(name) ?? '', query: query as never, namespace, principal, protocol });
      return { frames, protocol, principal, leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  function welcome(socket: WebSocket, connection: Duplex, { frames, principal }: Opened): void {
    const peer = servePeer(socket, frames, { clock, log, limits: peerLimits }, principal.expiresAtMs);
    peers.add(peer);
    void peer.gone.then(() => peers.delete(peer));
    const takes = createMeter(clock, inboundLimits);
    connection.on('data', (chunk: Buffer) => {
      // When ws has found something wrong with it, that is the better reason.
      if (!takes(chunk.length)) setImmediate(() => peer.close(closings.flooding));
    });
    if (closing) peer.close(closings.shuttingDown);
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    try {
      const opened = await open(request);
      if (socket.destroyed) return opened.leave();
      socket.once('close', opened.leave);
      if (opened.protocol !== undefined) agreed.set(request, opened.protocol);
      server.handleUpgrade(request, socket, head, peer => welcome(peer, socket, opened));
    } catch (error) {
      refuse(socket, error);
    }
  }

  // What is no handshake of WebSocket.
  server.on('wsClientError', (error, socket) => refuse(socket, new Problem('INVALID', error.message, { cause: error })));

  function refuse(socket: Duplex, error: unknown): void {
    const problem = toProblem(error);
    const requestId = randomUUID();
    if (problem.status >= 500)
      log.warn('upgrade refused', {
        requestId,
        code: problem.code,
        error: problem.cause instanceof Error ? problem.cause.message : problem.message,
      });
    refuseOnSocket(socket, problem, clock, { requestId, hide: deps.hide });
  }

  return {
    attach(http) {
      http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        // Before anything else: without a listener a reset of the connection would end the process.
        socket.on('error', error => log.debug('upgrade connection failed', { error: String(error) }));
        void upgrade(request, socket, head);
      });
    },
    get connected() {
      return peers.size;
    },
    async close() {
      closing = true;
      const leaving = [...peers];
      for (const peer of leaving) peer.close(closings.shuttingDown satisfies Closing);
      await Promise.all(leaving.map(peer => peer.gone));
    },
  };
}

/** Doubled and trailing slashes do not matter, as with the routes. */
const pathOf = (raw: string): string => {
  const path = raw.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

const protocolsOf = (request: IncomingMessage): string[] =>
  (request.headers['sec-websocket-protocol'] ?? '').split(',').map(protocol => protocol.trim());

/** Throws INVALID with every fault, or FORBIDDEN. */
function queryOf(stream: Stream, search: string, principal: Principal): { namespace: string; query: object } {
  const faults: Fault[] = [];
  const known = ['namespace', ...fieldsOf(stream.query)];
  const { namespace, ...rest } = readParameters(search, known, faults);
  const why = namespace === undefined ? 'is missing; say which namespace you mean' : whyNoNamespace(namespace);
  if (why !== undefined) faults.push({ pointer: '?namespace', message: why });
  const checked = checkDto(stream.query, rest);
  faults.push(...checked.faults.map(fault => ({ ...fault, pointer: `?${fault.pointer.slice(1)}` })));
  authorize(principal, stream.access, why === undefined ? (namespace ?? '') : '');
  if (faults.length > 0) throw new Problem('INVALID', faults.map(fault => `${fault.pointer} ${fault.message}`).join('; '), { faults });
  return { namespace: namespace ?? '', query: checked.value };
}
