/** The store in etcd (3.4 or newer), for any number of replicas. */

import type { IRangeResponse } from 'etcd3';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { keys } from '../keys.ts';
import { StoreError, type Store } from '../store.ts';
import { checkTransaction } from '../transaction.ts';
import { createConnection, type EtcdConnectionOptions } from './connection.ts';
import { createGroups } from './groups.ts';
import { createLeases } from './lease.ts';
import { countKeys, getEntry, getPage } from './ranges.ts';
import { createReads } from './reads.ts';
import { transact } from './transact.ts';
import { whyUnresolved } from './unresolved.ts';
import { watch } from './watch.ts';

export type EtcdStoreOptions = EtcdConnectionOptions;

/** Whoever asks for readiness does not wait long. */
const pingTimeoutMs = 2500;

export interface EtcdStoreDeps {
  clock: Clock;
  log: Logger;
}

/**
 * Opens the store. Does not wait for etcd: a server that is away makes calls fail with UNAVAILABLE until it is there.
 * Every call ends within `timeoutMs` (default 5000), a transaction whose answer got lost within twice that.
 */
export function openEtcdStore(options: EtcdStoreOptions, { clock, log }: EtcdStoreDeps): Promise<Store> {
  const connection = createConnection(options, { clock, log });
  const reads = createReads(connection, clock);
  const leases = createLeases({ connection, clock, log });
  const deps = { connection, groups: createGroups(connection, clock), clock, log, leaseId: leases.idOf };

  const ensureOpen = () => {
    if (connection.closed) throw new StoreError('CLOSED', 'the store is closed');
  };

  return Promise.resolve({
    get: key => getEntry(reads, key),
    range: (prefix, page) => getPage(reads, prefix, page),
    count: prefix => countKeys(connection, prefix),
    async transact(transaction) {
      ensureOpen();
      checkTransaction(transaction);
      return transact(transaction, deps);
    },
    watch: (prefix, from, signal) => watch(prefix, from, signal, deps),
    lease: ttlMs => leases.grant(ttlMs),
    async ping() {
      const request = { key: Buffer.from(keys.installation), keys_only: true };
      try {
        await connection.read<IRangeResponse>('KV', 'range', request, Math.min(pingTimeoutMs, connection.timeoutMs));
      } catch (error) {
        throw (await whyUnresolved(options.endpoints)) ?? error;
      }
    },
    close() {
      leases.stop();
      connection.close();
      return Promise.resolve();
    },
  });
}
