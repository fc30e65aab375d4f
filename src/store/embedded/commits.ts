/** The one writer of the embedded store: transactions are judged one after the other, and those that wait together share one synced write. */

import type { Clock } from '../../lib/clock.ts';
import type { Compare, Entry, Lease, Outcome, Transaction, Write } from '../store.ts';
import { StoreError } from '../store.ts';
import { decode, encode, layout, prefixRange, toStoreError, type Database } from './database.ts';
import type { Commit, KeyChange } from './history.ts';

export interface CommitsDeps {
  db: Database;
  clock: Clock;
  /** Closes and opens the database: then it tells what is in the file. */
  reopen(): Promise<void>;
  /** Revision of the last commit in the database. */
  revision: number;
  /** Whether the lease still lives; writes under a dead one are refused. */
  alive(lease: Lease): boolean;
  /** The commits of one synced write, in order, once they are durable. */
  published(commits: Commit[]): void;
}

export interface Commits {
  transact(transaction: Transaction): Promise<Outcome>;
  /** Resolves when all transactions taken so far are done. */
  idle(): Promise<void>;
}

interface Waiting {
  transaction: Transaction;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

type Operation = { type: 'put'; key: string; value: string } | { type: 'del'; key: string };

/** A full disk is not asked more often whether it still is. */
const betweenReopeningsMs = 1000;

export function createCommits({ db, clock, reopen, revision: start, alive, published }: CommitsDeps): Commits {
  let revision = start;
  let waiting: Waiting[] = [];
  let working: Promise<void> | undefined;
  /** The write that failed, until it is known what became of it. */
  let broken: { why: StoreError; commits: Commit[]; askedAt: number } | undefined;

  /** The group's own uncommitted changes over what is in the database. */
  function createView() {
    const changed = new Map<string, Entry | undefined>();
    return {
      changed,
      async entries(keys: string[]): Promise<Map<string, Entry | undefined>> {
        const unseen = keys.filter(key => !changed.has(key));
        const texts = unseen.length === 0 ? [] : await db.getMany(unseen.map(layout.entry));
        const found = new Map<string, Entry | undefined>(
          unseen.map((key, index) => [key, texts[index] === undefined ? undefined : decode(key, texts[index])]),
        );
        for (const key of keys) if (changed.has(key)) found.set(key, changed.get(key));
        return found;
      },
      async keysUnder(prefix: string): Promise<string[]> {
        const keys = new Set<string>();
        for await (const raw of db.keys(prefixRange(prefix))) keys.add(layout.keyOf(raw));
        for (const [key, entry] of changed) {
          if (!key.startsWith(prefix)) continue;
          if (entry === undefined) keys.delete(key);
          else keys.add(key);
        }
        return [...keys];
      },
    };
  }

  async function judge(
    view: ReturnType<typeof createView>,
    { compare, writes }: Transaction,
  ): Promise<{ outcome: Outcome; commit?: Commit }> {
    for (const write of writes) {
      if ('put' in write && write.lease !== undefined && !alive(write.lease))
        throw new StoreError('UNAVAILABLE', `the lease for ${write.put} is lost`);
    }
    const exact = writes.flatMap(write => ('put' in write ? [write.put] : 'delete' in write ? [write.delete] : []));
    const entries = await view.entries([...new Set([...compare.map(({ key }) => key), ...exact])]);
    if (!compare.every(({ key, revision: wanted }: Compare) => (entries.get(key)?.revision ?? 0) === wanted))
      return { outcome: { committed: false } };

    const next = revision + 1;
    const changes: KeyChange[] = [];
    const remove = (key: string, before: Entry | undefined) => {
      if (before !== undefined) changes.push({ key, entry: undefined, before, lease: undefined });
    };
    const apply = async (write: Write): Promise<void> => {
      if ('put' in write) {
        changes.push({
          key: write.put,
          entry: { key: write.put, value: write.value, revision: next },
          before: entries.get(write.put),
          lease: write.lease,
        });
      } else if ('delete' in write) {
        remove(write.delete, entries.get(write.delete));
      } else {
        for (const [key, before] of await view.entries(await view.keysUnder(write.deletePrefix))) remove(key, before);
      }
    };
    for (const write of writes) await apply(write);
    if (changes.length === 0) return { outcome: { committed: true, revision } };
    return { outcome: { committed: true, revision: next }, commit: { revision: next, changes } };
  }

  /**
   * Nobody knows what of a failed write is in the file, and what is written behind it may be lost with it. So nothing is, until the database has been opened anew and has told.
   * Answers why that is not yet possible.
   */
  async function mend(): Promise<StoreError | undefined> {
    const failed = broken;
    if (failed === undefined) return undefined;
    if (clock.monotonic() < failed.askedAt + betweenReopeningsMs) return failed.why;
    failed.askedAt = clock.monotonic();
    try {
      await reopen();
      const found = Number(await db.get(layout.revision));
      if (found === revision) published(failed.commits);
      revision = found;
      broken = undefined;
      return undefined;
    } catch (error) {
      failed.why = toStoreError(error);
      return failed.why;
    }
  }

  async function runGroup(group: Waiting[]): Promise<void> {
    const why = await mend();
    if (why !== undefined) {
      for (const waiter of group) waiter.reject(new StoreError(why.code, why.message, { cause: why }));
      return;
    }
    const view = createView();
    const operations = new Map<string, Operation>();
    const commits: Commit[] = [];
    const judged: { waiter: Waiting; outcome: Outcome }[] = [];
    for (const waiter of group) {
      try {
        const { outcome, commit } = await judge(view, waiter.transaction);
        judged.push({ waiter, outcome });
        if (commit === undefined) continue;
        commits.push(commit);
        revision = commit.revision;
        for (const { key, entry, lease } of commit.changes) {
          view.changed.set(key, entry);
          const at = layout.entry(key);
          const mark = layout.leased(key);
          operations.set(at, entry === undefined ? { type: 'del', key: at } : { type: 'put', key: at, value: encode(entry) });
          operations.set(mark, lease !== undefined ? { type: 'put', key: mark, value: '' } : { type: 'del', key: mark });
        }
      } catch (error) {
        waiter.reject(toStoreError(error));
      }
    }
    try {
      if (commits.length > 0) {
        const batch: Operation[] = [...operations.values(), { type: 'put', key: layout.revision, value: String(revision) }];
        // `sync` is an option of classic-level only; memory-level has nothing to sync.
        await db.batch(batch, { sync: true } as object);
        published(commits);
      }
      for (const { waiter, outcome } of judged) waiter.resolve(outcome);
    } catch (error) {
      broken = { why: toStoreError(error), commits, askedAt: -Infinity };
      for (const { waiter, outcome } of judged) waiter.reject(toStoreError(error, outcome.committed ? 'unknown' : 'none'));
    }
  }

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      // One turn of the event loop lets everything that is asked for meanwhile join the group, and keeps a busy writer from starving the process.
      await new Promise(resolve => setImmediate(resolve));
      const group = waiting;
      waiting = [];
      await runGroup(group);
    }
    working = undefined;
  }

  return {
    transact(transaction) {
      return new Promise((resolve, reject) => {
        waiting.push({ transaction, resolve, reject });
        working ??= work();
      });
    },
    async idle() {
      while (working !== undefined) await working;
    },
  };
}
