/** Reads something again and again: every so often, soon after somebody asks for it, sooner and then ever more rarely after trouble. Never twice at once. */

export interface Refresher {
  start(): () => void;
  /** Several wishes in a short time are one reading. */
  wake(): void;
}

/** Readings that are asked for come at most this often. */
const restMs = 150;
const longestRestMs = 10_000;

interface Options {
  everyMs: number;
  afterTroubleMs: number;
  /** Whether it went well. */
  read(stopping: AbortSignal): Promise<boolean>;
}

export function createRefresher({ everyMs, afterTroubleMs, read }: Options): Refresher {
  let wakeUp = () => {};

  async function run(stopping: AbortSignal): Promise<void> {
    let troubles = 0;
    while (!stopping.aborted) {
      const woken = new Promise<void>(resolve => (wakeUp = resolve));
      const fine = await read(stopping);
      troubles = fine ? 0 : troubles + 1;
      const pause = fine ? everyMs : Math.min(longestRestMs, afterTroubleMs * 2 ** (troubles - 1));
      await Promise.race([sleep(pause, stopping), Promise.all([woken, sleep(restMs, stopping)])]);
    }
  }

  return {
    start() {
      const stopping = new AbortController();
      void run(stopping.signal);
      return () => stopping.abort();
    },
    wake: () => wakeUp(),
  };
}

/** Ends early when `stopping` says so. */
export function sleep(ms: number, stopping: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (stopping.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      stopping.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stopping.addEventListener('abort', end);
  });
}
