/** Exponential backoff with full jitter (the "full jitter" scheme of AWS's architecture blog, 2015). */

export interface BackoffOptions {
  /** First upper bound, milliseconds. */
  baseMs: number;
  /** No delay is longer than this, milliseconds. */
  capMs: number;
  /** Source of randomness in [0, 1). */
  random?: () => number;
}

export interface Backoff {
  /** The next delay in milliseconds; each call without a reset doubles the bound. */
  next(): number;
  reset(): void;
}

export function createBackoff({ baseMs, capMs, random = Math.random }: BackoffOptions): Backoff {
  let attempt = 0;
  return {
    next() {
      const bound = Math.min(capMs, baseMs * 2 ** attempt);
      attempt = Math.min(attempt + 1, 30);
      return Math.round(bound / 2 + (bound / 2) * random());
    },
    reset() {
      attempt = 0;
    },
  };
}
