/** A clock that stands until it is told to go. */

import type { Clock } from '../lib/clock.ts';

export interface FakeClock extends Clock {
  /** Moves both clocks and runs what becomes due, in order, letting promises settle in between. */
  advance(ms: number): Promise<void>;
  /** How many timers wait. */
  readonly waiting: number;
}

export function createFakeClock(startMs = Date.parse('2026-01-01T00:00:00Z')): FakeClock {
  let elapsed = 0;
  let timers: { at: number; fn: () => void }[] = [];

  const settle = () => new Promise<void>(resolve => setImmediate(resolve));

  const clock: FakeClock = {
    now: () => startMs + elapsed,
    monotonic: () => elapsed,
    after(ms, fn) {
      const timer = { at: elapsed + Math.max(ms, 0), fn };
      timers.push(timer);
      return () => {
        timers = timers.filter(other => other !== timer);
      };
    },
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason as Error);
          return;
        }
        const cancel = clock.after(ms, resolve);
        signal?.addEventListener('abort', () => {
          cancel();
          reject(signal.reason as Error);
        });
      });
    },
    async advance(ms) {
      const until = elapsed + ms;
      await settle();
      for (;;) {
        const next = timers.filter(timer => timer.at <= until).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers = timers.filter(timer => timer !== next);
        elapsed = Math.max(elapsed, next.at);
        next.fn();
        await settle();
      }
      elapsed = until;
      await settle();
    },
    get waiting() {
      return timers.length;
    },
  };
  return clock;
}
