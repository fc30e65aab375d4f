/** How long to wait before trying again: doubling up to a bound, and each client a little differently, so that a server that comes back is not met by all at once. */

export const backoff = (attempts: number, chance: () => number = Math.random): number =>
  Math.round(Math.min(10_000, 400 * 2 ** Math.min(attempts, 8)) * (0.7 + 0.6 * chance()));
