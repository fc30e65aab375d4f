/** How much of this process one principal or namespace may have: token buckets by the monotonic clock, and counts of what is open. Nothing here is stored. */

import { createHash } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { Problem } from '../lib/problem.ts';
import type { Principal } from './principal.ts';

const minuteMs = 60_000;
/** Keys that have a bucket of their own, in one minute. */
const mostKeys = 10_000;

export interface Rate {
  /** Takes one of the key's minute, or answers in how many milliseconds there will be one; 0 = taken. */
  take(key: string): number;
  /** How many buckets are remembered. */
  readonly size: number;
}

interface Bucket {
  /** How much of the minute's worth is used, as of `at`. */
  used: number;
  at: number;
}

/**
 * A token bucket for each key: a whole minute's worth at once, then `perMinute` a minute; 0 = no limit. A bucket that nobody asked for a minute is full and needs no memory,
 * so two generations of a minute each hold all that matters. Keys beyond `most` share one bucket until there is room: many names neither grow the memory nor reset anybody.
 */
export function createRate({
  perMinute,
  clock,
  most = mostKeys,
}: {
  perMinute: number;
  clock: Pick<Clock, 'monotonic'>;
  most?: number;
}): Rate {
  let young = new Map<string, Bucket>();
  let old = new Map<string, Bucket>();
  let began = clock.monotonic();

  function turn(now: number): void {
    if (now - began < minuteMs) return;
    old = now - began < 2 * minuteMs ? young : new Map<string, Bucket>();
    young = new Map();
    began = now;
  }

  function bucketOf(name: string, now: number): Bucket {
    // Names are as long as their senders like.
    const own = createHash('sha256').update(name).digest('base64');
    const key = young.has(own) || old.has(own) || young.size + old.size < most ? own : 'others';
    // Whoever has asked among the others has not asked for nothing.
    const others = young.get('others') ?? old.get('others') ?? { used: 0, at: now };
    const bucket = young.get(key) ?? old.get(key) ?? { ...others };
    old.delete(key);
    young.set(key, bucket);
    return bucket;
  }

  return {
    take(name) {
      if (perMinute === 0) return 0;
      const now = clock.monotonic();
      turn(now);
      const bucket = bucketOf(name, now);
      bucket.used = Math.max(0, bucket.used - ((now - bucket.at) * perMinute) / minuteMs);
      bucket.at = now;
      if (bucket.used + 1 <= perMinute) {
        bucket.used++;
        return 0;
      }
      return ((bucket.used + 1 - perMinute) * minuteMs) / perMinute;
    },
    get size() {
      return young.size + old.size;
    },
  };
}

/** 0 = no limit. */
export interface LimitSettings {
  /** Requests of one principal that are no reads. */
  writesPerMinute: number;
  /** Requests in one namespace that ask for a deployment. */
  deploymentsPerMinute: number;
  /** Streams that one principal has open at once. */
  maxSockets: number;
}

/** Each throws TOO_MANY_REQUESTS. */
export interface Limits {
  write(principal: Principal): void;
  deployment(namespace: string): void;
  /** Returns how to give the place back; giving it back twice is giving it back once. */
  socket(principal: Principal): () => void;
}

export function createLimits(
  { writesPerMinute, deploymentsPerMinute, maxSockets }: LimitSettings,
  clock: Pick<Clock, 'monotonic'>,
): Limits {
  const writes = createRate({ perMinute: writesPerMinute, clock });
  const deployments = createRate({ perMinute: deploymentsPerMinute, clock });
  /** Only those who have one open. */
  const sockets = new Map<string, number>();

  return {
    write({ name }) {
      const waitMs = writes.take(name);
      if (waitMs > 0) throw tooMany(`${name} may change something ${writesPerMinute} times a minute (--writes-per-minute)`, waitMs);
    },
    deployment(namespace) {
      const waitMs = deployments.take(namespace);
      if (waitMs > 0)
        throw tooMany(`namespace ${namespace} may have ${deploymentsPerMinute} deployments a minute (--deployments-per-minute)`, waitMs);
    },
    socket({ name }) {
      const open = sockets.get(name) ?? 0;
      if (maxSockets > 0 && open >= maxSockets)
        throw tooMany(`${name} may have ${maxSockets} streams open at once (--max-sockets); close one first`, socketRetryMs);
      sockets.set(name, open + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const left = (sockets.get(name) ?? 1) - 1;
        if (left > 0) sockets.set(name, left);
        else sockets.delete(name);
      };
    },
  };
}

/** Nobody knows when a place becomes free. */
const socketRetryMs = 5000;

const tooMany = (rule: string, waitMs: number): Problem =>
  new Problem('TOO_MANY_REQUESTS', rule, { retryAfter: Math.max(1, Math.ceil(waitMs / 1000)) });
