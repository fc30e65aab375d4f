/** Wakes one waiter: rings between two waits are not lost, and many of them are one. */

export interface Bell {
  ring(): void;
  /** Resolves at once when it rang since the last wait, otherwise at the next ring. One waiter at a time. */
  rung(): Promise<void>;
}

export function createBell(): Bell {
  let pending = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      if (!wake) {
        pending = true;
        return;
      }
      const resolve = wake;
      wake = undefined;
      resolve();
    },
    rung() {
      if (pending) {
        pending = false;
        return Promise.resolve();
      }
      return new Promise(resolve => (wake = resolve));
    },
  };
}
