/** What the rig and its client process say to each other. Times are ms since 1970, from clocks of one machine. */

export interface Aim {
  /** One app behind one way in. */
  name: string;
  /** Begins the tags of its requests. */
  mark: string;
  url: string;
  /** Host header; absent for plain Service traffic. */
  host?: string;
  /** HTTP requests per second, whatever becomes of them. */
  rate: number;
  /** Whether the app takes WebSockets at /socket. */
  sockets: boolean;
  /** How long a kept connection may be idle before the client closes it; absent: for ever. */
  idleMs?: number;
}

/** How a request left on a kept connection to a server that names its connections. */
export interface Sending {
  /** What the server calls the connection. */
  connection: string;
  localPort: number | undefined;
  /** Answers that had come on it before. */
  answers: number;
  sentAt: number;
  /** Since the last of these answers. */
  idleMs: number;
}

export type ToClient = { begin: Aim } | { gone: { aim: string; version: string } } | { finish: string };

/** `kept` and `post` use kept connections, `fresh` opens one per request, `slow` takes a second, `socket` is one WebSocket from its handshake to its end. */
export type ShotKind = 'kept' | 'post' | 'fresh' | 'slow' | 'socket';

export interface Loss {
  /** When the request was due. */
  at: number;
  kind: ShotKind;
  /**
   * `kept reset` = a kept connection was closed under a request before any byte of an answer; `idle reset` = the same, and the proxy or the pod shows that it never
   * read the request; `reset` = any other reset or early end; `status N`; `refused`; `timeout`; `silent` = a WebSocket message without its echo; `gone version` = answered
   * by a version after its end; `failed version` = by one that never got the traffic.
   */
  how: string;
  /** Names the request in the log of the proxy. */
  tag?: string;
  sending?: Sending;
  /** From being sent to the failure, ms. */
  afterMs: number;
  detail: string;
}

export interface Tally {
  aim: string;
  scheduled: number;
  sent: number;
  answered: number;
  /** Tag of an answered request, as late as any. */
  lastTag?: string;
  losses: Loss[];
  /** Due time and latency of each answered quick request; the latency counts from the due time. */
  at: Float64Array;
  ms: Float32Array;
  /** How late requests were sent, ms, by the client's own fault. */
  late: Float32Array;
  /** By version: first and last due time of an answered request, and how many. */
  versions: Record<string, { first: number; last: number; count: number }>;
  /** WebSockets opened, those that their server ended in order (1001), and messages echoed. */
  sockets: { opened: number; moved: number; echoed: number };
}

export type FromClient = { ready: true } | { tally: Tally };
