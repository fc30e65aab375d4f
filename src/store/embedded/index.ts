/** The store in one process: a level database on disk or in memory, with revisions, watches and leases as etcd has them. */

import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { StoreError, type Change, type Entry, type Lease, type Page, type RangeOptions, type Store } from '../store.ts';
import { checkTransaction, maxRequestBytes, sizeOf } from '../transaction.ts';
import { createCommits } from './commits.ts';
import { claimFormat, decode, layout, openDirectory, openMemory, prefixRange, toStoreError, type Database } from './database.ts';
import { changesUnder, createHistory, type HistoryLimits } from './history.ts';
import { createReopening } from './reopening.ts';
import { checkRoom } from './room.ts';

export type EmbeddedStoreOptions = ({ dir: string } | { memory: true }) & {
  /** How much of the past watches and pinned pages may reach back to. */
  history?: HistoryLimits;
};

export interface EmbeddedStoreDeps {
  clock: Clock;
  log: Logger;
}

/**
 * Opens the store; the directory is made when absent and held until `close`. Keys that a lease of an earlier process left behind are removed first.
 * Throws a StoreError: LOCKED when another process holds the directory, UNAVAILABLE when it cannot be used.
 * A commit that was answered survives the death of the process and of the machine (synced writes).
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions, { clock, log }: EmbeddedStoreDeps): Promise<Store> {
  const db = 'dir' in options ? await openDirectory(options.dir) : await openMemory();
  try {
    await claimFormat(db);
    const start = await dropLeased(db, log);
    const { history = { commits: 10_000, size: 8 * 1024 * 1024 } } = options;
    return createStore({
      db,
      clock,
      start,
      limits: history,
      checkRoom: () => ('dir' in options ? checkRoom(options.dir) : Promise.resolve()),
    });
  } catch (error) {
    await db.close();
    throw toStoreError(error);
  }
}

/** Removes what lived under leases of the process before; returns the last revision. */
async function dropLeased(db: Database, log: Logger): Promise<number> {
  const revision = Number(await db.get(layout.revision));
  const leased: string[] = [];
  for await (const raw of db.keys(layout.allLeased)) leased.push(layout.keyOf(raw));
  if (leased.length === 0) return revision;
  log.info('removing keys whose lease ended with the process before', { keys: leased.length });
  const removals = leased.flatMap(key => [layout.entry(key), layout.leased(key)]).map(key => ({ type: 'del' as const, key }));
  await db.batch([...removals, { type: 'put', key: layout.revision, value: String(revision + 1) }], { sync: true } as object);
  return revision + 1;
}

interface StoreParts {
  db: Database;
  clock: Clock;
  /** The last revision. */
  start: number;
  limits: HistoryLimits;
  checkRoom: () => Promise<void>;
}

function createStore({ db, clock, start, limits, checkRoom }: StoreParts): Store {
  const { read, reopen } = createReopening(db, checkRoom);
  const history = createHistory(start, limits);
  const alive = new Set<Lease>();
  /** Keys that live under a lease, with the revision that put them there. */
  const holders = new Map<string, { lease: Lease; revision: number }>();
  let last = start;
  let closed = false;
  const wakers = new Set<() => void>();

  function wake() {
    for (const waker of [...wakers]) waker();
  }

  const commits = createCommits({
    db,
    clock,
    reopen,
    revision: start,
    alive: lease => alive.has(lease),
    published(done) {
      for (const commit of done) {
        history.add(commit);
        last = commit.revision;
        for (const { key, lease } of commit.changes) {
          if (lease === undefined) holders.delete(key);
          else holders.set(key, { lease, revision: commit.revision });
        }
      }
      wake();
    },
  });

  const ensureOpen = () => {
    if (closed) throw new StoreError('CLOSED', 'the store is closed');
  };

  /** Resolves at the next commit, at close, or when the signal aborts. */
  function nextCommit(signal?: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        wakers.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      wakers.add(done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  async function collect(range: object, options: object, count: number): Promise<Entry[]> {
    const entries: Entry[] = [];
    for await (const [raw, text] of db.iterator({ ...range, ...options, limit: count })) entries.push(decode(layout.keyOf(raw), text));
    return entries;
  }

  async function range(prefix: string, { limit, after, descending = false, revision }: RangeOptions): Promise<Page> {
    if (limit !== undefined && limit < 1) throw new RangeError('a page has at least one entry');
    const snapshot = db.snapshot();
    try {
      const current = Number(db.getSync(layout.revision, { snapshot }));
      const at = revision ?? current;
      if (at > current) throw new StoreError('COMPACTED', `revision ${at} is not known; the newest is ${current}`);
      // The snapshot may be ahead of what has been published by one group.
      while (last < current && !closed) await nextCommit();
      const undone = at < current ? history.undo(prefix, at) : new Map<string, Entry | undefined>();
      const { gte, lt } = prefixRange(prefix);
      const cursor = after === undefined ? undefined : layout.entry(after);
      const bounds = cursor === undefined ? { gte, lt } : descending ? { gte, lt: cursor } : { gt: cursor, lt };
      const wanted = limit === undefined ? -1 : limit + 1 + undone.size;
      const found = await collect(bounds, { reverse: descending, snapshot }, wanted);
      const entries = undone.size === 0 ? found : rewind(found, undone, after, descending);
      const more = limit !== undefined && entries.length > limit;
      return { entries: more ? entries.slice(0, limit) : entries, revision: at, more };
    } catch (error) {
      throw error instanceof RangeError ? error : toStoreError(error);
    } finally {
      await snapshot.close();
    }
  }

  async function* watch(prefix: string, from: number, signal: AbortSignal): AsyncIterable<Change[]> {
    let next = Math.max(from, 1);
    while (!signal.aborted) {
      ensureOpen();
      const fresh = history.since(next);
      if (fresh.length === 0) await nextCommit(signal);
      for (const commit of fresh) {
        next = commit.revision + 1;
        const changes = changesUnder(prefix, commit);
        if (changes.length > 0) yield changes;
        if (signal.aborted) return;
      }
    }
  }

  async function dropKeysOf(lease: Lease): Promise<void> {
    for (;;) {
      const held = [...holders].filter(([, holder]) => holder.lease === lease);
      if (held.length === 0) return;
      const compare = held.map(([key, { revision }]) => ({ key, revision }));
      const outcome = await commits.transact({ compare, writes: held.map(([key]) => ({ delete: key })) });
      if (outcome.committed) return;
    }
  }

  return {
    async get(key) {
      ensureOpen();
      try {
        const text = await read(() => Promise.resolve(db.getSync(layout.entry(key))));
        return text === undefined ? undefined : decode(key, text);
      } catch (error) {
        throw toStoreError(error);
      }
    },
    async range(prefix, options = {}) {
      ensureOpen();
      return read(() => range(prefix, options));
    },
    async count(prefix) {
      ensureOpen();
      try {
        return (await read(() => db.keys(prefixRange(prefix)).all())).length;
      } catch (error) {
        throw toStoreError(error);
      }
    },
    async transact(transaction) {
      ensureOpen();
      checkTransaction(transaction);
      const size = sizeOf(transaction);
      if (size > maxRequestBytes) throw new StoreError('TOO_LARGE', `a transaction of ${size} bytes; the store takes ${maxRequestBytes}`);
      return commits.transact(transaction);
    },
    watch,
    async lease(ttlMs) {
      ensureOpen();
      const lease: Lease = {
        ttlMs,
        lastRenewal: () => Infinity,
        lost: new Promise<void>(() => {}),
        async revoke() {
          if (!alive.delete(lease)) return;
          await commits.idle();
          await dropKeysOf(lease);
        },
      };
      alive.add(lease);
      return Promise.resolve(lease);
    },
    async ping() {
      ensureOpen();
      // It changes nothing, but it has to pass where writes do.
      await commits.transact({ compare: [], writes: [] });
    },
    async close() {
      if (closed) return;
      closed = true;
      wake();
      await commits.idle();
      await db.close();
    },
  };
}

/** What `found` (in order) was before the undone changes. */
function rewind(found: Entry[], undone: Map<string, Entry | undefined>, after: string | undefined, descending: boolean): Entry[] {
  const order = (a: string, b: string) => (descending ? -1 : 1) * Buffer.compare(Buffer.from(a), Buffer.from(b));
  const entries = found.filter(({ key }) => !undone.has(key));
  for (const [key, entry] of undone) if (entry !== undefined && (after === undefined || order(key, after) > 0)) entries.push(entry);
  return entries.sort((a, b) => order(a.key, b.key));
}
