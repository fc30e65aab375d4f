/**
 * Transactions that wait while others are on their way go to etcd in one call: what a transaction costs is the call. Each stays one of its own, with its own compares and its own
 * outcome; those that go together only share a revision, and never a key.
 */

import type { IRequestOp, ITxnRequest, ITxnResponse } from 'etcd3';
import type { Clock } from '../../lib/clock.ts';
import type { Transaction } from '../store.ts';
import { sizeOf } from '../transaction.ts';
import type { Connection } from './connection.ts';
import { NotSent, isUnclear } from './errors.ts';
import { createGathering } from './gathering.ts';

export interface Answered {
  succeeded: boolean;
  /** The revision at which it was answered; of what it wrote, when it did. */
  revision: number;
}

export interface Groups {
  /** Sends it at most once, and not after `until` (monotonic time). Rejects with NotSent, or with what gRPC says. */
  send(transaction: Transaction, request: ITxnRequest, until: number): Promise<Answered>;
}

interface Waiting {
  transaction: Transaction;
  request: ITxnRequest;
  until: number;
  resolve(answered: Answered): void;
  reject(error: unknown): void;
}

const mostTogether = 32;
/** etcd takes 128 operations by default; of those in a group it takes as many less as the group has members. */
const mostOperations = 128 - mostTogether;
const mostBytes = 512 * 1024;

export function createGroups(connection: Pick<Connection, 'once'>, clock: Clock): Groups {
  let waiting: Waiting[] = [];
  const gathering = createGathering(clock, { mostUnderWay: 2, waits: () => waiting.length > 0, begin });

  const call = (request: ITxnRequest, until: number) =>
    connection.once<ITxnResponse>('KV', 'txn', request, Math.max(1, until - clock.monotonic()));

  async function alone({ request, until, resolve, reject }: Waiting): Promise<void> {
    await call(request, until).then(({ header, succeeded }) => resolve({ succeeded, revision: Number(header.revision) }), reject);
  }

  async function together(group: Waiting[]): Promise<void> {
    const success = group.map(({ request }): IRequestOp => ({ request_txn: request }));
    try {
      const { header, responses } = await call({ compare: [], success }, Math.min(...group.map(({ until }) => until)));
      const revision = Number(header.revision);
      group.forEach(({ resolve }, index) => resolve({ succeeded: responses[index]?.response_txn.succeeded === true, revision }));
    } catch (error) {
      if (error instanceof NotSent || isUnclear(error)) for (const { reject } of group) reject(error);
      // Refused as a whole: nothing of it was done, and whose fault it was shows when each goes alone.
      else await Promise.all(group.map(alone));
    }
  }

  function begin(): Promise<void> {
    const now = clock.monotonic();
    for (const { until, reject } of waiting) if (until <= now) reject(new NotSent('other transactions were not answered in time'));
    waiting = waiting.filter(({ until }) => until > now);
    const group = firstGroup(waiting);
    waiting = waiting.filter(each => !group.includes(each));
    const [first] = group;
    if (first === undefined) return Promise.resolve();
    return group.length === 1 ? alone(first) : together(group);
  }

  return {
    send: (transaction, request, until) =>
      new Promise((resolve, reject) => {
        waiting.push({ transaction, request, until, resolve, reject });
        gathering.go();
      }),
  };
}

/**
 * Of those that wait, in order: all that have no key in common with any before them. Within one call no compare sees what the call writes, so only strangers may share one; and nobody
 * overtakes a transaction on the same key.
 */
function firstGroup(waiting: Waiting[]): Waiting[] {
  const group: Waiting[] = [];
  const taken = new Set<string>();
  let bytes = 0;
  for (const each of waiting) {
    const keys = keysOf(each.transaction);
    // Whoever deletes a prefix touches keys that nobody has named; a lease that is gone fails the whole call.
    if (keys === undefined) return group.length === 0 ? [each] : group;
    bytes += sizeOf(each.transaction);
    if (group.length > 0 && bytes > mostBytes) return group;
    if (!keys.some(key => taken.has(key))) group.push(each);
    if (group.length === mostTogether) return group;
    for (const key of keys) taken.add(key);
  }
  return group;
}

/** Every key that it compares or writes; undefined for one that must go alone. */
function keysOf({ compare, writes }: Transaction): string[] | undefined {
  if (Math.max(compare.length, writes.length) > mostOperations) return undefined;
  const keys = compare.map(({ key }) => key);
  for (const write of writes) {
    if ('deletePrefix' in write || ('put' in write && write.lease !== undefined)) return undefined;
    keys.push('put' in write ? write.put : write.delete);
  }
  return keys;
}
