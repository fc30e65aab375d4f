/** Transactions: sent once, and when the answer is missing, settled by asking etcd what became of them. */

import type { IRequestOp, ITxnRequest, ITxnResponse } from 'etcd3';
import { CompareTarget } from 'etcd3';
import { createBackoff } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { StoreError, type Lease, type Outcome, type Transaction, type Write } from '../store.ts';
import type { Connection } from './connection.ts';
import { NotSent, isUnclear, toStoreError } from './errors.ts';
import { prefixBounds, toEntry } from './ranges.ts';

export interface TransactDeps {
  connection: Connection;
  clock: Clock;
  log: Logger;
  /** etcd's id of one of our leases. Throws for a lease of another store. */
  leaseId(lease: Lease): string;
}

/** Takes at most twice the connection's timeout: once for the call, once to find out what became of it. */
export async function transact(transaction: Transaction, deps: TransactDeps): Promise<Outcome> {
  const { connection, clock, log } = deps;
  const request = encode(transaction, deps.leaseId);
  const until = clock.monotonic() + connection.timeoutMs;
  const backoff = createBackoff({ baseMs: 50, capMs: 500 });
  for (;;) {
    try {
      const { header, succeeded } = await connection.once<ITxnResponse>('KV', 'txn', request, Math.max(1, until - clock.monotonic()));
      return succeeded ? { committed: true, revision: Number(header.revision) } : { committed: false };
    } catch (error) {
      if (error instanceof NotSent) {
        connection.rotate();
        const wait = backoff.next();
        if (clock.monotonic() + wait >= until) throw toStoreError(error);
        await clock.sleep(wait);
        continue;
      }
      if (!isUnclear(error)) throw toStoreError(error);
      log.warn('etcd did not answer a transaction, asking what became of it', { error: String(error) });
      connection.rotate();
      return settle(transaction, request, error, deps);
    }
  }
}

function encode({ compare, writes }: Transaction, leaseId: (lease: Lease) => string): ITxnRequest {
  return {
    compare: compare.map(({ key, revision }) => ({ key: Buffer.from(key), target: CompareTarget.Mod, mod_revision: revision })),
    success: writes.map((write): IRequestOp => {
      if ('put' in write) {
        const lease = write.lease === undefined ? {} : { lease: leaseId(write.lease) };
        return { request_put: { key: Buffer.from(write.put), value: Buffer.from(write.value), ...lease } };
      }
      if ('delete' in write) return { request_delete_range: { key: Buffer.from(write.delete) } };
      return { request_delete_range: prefixBounds(write.deletePrefix) };
    }),
  };
}

/**
 * A transaction that writes a key it also compares can commit only once: its own commit breaks its compare. Such a one is sent again, and the answer of
 * the second is the truth about both, because a copy of the first that is still on its way will be refused from then on.
 */
function commitsOnce({ compare, writes }: Transaction): boolean {
  return writes.some(write => {
    if ('put' in write) return compare.some(({ key }) => key === write.put);
    if ('delete' in write) return compare.some(({ key, revision }) => key === write.delete && revision > 0);
    return compare.some(({ key, revision }) => key.startsWith(write.deletePrefix) && revision > 0);
  });
}

async function settle(
  transaction: Transaction,
  request: ITxnRequest,
  cause: unknown,
  { connection, clock }: TransactDeps,
): Promise<Outcome> {
  const unknown = () =>
    new StoreError('UNAVAILABLE', 'etcd did not answer, and whether the transaction was committed cannot be told', {
      cause,
      outcome: 'unknown',
    });
  if (!commitsOnce(transaction)) throw unknown();
  const looks = transaction.writes.flatMap((write): IRequestOp[] =>
    'put' in write ? [{ request_range: { key: Buffer.from(write.put) } }] : [],
  );
  const until = clock.monotonic() + connection.timeoutMs;
  const backoff = createBackoff({ baseMs: 50, capMs: 500 });
  for (;;) {
    try {
      const answer = await connection.once<ITxnResponse>(
        'KV',
        'txn',
        { ...request, failure: looks },
        Math.max(1, until - clock.monotonic()),
      );
      if (answer.succeeded) return { committed: true, revision: Number(answer.header.revision) };
      const seen = answer.responses.flatMap(({ response_range }) => response_range.kvs.map(toEntry));
      return judge(transaction, seen) ?? (await Promise.reject(unknown()));
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

/** What the keys that we put say about a transaction whose compares do not hold (any more); undefined = nothing certain. */
function judge({ compare, writes }: Transaction, seen: { key: string; value: string; revision: number }[]): Outcome | undefined {
  const puts = writes.filter((write): write is Extract<Write, { put: string }> => 'put' in write);
  const now = new Map(seen.map(entry => [entry.key, entry]));
  const revisions = new Set(puts.map(({ put }) => now.get(put)?.revision ?? 0));
  const newest = Math.max(0, ...compare.map(({ revision }) => revision));
  const [revision = 0] = revisions;
  const ours =
    puts.length > 0 && revisions.size === 1 && revision > newest && puts.every(({ put, value }) => now.get(put)?.value === value);
  if (ours) return { committed: true, revision };
  // A key that we compare and put, and that still is as the compare wants it: our commit would have changed it.
  const untouched = puts.some(({ put }) =>
    compare.some(({ key, revision: wanted }) => key === put && (now.get(put)?.revision ?? 0) === wanted),
  );
  return untouched ? { committed: false } : undefined;
}
