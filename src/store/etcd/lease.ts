/** Leases with a keep-alive of our own: every renewal has a deadline, counts from when it was sent, and silence of one lifetime is a loss. */

import type { ILeaseGrantResponse, ILeaseKeepAliveRequest, ILeaseKeepAliveResponse } from 'etcd3';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Lease } from '../store.ts';
import type { Connection } from './connection.ts';
import { isLeaseGone, isStaleToken } from './errors.ts';

export interface LeasesDeps {
  connection: Connection;
  clock: Clock;
  log: Logger;
}

export interface Leases {
  grant(ttlMs: number): Promise<Lease>;
  idOf(lease: Lease): string;
  /** Renews no more. The leases end by themselves. */
  stop(): void;
}

export function createLeases({ connection, clock, log }: LeasesDeps): Leases {
  const ids = new WeakMap<Lease, string>();
  const stops = new Set<() => void>();

  /** The remaining lifetime in seconds that etcd confirms; 0 = the lease is gone. */
  async function renew(id: string, timeoutMs: number): Promise<number> {
    const stream = await connection.stream<ILeaseKeepAliveRequest, ILeaseKeepAliveResponse>('Lease', 'leaseKeepAlive', timeoutMs);
    try {
      stream.write({ ID: id });
      for await (const { TTL } of stream) return Number(TTL);
      throw new Error('etcd ended the renewal without an answer');
    } finally {
      stream.cancel();
    }
  }

  function keepAlive(id: string, ttlMs: number, grantedAt: number): Lease {
    const intervalMs = ttlMs / 3;
    let last = grantedAt;
    let ended = false;
    let cancelTimer = () => {};
    let declareLost = () => {};
    const lost = new Promise<void>(resolve => {
      declareLost = resolve;
    });

    const end = () => {
      ended = true;
      cancelTimer();
      stops.delete(end);
    };

    const lose = (reason: string) => {
      if (ended) return;
      end();
      log.warn('a lease is lost', { lease: id, reason });
      // etcd counts from when the last renewal arrived, a little later than we do: end it there too, if etcd can be reached.
      connection.once('Lease', 'leaseRevoke', { ID: id }, connection.timeoutMs).catch(() => {});
      declareLost();
    };

    const schedule = (inMs: number) => {
      const left = last + ttlMs - clock.monotonic();
      if (left <= 0) lose('no renewal was confirmed for one lifetime');
      else cancelTimer = clock.after(Math.min(inMs, left), () => void tick());
    };

    async function tick(): Promise<void> {
      if (ended) return;
      const sentAt = clock.monotonic();
      const left = last + ttlMs - sentAt;
      if (left <= 0) return lose('no renewal was confirmed for one lifetime');
      try {
        const ttl = await renew(id, Math.min(intervalMs, left));
        if (ended) return;
        if (ttl <= 0) return lose('etcd does not know it any more');
        last = sentAt;
        schedule(intervalMs);
      } catch (error) {
        if (ended) return;
        if (isLeaseGone(error)) return lose('etcd does not know it any more');
        if (isStaleToken(error)) connection.forgetToken();
        connection.rotate();
        log.debug('a lease renewal failed', { lease: id, error: String(error) });
        schedule(Math.min(intervalMs / 4, 500));
      }
    }

    stops.add(end);
    schedule(intervalMs);
    return {
      ttlMs,
      lastRenewal: () => last,
      lost,
      async revoke() {
        end();
        try {
          await connection.read('Lease', 'leaseRevoke', { ID: id });
        } catch (error) {
          if (error instanceof Error && isLeaseGone(error.cause)) return;
          throw error;
        }
      },
    };
  }

  return {
    async grant(ttlMs) {
      const sentAt = clock.monotonic();
      // A grant whose answer is lost leaves a lease without keys behind, which ends by itself: safe to ask again.
      const { ID, TTL } = await connection.read<ILeaseGrantResponse>('Lease', 'leaseGrant', { TTL: Math.ceil(ttlMs / 1000) });
      const lease = keepAlive(ID, Number(TTL) * 1000, sentAt);
      ids.set(lease, ID);
      return lease;
    },
    idOf(lease) {
      const id = ids.get(lease);
      if (id === undefined) throw new TypeError('this lease is not from this store');
      return id;
    },
    stop() {
      for (const stop of [...stops]) stop();
    },
  };
}
