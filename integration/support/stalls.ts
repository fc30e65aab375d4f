/** When this process stood still: on a machine that has more to do than it can, promises about seconds say nothing. */

const tickMs = 100;

export interface Stalls {
  /** The longest standstill that ended since this moment (`performance.now()`), ms. */
  since(from: number): number;
  stop(): void;
}

export function watchStalls(): Stalls {
  const seen: { at: number; ms: number }[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const ms = now - last - tickMs;
    if (ms > tickMs) seen.push({ at: now, ms });
    last = now;
  }, tickMs);
  timer.unref();
  return {
    since: from => Math.max(0, ...seen.filter(({ at }) => at >= from).map(({ ms }) => ms)),
    stop: () => clearInterval(timer),
  };
}
