/** When to send what waits: at the end of the turn of the event loop in which it was wanted, or, while enough calls are under way, when one of them has ended. */

import type { Clock } from '../../lib/clock.ts';

/** Longest time that anything waits for calls under way: one that hangs must not hold up the others. */
const patienceMs = 100;

export interface Gathering {
  /** Call it after something began to wait. */
  go(): void;
}

/** `begin` sends some of what waits and resolves when that is answered; it never rejects. With fewer calls under way more would wait for a slow one; with more of them each carries less. */
export function createGathering(
  clock: Clock,
  { mostUnderWay, waits, begin }: { mostUnderWay: number; waits: () => boolean; begin: () => Promise<void> },
): Gathering {
  let underWay = 0;
  let turnEnds = false;
  let stopPatience: (() => void) | undefined;

  function send(): void {
    stopPatience?.();
    stopPatience = undefined;
    if (!waits()) return;
    underWay++;
    void begin().finally(() => {
      underWay--;
      go();
    });
    go();
  }

  function go(): void {
    if (turnEnds || !waits()) return;
    if (underWay >= mostUnderWay) {
      stopPatience ??= clock.after(patienceMs, send);
      return;
    }
    turnEnds = true;
    setImmediate(() => {
      turnEnds = false;
      send();
    });
  }

  return { go };
}
