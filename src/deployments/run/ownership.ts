/**
 * Who works on an app. The lease only tells others that this process lives; what protects an app is its epoch, compared in every transaction and carried by
 * every object (PROTOCOL section 2).
 */

import type { Clock } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import type { Logger } from '../../lib/log.ts';
import { createBackoff } from '../../lib/backoff.ts';
import { keys } from '../../store/keys.ts';
import { StoreError, type Lease, type Store } from '../../store/store.ts';
import { turnOf } from './turns.ts';

export interface Ownership {
  /** This replica's id; a new one with every start. */
  readonly me: string;
  start(): Promise<void>;
  /** Whether a replica's lease stands, as far as we have heard. */
  isAlive(replica: string): boolean;
  /** How many replicas reach for an unowned app before this one does. */
  turn(app: string): number;
  /** Called when a replica disappears. */
  onGone(fn: (replica: string) => void): void;
  /** Number of the lease: another one means that for a while there was none. */
  readonly term: number;
  /** Longest time a mutating request may take, ms. */
  readonly requestTimeoutMs: number;
  /** Whether a mutating request that starts now ends before our lease could. */
  mayWrite(): boolean;
  stop(): Promise<void>;
}

export function createOwnership({
  store,
  clock,
  log,
  leaseSeconds,
}: {
  store: Store;
  clock: Clock;
  log: Logger;
  leaseSeconds: number;
}): Ownership {
  const me = newId(clock.now());
  const ttlMs = leaseSeconds * 1000;
  const requestTimeoutMs = Math.max(1000, Math.round(ttlMs * 0.4));
  const alive = new Set<string>();
  const listeners: ((replica: string) => void)[] = [];
  const stopping = new AbortController();
  let lease: Lease | undefined;
  let term = 0;
  let watching: Promise<void> | undefined;
  let renewing: Promise<void> | undefined;

  async function register(): Promise<void> {
    const fresh = await store.lease(ttlMs);
    try {
      const current = await store.get(keys.replica(me));
      const writes = [{ put: keys.replica(me), value: JSON.stringify({ since: new Date(clock.now()).toISOString() }), lease: fresh }];
      const { committed } = await store.transact({ compare: [{ key: keys.replica(me), revision: current?.revision ?? 0 }], writes });
      // The key went with the old lease just now. Under a lease without a key we would be dead to the others.
      if (!committed) throw new StoreError('UNAVAILABLE', 'the registration of this replica changed under way');
    } catch (error) {
      // Nobody else would end it: it renews itself.
      await fresh.revoke().catch(() => undefined);
      throw error;
    }
    lease = fresh;
    term++;
  }

  /** A lost lease is replaced; until then nothing is written. */
  async function keepRegistered(): Promise<void> {
    const backoff = createBackoff({ baseMs: 100, capMs: 2000 });
    while (!stopping.signal.aborted) {
      const current = lease;
      if (current) {
        await Promise.race([
          current.lost,
          new Promise<void>(resolve => stopping.signal.addEventListener('abort', () => resolve(), { once: true })),
        ]);
        if (stopping.signal.aborted) return;
        log.warn('lease lost; nothing is written until there is a new one');
        lease = undefined;
      }
      try {
        await register();
        backoff.reset();
      } catch (error) {
        log.warn('no new lease yet', { error });
        await clock.sleep(backoff.next(), stopping.signal).catch(() => undefined);
      }
    }
  }

  async function watchReplicas(from: number): Promise<void> {
    let position = from;
    const backoff = createBackoff({ baseMs: 100, capMs: 5000 });
    while (!stopping.signal.aborted) {
      try {
        for await (const changes of store.watch(keys.replicas, position, stopping.signal)) {
          backoff.reset();
          for (const change of changes) {
            const key = change.type === 'put' ? change.entry.key : change.key;
            position = (change.type === 'put' ? change.entry.revision : change.revision) + 1;
            const replica = key.slice(keys.replicas.length);
            if (change.type === 'put') alive.add(replica);
            else if (alive.delete(replica)) for (const listener of listeners) listener(replica);
          }
        }
        if (stopping.signal.aborted) return;
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== 'COMPACTED') log.warn('watch of replicas broke', { error });
      }
      await clock.sleep(backoff.next(), stopping.signal).catch(() => undefined);
      position = (await rangeReplicas().catch(() => undefined)) ?? position;
    }
  }

  async function rangeReplicas(): Promise<number> {
    const page = await store.range(keys.replicas);
    const now = new Set(page.entries.map(entry => entry.key.slice(keys.replicas.length)));
    const gone = [...alive].filter(replica => !now.has(replica));
    alive.clear();
    for (const replica of now) alive.add(replica);
    for (const replica of gone) for (const listener of listeners) listener(replica);
    return page.revision + 1;
  }

  return {
    me,
    requestTimeoutMs,
    get term() {
      return term;
    },
    async start() {
      await register();
      const from = await rangeReplicas();
      watching = watchReplicas(from);
      renewing = keepRegistered();
    },
    isAlive: replica => replica === me || alive.has(replica),
    turn: app => turnOf(app, me, alive),
    onGone: fn => void listeners.push(fn),
    mayWrite: () => lease !== undefined && clock.monotonic() < lease.lastRenewal() + lease.ttlMs - requestTimeoutMs - 1000,
    async stop() {
      stopping.abort();
      await Promise.all([watching, renewing]);
      await lease?.revoke().catch((error: unknown) => log.warn('lease not revoked; it ends by itself', { error }));
    },
  };
}
