/** Waiting for a state with a deadline: the only way in which these suites let time pass. */

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

/**
 * Calls `look` again and again until it no longer throws, and answers what it returned.
 * Rejects with the last error, told what was waited for, when that takes longer than `withinMs`.
 */
export async function eventually<T>(what: string, withinMs: number, look: () => Promise<T> | T, everyMs = 40): Promise<T> {
  const from = performance.now();
  for (;;) {
    try {
      return await look();
    } catch (error) {
      const spent = performance.now() - from;
      if (spent > withinMs)
        throw new Error(`${what}: not within ${withinMs} ms: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      await pause(everyMs);
    }
  }
}

/** Looks at a state for as long as given and rejects as soon as `look` throws: for what must not happen. */
export async function always(what: string, forMs: number, look: () => unknown): Promise<void> {
  const from = performance.now();
  while (performance.now() - from < forMs) {
    try {
      await look();
    } catch (error) {
      throw new Error(
        `${what}: broken after ${Math.round(performance.now() - from)} ms: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
    await pause(60);
  }
}

/** The promise's outcome, or a rejection that says what was waited for. */
export async function within<T>(what: string, ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
