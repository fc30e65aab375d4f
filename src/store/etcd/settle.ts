/** Finding out what became of a transaction whose answer is missing, without ever committing it twice or guessing. */

import type { ITxnRequest, ITxnResponse, IWatchRequest, IWatchResponse } from 'etcd3';
import { createBackoff } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { StoreError, type Outcome, type Transaction } from '../store.ts';
import type { Connection } from './connection.ts';
import { NotSent, isUnclear } from './errors.ts';

export interface Unanswered {
  transaction: Transaction;
  /** As it was sent. */
  request: ITxnRequest;
  /** A revision from before it was sent. */
  sentAfter: number;
  cause: unknown;
}

/** A key that the transaction both compares and writes: its commit breaks its own compare, so that it can commit only once. */
interface Guard {
  key: string;
  /** What the compare wants. */
  revision: number;
  /** What the transaction leaves; undefined = nothing. */
  value: string | undefined;
}

/** What the guarded and put keys hold now. */
type Seen = Map<string, { value: string; revision: number; created: number }>;

/**
 * Sends the transaction again, which is harmless under a guard, and gives the truth about both copies: one that is still on its way is refused from then
 * on. (Under a guard that wants an absent key, this holds unless somebody deletes the key within these seconds.) When the compares do not hold, the
 * present values and the guard's history tell whether the first copy made them so. Throws StoreError with outcome `unknown` when nothing is certain.
 */
export async function settle(unanswered: Unanswered, { connection, clock }: { connection: Connection; clock: Clock }): Promise<Outcome> {
  const { transaction, request, cause } = unanswered;
  const message = 'etcd did not answer, and whether the transaction was committed cannot be told';
  const unknown = () => new StoreError('UNAVAILABLE', message, { cause, outcome: 'unknown' });
  const guard = guardOf(transaction);
  if (guard === undefined) throw unknown();
  const keys = new Set([guard.key, ...transaction.writes.flatMap(write => ('put' in write ? [write.put] : []))]);
  const failure = [...keys].map(key => ({ request_range: { key: Buffer.from(key) } }));
  const until = clock.monotonic() + connection.timeoutMs;
  const left = () => Math.max(1, until - clock.monotonic());
  const backoff = createBackoff({ baseMs: 50, capMs: 500 });
  for (;;) {
    try {
      const answer = await connection.once<ITxnResponse>('KV', 'txn', { ...request, failure }, left());
      if (answer.succeeded) return { committed: true, revision: Number(answer.header.revision) };
      const seen = seenIn(answer);
      const outcome = byPresent(transaction, guard, seen) ?? (await byHistory(guard, seen, unanswered.sentAfter, connection, left()));
      if (outcome === undefined) throw unknown();
      return outcome;
    } catch (error) {
      if (error instanceof StoreError) throw error;
      if (!(error instanceof NotSent) && !isUnclear(error)) throw unknown();
      connection.rotate();
      const wait = backoff.next();
      if (clock.monotonic() + wait >= until) throw unknown();
      await clock.sleep(wait);
    }
  }
}

/** The best guard there is: one that wants a revision, which never comes back, before one that wants an absent key. */
function guardOf({ compare, writes }: Transaction): Guard | undefined {
  const guards = compare.flatMap(({ key, revision }): Guard[] => {
    for (const write of writes) {
      if ('put' in write && write.put === key) return [{ key, revision, value: write.value }];
      if (revision > 0 && 'delete' in write && write.delete === key) return [{ key, revision, value: undefined }];
      if (revision > 0 && 'deletePrefix' in write && key.startsWith(write.deletePrefix)) return [{ key, revision, value: undefined }];
    }
    return [];
  });
  const strength = ({ revision, value }: Guard) => (revision > 0 ? 2 : 0) + (value === undefined ? 0 : 1);
  return guards.sort((a, b) => strength(b) - strength(a))[0];
}

function seenIn({ responses }: ITxnResponse): Seen {
  const seen: Seen = new Map();
  for (const { response_range } of responses) {
    for (const { key, value, mod_revision, create_revision } of response_range.kvs) {
      seen.set(key.toString(), { value: value.toString(), revision: Number(mod_revision), created: Number(create_revision) });
    }
  }
  return seen;
}

function byPresent({ compare, writes }: Transaction, guard: Guard, seen: Seen): Outcome | undefined {
  // Another compare failed while the guard stands as it was: our commit would have changed it.
  if ((seen.get(guard.key)?.revision ?? 0) === guard.revision) return { committed: false };
  const puts = writes.flatMap(write => ('put' in write ? [{ wanted: write.value, found: seen.get(write.put) }] : []));
  const revision = puts[0]?.found?.revision ?? 0;
  const before = Math.max(0, ...compare.map(wanted => wanted.revision));
  const ours = revision > before && puts.every(({ wanted, found }) => found?.revision === revision && found.value === wanted);
  return ours ? { committed: true, revision } : undefined;
}

/** The first change of the guard after what it wanted was ours, or ours never came. */
async function byHistory(
  guard: Guard,
  seen: Seen,
  sentAfter: number,
  connection: Connection,
  timeoutMs: number,
): Promise<Outcome | undefined> {
  const from = guard.revision > 0 ? guard.revision : sentAfter;
  if (from === 0) return undefined;
  const first = await firstChange(connection, guard.key, from + 1, timeoutMs);
  if (first === undefined) return undefined;
  const { value, revision, fresh } = first;
  if (guard.revision > 0) {
    if (value === guard.value) return value === undefined ? undefined : { committed: true, revision };
    return { committed: false };
  }
  if (!fresh) return undefined;
  if (value === guard.value) return { committed: true, revision };
  return seen.get(guard.key)?.created === revision ? { committed: false } : undefined;
}

/** `value` undefined = the key was deleted; `fresh` = there was nothing before. */
async function firstChange(connection: Connection, key: string, from: number, timeoutMs: number) {
  const stream = await connection.stream<IWatchRequest, IWatchResponse>('Watch', 'watch', timeoutMs);
  try {
    stream.write({ create_request: { key: Buffer.from(key), start_revision: from, prev_kv: true } });
    for await (const { events, canceled } of stream) {
      const event = events[0];
      if (canceled) return undefined;
      if (event === undefined) continue;
      const put = event.type.toLowerCase() === 'put';
      const { version, value, mod_revision } = event.kv;
      return { value: put ? value.toString() : undefined, revision: Number(mod_revision), fresh: put && version === '1' };
    }
    return undefined;
  } finally {
    stream.cancel();
  }
}
