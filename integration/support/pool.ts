/** Runs tasks with at most `size` of them under way, in order of their arrival. */

export interface Pool {
  run<T>(task: () => Promise<T>): Promise<T>;
}

export function createPool(size: number): Pool {
  let running = 0;
  const waiting: (() => void)[] = [];

  const leave = () => {
    running--;
    waiting.shift()?.();
  };

  return {
    async run(task) {
      if (running >= size) await new Promise<void>(resolve => waiting.push(resolve));
      running++;
      try {
        return await task();
      } finally {
        leave();
      }
    },
  };
}
