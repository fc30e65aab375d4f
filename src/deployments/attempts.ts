/** Optimistic changes: read, decide, commit, and again from the start when somebody else was faster. */

import { createBackoff } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import { Problem } from '../lib/problem.ts';

const mostAttempts = 25;

export interface Attempts {
  /**
   * Runs `attempt` until it returns something other than undefined (= a commit that lost). Changes of one key wait for each other in this process, so that only other
   * replicas and the engine are raced. Throws UNAVAILABLE with Retry-After when every attempt lost.
   */
  run<T>(key: string, attempt: () => Promise<T | undefined>): Promise<T>;
}

export function createAttempts(clock: Clock): Attempts {
  const tails = new Map<string, Promise<unknown>>();

  async function inTurn<T>(key: string, task: () => Promise<T>): Promise<T> {
    const mine = (tails.get(key) ?? Promise.resolve()).then(task, task);
    const settled = mine.catch(() => undefined);
    tails.set(key, settled);
    try {
      return await mine;
    } finally {
      if (tails.get(key) === settled) tails.delete(key);
    }
  }

  async function persist<T>(attempt: () => Promise<T | undefined>): Promise<T> {
    const backoff = createBackoff({ baseMs: 5, capMs: 200 });
    for (let tries = 0; tries < mostAttempts; tries++) {
      const result = await attempt();
      if (result !== undefined) return result;
      await clock.sleep(backoff.next());
    }
    throw new Problem('UNAVAILABLE', 'The app was changed by others all the time; nothing was written', { retryAfter: 1 });
  }

  return { run: (key, attempt) => inTurn(key, () => persist(attempt)) };
}
