/** Runs work per key: one run of a key at a time, different keys in parallel, wakes during a run cause exactly one more run. */

export interface KeyedQueue {
  /** Asks for a run of `key`. Cheap and idempotent: many wakes before a run starts are one run. */
  wake(key: string): void;
  /** Takes no new wakes and resolves when the runs under way have ended. */
  close(): Promise<void>;
  /** Resolves when nothing runs and nothing is waiting. */
  idle(): Promise<void>;
  readonly running: number;
}

export function createKeyedQueue(
  run: (key: string) => Promise<void>,
  options: { concurrency: number; onError: (key: string, error: unknown) => void },
): KeyedQueue {
  const waiting = new Set<string>();
  const running = new Set<string>();
  const again = new Set<string>();
  let idlers: (() => void)[] = [];
  let closed = false;
  let pumping = false;

  function settle() {
    if (running.size > 0 || waiting.size > 0) return;
    const done = idlers;
    idlers = [];
    for (const resolve of done) resolve();
  }

  function pump() {
    for (const key of waiting) {
      if (running.size >= options.concurrency) break;
      waiting.delete(key);
      running.add(key);
      void run(key)
        .catch((error: unknown) => options.onError(key, error))
        .finally(() => {
          running.delete(key);
          if (again.delete(key) && !closed) waiting.add(key);
          pump();
          settle();
        });
    }
  }

  /** What watches tell in one turn of the event loop is one run: a single change reaches us as several events. */
  function pumpSoon() {
    if (pumping) return;
    pumping = true;
    setImmediate(() => {
      pumping = false;
      pump();
    });
  }

  const idle = () => (running.size === 0 && waiting.size === 0 ? Promise.resolve() : new Promise<void>(resolve => idlers.push(resolve)));

  return {
    wake(key) {
      if (closed) return;
      if (running.has(key)) again.add(key);
      else waiting.add(key);
      pumpSoon();
    },
    async close() {
      closed = true;
      waiting.clear();
      again.clear();
      await idle();
    },
    idle,
    get running() {
      return running.size;
    },
  };
}
