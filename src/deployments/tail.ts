/**
 * The one way to follow a deployment (PROTOCOL section 8): log entries in order from a number on, until the outcome or until settled, and waiting for a state. Serves both
 * stream protocols, `?follow` and `?wait`; all who follow the same deployment share one feed.
 */

import type { Bell } from '../lib/bell.ts';
import { createBell } from '../lib/bell.ts';
import { StoreError } from '../store/store.ts';
import type { Feed, FeedDeps } from './feed.ts';
import { openFeed } from './feed.ts';
import type { Deployment, LogEntry } from './record.ts';
import { isEnd } from './transitions.ts';

/** `deployed`: until the status is an end (the default of all waits). `settled`: until nothing more will happen. */
export type Until = 'deployed' | 'settled';

export const untils: readonly Until[] = ['deployed', 'settled'];

/** Entries that came since the last batch; never empty. Equal positions give the identical array to everyone, so that what is made of it can be shared. */
export type Batch = readonly LogEntry[];

/** How following ended: everything was given, or the record was deleted, or the reader's signal aborted. */
export type TailEnd = { why: 'complete'; deployment: Deployment } | { why: 'deleted' } | { why: 'aborted' };

export interface TailRequest {
  namespace: string;
  id: string;
  /** Number of the last entry that the reader has; 0 = none. */
  after: number;
  until: Until;
  signal: AbortSignal;
}

export interface Tails {
  /** Batches of entries with seq > after, each once and in order, up to `endSeq` (or `settledSeq`). Throws StoreError. */
  follow(request: TailRequest): AsyncGenerator<Batch, TailEnd>;
  /** The first state for which `done` holds, or the newest one when the signal aborts; undefined when the record is gone. */
  state(
    request: { namespace: string; id: string; signal: AbortSignal },
    done: (deployment: Deployment) => boolean,
  ): Promise<Deployment | undefined>;
  /** Feeds that are open now. */
  readonly open: number;
}

/** The number of the last entry that a reader with this aim gets; undefined while it is not known. */
export const lastSeq = ({ log }: Deployment, until: Until): number | undefined => (until === 'deployed' ? log.endSeq : log.settledSeq);

/** Whether a reader with this aim has what it waits for. */
export const isReached = (deployment: Deployment, until: Until): boolean =>
  until === 'deployed' ? isEnd(deployment.status) : deployment.settledAt !== undefined;

interface Shared {
  feed: Feed;
  readers: number;
  /** The latest batches by position. */
  cuts: Map<string, Batch>;
}

export function createTails(deps: FeedDeps): Tails {
  const open = new Map<string, Shared>();

  /** Lets `use` read the feed of a deployment; it lives as long as somebody reads. */
  function take(namespace: string, id: string): Shared {
    const key = `${namespace}/${id}`;
    const shared = open.get(key) ?? { feed: openFeed(deps, namespace, id), readers: 0, cuts: new Map<string, Batch>() };
    open.set(key, shared);
    shared.readers++;
    return shared;
  }

  function release(namespace: string, id: string, shared: Shared): void {
    if (--shared.readers > 0) return;
    shared.feed.close();
    const key = `${namespace}/${id}`;
    if (open.get(key) === shared) open.delete(key);
  }

  function listen({ feed }: Shared, signal: AbortSignal): { bell: Bell; stop(): void } {
    const bell = createBell();
    const ring = () => bell.ring();
    feed.bells.add(bell);
    signal.addEventListener('abort', ring, { once: true });
    return {
      bell,
      stop() {
        feed.bells.delete(bell);
        signal.removeEventListener('abort', ring);
      },
    };
  }

  return {
    async *follow({ namespace, id, after, until, signal }) {
      const shared = take(namespace, id);
      const { feed } = shared;
      const { bell, stop } = listen(shared, signal);
      try {
        await feed.ready;
        let seen = after;
        for (;;) {
          if (signal.aborted) return { why: 'aborted' };
          const { deployment, entries } = feed;
          const newest = entries.at(-1)?.seq ?? 0;
          const last = deployment && lastSeq(deployment, until);
          const from = positionAfter(entries, seen);
          const to = last === undefined ? entries.length : positionAfter(entries, last);
          if (from < to) {
            const batch = cut(shared, from, to);
            seen = batch.at(-1)?.seq ?? seen;
            yield batch;
          } else if (deployment && last !== undefined && newest >= last) {
            return { why: 'complete', deployment };
          } else if (feed.gone) {
            return { why: 'deleted' };
          } else if (feed.failure) {
            throw feed.failure;
          } else {
            await bell.rung();
          }
        }
      } finally {
        stop();
        release(namespace, id, shared);
      }
    },

    async state({ namespace, id, signal }, done) {
      const shared = take(namespace, id);
      const { feed } = shared;
      const { bell, stop } = listen(shared, signal);
      try {
        await feed.ready;
        for (;;) {
          if (feed.gone) return undefined;
          if (feed.failure) throw feed.failure;
          if (!feed.deployment) throw new StoreError('UNAVAILABLE', 'the deployment was not read');
          if (done(feed.deployment) || signal.aborted) return feed.deployment;
          await bell.rung();
        }
      } finally {
        stop();
        release(namespace, id, shared);
      }
    },

    get open() {
      return open.size;
    },
  };
}

/** Index of the first entry with a greater number. Entries are in order, mostly without gaps. */
function positionAfter(entries: readonly LogEntry[], seq: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.seq ?? 0) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

const rememberedCuts = 8;

function cut({ feed, cuts }: Shared, from: number, to: number): Batch {
  const key = `${from}-${to}`;
  const known = cuts.get(key);
  if (known) return known;
  const batch = feed.entries.slice(from, to);
  cuts.set(key, batch);
  for (const oldest of cuts.keys()) {
    if (cuts.size <= rememberedCuts) break;
    cuts.delete(oldest);
  }
  return batch;
}
