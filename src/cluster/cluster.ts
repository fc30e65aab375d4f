/**
 * The cluster as Teal needs it. One adapter (kubernetes/) speaks to a real API server and, over loopback HTTP, to the sandbox's.
 * integration/contracts/cluster.ts states what Teal believes about Kubernetes and runs on both.
 */

import type { KubeObject, Kind, Ref } from './objects.ts';

export type ClusterErrorCode =
  | 'NOT_FOUND'
  /** The object changed since it was read, or the precondition on uid or resourceVersion failed. */
  | 'CONFLICT'
  | 'ALREADY_EXISTS'
  /** 422: the object breaks a rule of its kind. */
  | 'INVALID'
  | 'FORBIDDEN'
  /** 403 because a quota is used up. */
  | 'QUOTA_EXCEEDED'
  /** 403 or 409 because the namespace is being deleted. */
  | 'NAMESPACE_TERMINATING'
  | 'UNAUTHORIZED'
  /** 410: the list position is too old. */
  | 'GONE'
  | 'TOO_MANY_REQUESTS'
  | 'BAD_REQUEST'
  /** 5xx, or no connection. */
  | 'UNAVAILABLE'
  | 'TIMEOUT'
  /** Refused by ourselves before sending: the fence was closed or the caller aborted. */
  | 'NOT_SENT';

/** One thing that is wrong with a refused object, as the API server lists it. */
export interface StatusCause {
  /** Path of the field, for example `spec.ports[0].port`; empty when it concerns no single field. */
  field: string;
  /** Kubernetes' own word, for example `FieldValueInvalid`. */
  reason: string;
  message: string;
}

export class ClusterError extends Error {
  readonly code: ClusterErrorCode;
  /** HTTP status of the answer; 0 without one. */
  readonly status: number;
  /** For a mutating call: `unknown` = it may have been applied though no answer came. */
  readonly outcome: 'none' | 'unknown';
  readonly retryAfterMs: number | undefined;
  readonly causes: StatusCause[];

  constructor(
    code: ClusterErrorCode,
    message: string,
    options: { status?: number; outcome?: 'none' | 'unknown'; retryAfterMs?: number; causes?: StatusCause[]; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ClusterError';
    this.code = code;
    this.status = options.status ?? 0;
    this.outcome = options.outcome ?? 'none';
    this.retryAfterMs = options.retryAfterMs;
    this.causes = options.causes ?? [];
  }
}

export interface Selector {
  /** Kubernetes label selector text, for example `app=shop,version=2`. */
  labels?: string;
  fields?: string;
}

/** An answer of a pod, fetched directly or through the API server. */
export interface PodAnswer {
  status: number;
  /** At most 64 KiB of it, decoded as UTF-8. */
  body: string;
}

export interface PodRequest {
  namespace: string;
  pod: string;
  port: number;
  /** Without leading slash trouble: always starts with exactly one '/'. */
  path: string;
  method: 'GET' | 'POST';
  timeoutMs: number;
}

export interface MirrorEvent {
  type: 'added' | 'modified' | 'deleted';
  object: KubeObject;
}

/**
 * A local copy of all objects of a kind that carry a label, kept by list and watch. Repairs itself: reconnects with backoff, lists again on 410 and every five
 * minutes, notices a silent server. `learn` and `forget` put answers to our own writes in at once, so that a planner never sees a world older than its own deeds.
 */
export interface Mirror {
  readonly kind: Kind;
  /** Resolves after the first complete list. */
  synced(): Promise<void>;
  /** Resolves when a list that began after this call has been put in: from then on nothing is older than the call. Rejects only when the mirror is closed before. */
  refresh(): Promise<void>;
  /** False while the copy may be older than a few seconds (no watch connected). */
  readonly live: boolean;
  get(namespace: string, name: string): KubeObject | undefined;
  /** The objects of a namespace whose labels include `labels`. */
  list(namespace: string, labels?: Record<string, string>): KubeObject[];
  /** Called after each change has been put in. Returns the unsubscriber. A throw in `fn` is logged, never fatal. */
  subscribe(fn: (event: MirrorEvent) => void): () => void;
  /** Puts in a newer version that a write or an uncached read returned; an older one than known is ignored. */
  learn(object: KubeObject): void;
  /** The object with this uid is gone; late events of it are ignored. */
  forget(ref: Ref, uid: string): void;
  close(): Promise<void>;
}

/** Something that may be done with one kind of object. */
export interface Right {
  verb: string;
  /** API group; '' = the core. */
  group: string;
  /** Plural, with a subresource behind "/": `pods/log`. */
  resource: string;
}

export interface CallOptions {
  signal?: AbortSignal;
  /** For the whole call, waits between attempts included; for a list, per page. Default: the client's request timeout. */
  timeoutMs?: number;
  /** Gets the API server's warnings (unknown fields, deprecated kinds) of a create or replace, when there are any. */
  onWarnings?: (warnings: string[]) => void;
}

export interface Cluster {
  /** An uncached (quorum) read. */
  read(ref: Ref, options?: CallOptions): Promise<KubeObject | undefined>;
  /** An uncached list, paged internally. An empty namespace means all. */
  list(kind: Kind, namespace: string, selector?: Selector, options?: CallOptions): Promise<KubeObject[]>;
  create(object: KubeObject, options?: CallOptions): Promise<KubeObject>;
  /** PUT. The object must carry the resourceVersion it is based on. */
  replace(object: KubeObject, options?: CallOptions): Promise<KubeObject>;
  /** Deletes exactly the object with this uid at this resourceVersion. Returns the object when finalizers keep it for now. */
  remove(
    ref: Ref,
    precondition: { uid: string; resourceVersion: string },
    propagation: 'Background' | 'Foreground' | 'Orphan',
    options?: CallOptions,
  ): Promise<KubeObject | undefined>;
  /** Server-side dry run of a create: warnings of the API server, or a ClusterError saying what is wrong. Changes nothing. */
  dryRun(object: KubeObject, options?: CallOptions): Promise<string[]>;
  podLog(
    namespace: string,
    pod: string,
    query: { container?: string; tailLines?: number; previous?: boolean },
    options?: CallOptions,
  ): Promise<string>;
  /** Asks a pod through the API server's pod proxy. Redirects are not followed, the body is capped. */
  proxyToPod(request: PodRequest): Promise<PodAnswer>;
  /** Mirrors of one kind and selector share one watch while open. `namespace` empty = all. */
  mirror(kind: Kind, namespace: string, selector?: Selector): Mirror;
  /** Whether the API server would let us do this in the namespace (empty = everywhere), by its own word. */
  mayI(right: Right, namespace: string, options?: CallOptions): Promise<boolean>;
  /** What the API server says it is, for example `v1.34.4`. */
  version(): Promise<string>;
  /** The API server's clock now (ms since the epoch), from the `Date` headers of its answers; undefined before the first answer. */
  time(): number | undefined;
  /** Resolves when the API server answers `/readyz` or `/version`; for our readiness. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
