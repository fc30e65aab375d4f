/** Transactions: sent once, and when the answer is missing, settled by asking etcd what became of them. */

import { CompareTarget, type IRequestOp, type ITxnRequest } from 'etcd3';
import { createBackoff } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Lease, Outcome, Transaction } from '../store.ts';
import type { Connection } from './connection.ts';
import { NotSent, isUnclear, toStoreError } from './errors.ts';
import type { Groups } from './groups.ts';
import { prefixBounds } from './ranges.ts';
import { settle } from './settle.ts';

export interface TransactDeps {
  connection: Connection;
  groups: Groups;
  clock: Clock;
  log: Logger;
  /** etcd's id of one of our leases. Throws for a lease of another store. */
  leaseId(lease: Lease): string;
}

/** Takes at most twice the connection's timeout: once for the call, once to find out what became of it. */
export async function transact(transaction: Transaction, deps: TransactDeps): Promise<Outcome> {
  const { connection, groups, clock, log } = deps;
  const request = encode(transaction, deps.leaseId);
  const sentAfter = connection.revision;
  const until = clock.monotonic() + connection.timeoutMs;
  const backoff = createBackoff({ baseMs: 50, capMs: 500 });
  for (;;) {
    try {
      const { succeeded, revision } = await groups.send(transaction, request, until);
      return succeeded ? { committed: true, revision } : { committed: false };
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
      return settle({ transaction, request, sentAfter, cause: error }, deps);
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
