/** Lets a bounded number of tasks run at once; the others wait in order. */

export interface Gate {
  run<T>(task: () => Promise<T>): Promise<T>;
}

export function createGate(width: number): Gate {
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    async run(task) {
      if (running >= width) await new Promise<void>(resolve => waiting.push(resolve));
      else running++;
      try {
        return await task();
      } finally {
        // The place goes straight to the next one.
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
  };
}
