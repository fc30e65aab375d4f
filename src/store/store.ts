/**
 * The durable state as Teal needs it: a small ordered key-value store with revisions, compare-and-set transactions, watches and leases.
 * Two adapters (etcd/, embedded/) keep this contract; integration/contracts/store.ts proves it on both.
 *
 * Keys are '/'-separated paths, values are text (JSON). Every commit has one revision, greater than any before of the keys that it compares or writes. Commits that were under way at the same
 * time and have no key in common may share one.
 * Reads are linearizable.
 */

export interface Entry {
  key: string;
  value: string;
  /** Revision of the commit that wrote this value. */
  revision: number;
}

export interface RangeOptions {
  /** At most so many entries; default all. Adapters page internally, so that no answer breaks a transport limit. */
  limit?: number;
  /** Only keys after this one in the order of the answer (before it when `descending`): the cursor of the next page. */
  after?: string;
  descending?: boolean;
  /** Read as of this revision (from an earlier page). Fails with COMPACTED when that is gone. */
  revision?: number;
}

export interface Page {
  entries: Entry[];
  /** The revision at which the whole page is true. A watch from `revision + 1` misses nothing. */
  revision: number;
  /** Whether entries beyond `limit` exist. */
  more: boolean;
}

/** The key's last write must have this revision; 0 = the key must be absent. */
export interface Compare {
  key: string;
  revision: number;
}

export type Write =
  | { put: string; value: string; lease?: Lease }
  | { delete: string }
  /** Deletes every key that starts with the prefix. */
  | { deletePrefix: string };

export interface Transaction {
  compare: Compare[];
  /** Applied all or none, in one commit. The same key must not be written twice. */
  writes: Write[];
}

export type Outcome = { committed: true; revision: number } | { committed: false };

export type Change =
  | { type: 'put'; entry: Entry }
  | { type: 'delete'; key: string; revision: number; /** What was there before, when the store still knows. */ previous?: string };

/** Liveness of this process as others see it. Never a licence to write: that is what the epoch compare is for. */
export interface Lease {
  readonly ttlMs: number;
  /** Monotonic time (ms) at which the last *confirmed* renewal was sent; the lease lives at least until this + ttlMs. Infinity when it cannot expire. */
  lastRenewal(): number;
  /** Resolves when the lease is known to be lost; its keys are gone then. Never rejects. */
  readonly lost: Promise<void>;
  /** Deletes the lease and its keys. */
  revoke(): Promise<void>;
}

export interface Store {
  get(key: string): Promise<Entry | undefined>;
  /** Entries whose key starts with `prefix`, in key order. */
  range(prefix: string, options?: RangeOptions): Promise<Page>;
  /** How many keys start with `prefix`; no value is read. */
  count(prefix: string): Promise<number>;
  /**
   * Commits iff every compare holds. When the connection breaks after sending, the adapter reads back and answers truthfully; if it cannot, it
   * throws a StoreError with `outcome: 'unknown'`. A caller must then read before it writes again.
   */
  transact(transaction: Transaction): Promise<Outcome>;
  /**
   * Batches of changes under `prefix` from revision `from` on, in order, each exactly once; changes of one commit arrive in one batch. Survives reconnects. Throws COMPACTED
   * when history back to the position is gone: the caller then ranges again and watches from there. Ends without error when `signal` aborts.
   */
  watch(prefix: string, from: number, signal: AbortSignal): AsyncIterable<Change[]>;
  /** A lease renewed in the background until revoked or lost. */
  lease(ttlMs: number): Promise<Lease>;
  /** Resolves when the store answers, and the embedded one takes writes; rejects with what is wrong otherwise. For readiness. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export type StoreErrorCode =
  /** No answer, or not now. Try again later. */
  | 'UNAVAILABLE'
  /** The asked revision is no longer kept. */
  | 'COMPACTED'
  /** A value or transaction is larger than the store takes. */
  | 'TOO_LARGE'
  /** The store has no room left (etcd: NOSPACE alarm, where deletes still work; embedded: a full disk). */
  | 'NO_SPACE'
  /** Wrong credentials or no right. */
  | 'DENIED'
  /** Another process holds the directory (embedded). */
  | 'LOCKED'
  | 'CLOSED';

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** For a failed transaction: `none` = surely not committed, `unknown` = perhaps. */
  readonly outcome: 'none' | 'unknown';

  constructor(code: StoreErrorCode, message: string, options: { cause?: unknown; outcome?: 'none' | 'unknown' } = {}) {
    super(message, { cause: options.cause });
    this.name = 'StoreError';
    this.code = code;
    this.outcome = options.outcome ?? 'none';
  }
}
