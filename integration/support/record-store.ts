/** A store that counts: numbers every mutating call and lets a test act before it and between its commit and its answer. */

import type { Lease, Outcome, Store, Transaction } from '../../src/store/store.ts';

export interface StoreCall {
  /** 1 for the first mutating call of this store. */
  n: number;
  kind: 'transact' | 'lease' | 'revoke';
  /** What was asked, for `transact`. */
  transaction?: Transaction;
  /** What the real store answered, even when the caller never got it. */
  outcome?: Outcome;
  /** What the real store threw. */
  error?: unknown;
}

export interface StoreHooks {
  /** Runs before the call reaches the store. What it throws, the caller gets; a promise that never settles is a process that died here. */
  before?(n: number, call: StoreCall): void | Promise<void>;
  /** Runs after the store has answered well and before the caller hears of it. What it throws, the caller gets instead: a lost answer. */
  afterCommit?(n: number, call: StoreCall): void | Promise<void>;
}

export interface RecordedStore {
  store: Store;
  /** All mutating calls so far, in the order in which they were made. */
  calls: StoreCall[];
  /** How often each reading call was made. */
  reads: { get: number; range: number; count: number; watch: number };
  /** May be changed at any time. */
  hooks: StoreHooks;
}

/** The keys a call writes, as `put KEY`, `delete KEY`, `delete KEY*`: for asserting exact lists. */
export function describeCall({ kind, transaction }: StoreCall): string[] {
  if (transaction === undefined) return [kind];
  return transaction.writes.map(write =>
    'put' in write ? `put ${write.put}` : 'delete' in write ? `delete ${write.delete}` : `delete ${write.deletePrefix}*`,
  );
}

export function recordStore(real: Store, hooks: StoreHooks = {}): RecordedStore {
  const calls: StoreCall[] = [];
  const reads = { get: 0, range: 0, count: 0, watch: 0 };
  const recorded: RecordedStore = { store: real, calls, reads, hooks };
  /** The real lease behind each one we gave out: adapters know only their own. */
  const realLeases = new WeakMap<Lease, Lease>();

  async function around<T>(call: Omit<StoreCall, 'n'>, act: () => Promise<T>, note: (call: StoreCall, answer: T) => void): Promise<T> {
    const numbered: StoreCall = { n: calls.length + 1, ...call };
    calls.push(numbered);
    await recorded.hooks.before?.(numbered.n, numbered);
    let answer: T;
    try {
      answer = await act();
    } catch (error) {
      numbered.error = error;
      throw error;
    }
    note(numbered, answer);
    await recorded.hooks.afterCommit?.(numbered.n, numbered);
    return answer;
  }

  const withRealLeases = ({ compare, writes }: Transaction): Transaction => ({
    compare,
    writes: writes.map(write => {
      const lease = 'put' in write && write.lease !== undefined ? realLeases.get(write.lease) : undefined;
      return lease === undefined ? write : { ...write, lease };
    }),
  });

  recorded.store = {
    get(key) {
      reads.get++;
      return real.get(key);
    },
    range(prefix, options) {
      reads.range++;
      return real.range(prefix, options);
    },
    count(prefix) {
      reads.count++;
      return real.count(prefix);
    },
    watch(prefix, from, signal) {
      reads.watch++;
      return real.watch(prefix, from, signal);
    },
    transact: transaction =>
      around(
        { kind: 'transact', transaction },
        () => real.transact(withRealLeases(transaction)),
        (call, outcome) => (call.outcome = outcome),
      ),
    async lease(ttlMs) {
      const lease = await around(
        { kind: 'lease' },
        () => real.lease(ttlMs),
        () => {},
      );
      const given: Lease = {
        ttlMs: lease.ttlMs,
        lastRenewal: () => lease.lastRenewal(),
        lost: lease.lost,
        revoke: () =>
          around(
            { kind: 'revoke' },
            () => lease.revoke(),
            () => {},
          ),
      };
      realLeases.set(given, lease);
      return given;
    },
    ping: () => real.ping(),
    close: () => real.close(),
  };
  return recorded;
}
