/** A work queue for controllers: each key is handled a moment after it was touched, again when that failed, never twice at once. */

import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { ApiFailure } from '../api/failure.ts';

export interface Reconciler {
  touch(key: string): void;
  stop(): void;
}

const firstRetryMs = 50;
const longestRetryMs = 2000;

export function createReconciler(deps: {
  clock: Clock;
  log: Logger;
  delayMs: number;
  name: string;
  reconcile: (key: string) => void;
}): Reconciler {
  const { clock, log, delayMs } = deps;
  const waiting = new Map<string, () => void>();
  const failures = new Map<string, number>();
  let stopped = false;

  function schedule(key: string, ms: number) {
    if (stopped || waiting.has(key)) return;
    waiting.set(
      key,
      clock.after(ms, () => {
        waiting.delete(key);
        run(key);
      }),
    );
  }

  function run(key: string) {
    try {
      deps.reconcile(key);
      failures.delete(key);
    } catch (error) {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      if (error instanceof ApiFailure) log.debug(`sandbox: ${deps.name} tries again`, { key, why: error.message });
      else log.error(`sandbox: ${deps.name} failed`, { key, error });
      schedule(key, Math.min(firstRetryMs * 2 ** count, longestRetryMs));
    }
  }

  return {
    touch: key => schedule(key, delayMs),
    stop() {
      stopped = true;
      for (const cancel of waiting.values()) cancel();
      waiting.clear();
    },
  };
}

/** `namespace/name` apart. */
export function splitKey(key: string): [namespace: string, name: string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
}
