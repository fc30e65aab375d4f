/** What is known of one deployment, kept current by two watches while somebody listens: its record and its log. Any number of readers share one feed. */

import { createBackoff } from '../lib/backoff.ts';
import type { Bell } from '../lib/bell.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { keys } from '../store/keys.ts';
import type { Change, Entry, Store } from '../store/store.ts';
import { StoreError } from '../store/store.ts';
import type { Deployment, LogEntry } from './record.ts';
import { parseDeployment } from './repository.ts';

export interface Feed {
  /** The newest state seen, also when the record is gone since. Undefined when there never was one. */
  readonly deployment: Deployment | undefined;
  /** The record does not exist (any more). */
  readonly gone: boolean;
  /** The store was closed; nothing more will come. */
  readonly failure: StoreError | undefined;
  /** Everything logged so far, in order. Only ever grows. */
  readonly entries: readonly LogEntry[];
  /** Rings after every change until taken away. */
  bells: Set<Bell>;
  /** Resolves when the state is known; rejects when the store does not answer. */
  ready: Promise<void>;
  close(): void;
}

export interface FeedDeps {
  store: Store;
  clock: Clock;
  log: Logger;
}

export function openFeed({ store, clock, log }: FeedDeps, namespace: string, id: string): Feed {
  const recordKey = keys.deployment(namespace, id);
  const logPrefix = keys.logs(namespace, id);
  const life = new AbortController();
  const entries: LogEntry[] = [];
  const bells = new Set<Bell>();
  let deployment: Deployment | undefined;
  let gone = false;
  let failure: StoreError | undefined;

  const ring = () => {
    for (const bell of bells) bell.ring();
  };

  function learnRecord(entry: Entry | undefined): void {
    gone = entry === undefined;
    if (entry) deployment = parseDeployment(entry).value;
  }

  function learnLog(batches: Entry[]): void {
    for (const batch of batches) {
      const known = entries.at(-1)?.seq ?? 0;
      entries.push(...(JSON.parse(batch.value) as LogEntry[]).filter(({ seq }) => seq > known));
    }
  }

  const puts = (changes: Change[]): Entry[] => changes.flatMap(change => (change.type === 'put' ? [change.entry] : []));

  /** Reads everything, and says from where to watch. The record first: what it says of the log is then always there. */
  async function load(): Promise<{ record: number; log: number }> {
    const record = await store.range(recordKey, { limit: 1 });
    const logged = await store.range(logPrefix);
    learnLog(logged.entries);
    learnRecord(record.entries[0]);
    ring();
    return { record: record.revision + 1, log: logged.revision + 1 };
  }

  async function follow(prefix: string, from: number, signal: AbortSignal, learn: (changes: Change[]) => void): Promise<void> {
    for await (const changes of store.watch(prefix, from, signal)) {
      learn(changes);
      ring();
    }
  }

  async function followBoth(from: { record: number; log: number }): Promise<void> {
    const round = new AbortController();
    const signal = AbortSignal.any([life.signal, round.signal]);
    const followed = [
      follow(recordKey, from.record, signal, changes => {
        const last = changes.at(-1);
        learnRecord(last?.type === 'put' ? last.entry : undefined);
      }),
      follow(logPrefix, from.log, signal, changes => learnLog(puts(changes))),
    ];
    try {
      await Promise.all(followed);
    } finally {
      round.abort();
      await Promise.allSettled(followed);
    }
  }

  async function keepCurrent(from: { record: number; log: number }): Promise<void> {
    const backoff = createBackoff({ baseMs: 100, capMs: 5000 });
    for (let position: typeof from | undefined = from; !life.signal.aborted;) {
      try {
        position ??= await load();
        backoff.reset();
        await followBoth(position);
      } catch (error) {
        if (life.signal.aborted) return;
        if (error instanceof StoreError && error.code === 'CLOSED') {
          failure = error;
          ring();
          return;
        }
        log.debug('a deployment is read again to follow it', { deployment: id, error: String(error) });
        await clock.sleep(backoff.next(), life.signal).catch(() => undefined);
      }
      position = undefined;
    }
  }

  const loaded = load();
  // A reader that finds the store out of reach is told by `ready`; the feed is then of no use to anybody.
  loaded
    .then(keepCurrent, () => undefined)
    .catch((error: unknown) => log.error('following a deployment ended', { deployment: id, error: String(error) }));

  return {
    get deployment() {
      return deployment;
    },
    get gone() {
      return gone;
    },
    get failure() {
      return failure;
    },
    entries,
    bells,
    ready: loaded.then(() => undefined),
    close: () => life.abort(),
  };
}
