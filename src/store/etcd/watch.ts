/** Watches that outlive connections: each key's changes from a revision on, exactly once, until aborted or the history is compacted away. */

import type { IEvent, IRangeResponse, IWatchRequest, IWatchResponse } from 'etcd3';
import { createBackoff } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { keys } from '../keys.ts';
import { StoreError, type Change } from '../store.ts';
import type { Connection, Stream } from './connection.ts';
import { isStaleToken, toStoreError } from './errors.ts';
import { prefixBounds, toEntry } from './ranges.ts';

export interface WatchDeps {
  connection: Connection;
  clock: Clock;
  log: Logger;
}

type WatchStream = Stream<IWatchRequest, IWatchResponse>;

/** The server ended one watch, or told something about it that a new stream may cure. */
class Interrupted extends Error {}

export async function* watch(
  prefix: string,
  from: number,
  signal: AbortSignal,
  { connection, clock, log }: WatchDeps,
): AsyncIterable<Change[]> {
  const backoff = createBackoff({ baseMs: 50, capMs: 2000 });
  let next = Math.max(from, 1);
  /** The newest revision that this watch was told of. */
  let reached = 0;
  let away = false;
  while (!signal.aborted) {
    let stream: WatchStream | undefined;
    const abort = () => stream?.cancel();
    try {
      stream = await connection.stream<IWatchRequest, IWatchResponse>('Watch', 'watch');
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) return;
      stream.write({ create_request: { ...prefixBounds(prefix), start_revision: next, prev_kv: true, progress_notify: true } });
      for await (const answer of stream) {
        if (signal.aborted) return;
        if (answer.created) await checkPosition(connection, reached, Number(answer.header.revision));
        if (answer.canceled) throw whyCanceled(answer, next);
        backoff.reset();
        away = false;
        for (const { revision, changes } of byRevision(answer.events)) {
          reached = revision;
          next = revision + 1;
          yield changes;
          if (signal.aborted) return;
        }
        // Without events this is etcd's word that everything up to the revision has been told.
        if (!answer.created && answer.events.length === 0) next = Math.max(next, Number(answer.header.revision) + 1);
      }
      throw new Interrupted('the stream ended');
    } catch (error) {
      if (signal.aborted) return;
      if (connection.closed) throw new StoreError('CLOSED', 'the store is closed', { cause: error });
      if (isStaleToken(error)) connection.forgetToken();
      else if (toStoreError(error).code !== 'UNAVAILABLE') throw toStoreError(error);
      connection.rotate();
      if (!away) log.info('a watch lost its connection and goes on from where it was', { prefix, revision: next, error: String(error) });
      away = true;
    } finally {
      signal.removeEventListener('abort', abort);
      stream?.cancel();
    }
    await clock.sleep(backoff.next(), signal).catch(() => {});
  }
}

/** A cluster restored from a backup is behind what we saw; a watch there would be silent until it has caught up, with other contents. */
async function checkPosition(connection: Connection, reached: number, seen: number): Promise<void> {
  if (reached <= seen) return;
  // The member behind this stream may just lag: only a linearizable read knows.
  const { header } = await connection.read<IRangeResponse>('KV', 'range', { key: Buffer.from(keys.installation), keys_only: true });
  if (reached <= Number(header.revision)) return;
  throw new StoreError('COMPACTED', `the store is at revision ${header.revision}, and this watch was at ${reached} already`);
}

function whyCanceled(answer: IWatchResponse, next: number): Error {
  if (answer.compact_revision !== '0')
    return new StoreError('COMPACTED', `revision ${next} is compacted; the history starts at ${answer.compact_revision}`);
  // The protocol gives a reason as text only.
  if (answer.cancel_reason.includes('permission denied'))
    return new StoreError('DENIED', `etcd refuses the watch (${answer.cancel_reason})`);
  return new Interrupted(`etcd ended the watch (${answer.cancel_reason})`);
}

function byRevision(events: IEvent[]): { revision: number; changes: Change[] }[] {
  const groups: { revision: number; changes: Change[] }[] = [];
  for (const { type, kv, prev_kv } of events) {
    const revision = Number(kv.mod_revision);
    let group = groups.at(-1);
    if (group?.revision !== revision) groups.push((group = { revision, changes: [] }));
    if (type.toLowerCase() === 'put') {
      group.changes.push({ type: 'put', entry: toEntry(kv) });
      continue;
    }
    const previous = prev_kv as IEvent['prev_kv'] | null;
    group.changes.push({ type: 'delete', key: kv.key.toString(), revision, ...(previous && { previous: previous.value.toString() }) });
  }
  return groups;
}
