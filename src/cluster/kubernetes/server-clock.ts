/**
 * The API server's clock, seen through the `Date` headers of its answers. A header names a whole second only, but every answer bounds the offset from both sides;
 * the bounds of many answers together are much tighter than a second.
 */

/** How far apart two good clocks may drift, as a share of the time between two looks. */
const driftShare = 0.0002;
/** Bounds that miss each other by less are a server's cached header or several servers behind one address; by more, a clock was set. */
const toleratedGapMs = 250;

export interface ServerClock {
  /** One answer: its `Date` header, and the monotonic times at which the request was sent and the answer's head had come. */
  observe(date: string | undefined, sentAt: number, receivedAt: number): void;
  /** Milliseconds since the epoch at the monotonic time `at`; undefined before the first answer. */
  time(at: number): number | undefined;
}

export function createServerClock(): ServerClock {
  /** Bounds of (server's time - our monotonic time), and when they were true. */
  let bounds: { low: number; high: number; at: number } | undefined;

  function widened(at: number) {
    if (!bounds) return undefined;
    const slack = Math.max(0, at - bounds.at) * driftShare;
    return { low: bounds.low - slack, high: bounds.high + slack };
  }

  return {
    observe(date, sentAt, receivedAt) {
      const second = date === undefined ? Number.NaN : Date.parse(date);
      if (Number.isNaN(second) || receivedAt < sentAt) return;
      // The header was written between sending and receiving, by a clock that showed second <= time < second + 1000.
      const seen = { low: second - receivedAt, high: second + 1000 - sentAt };
      const known = widened(receivedAt);
      if (!known || seen.low - known.high > toleratedGapMs || known.low - seen.high > toleratedGapMs) bounds = { ...seen, at: receivedAt };
      else if (seen.low > known.high) bounds = { low: known.high, high: seen.low, at: receivedAt };
      else if (known.low > seen.high) bounds = { low: seen.high, high: known.low, at: receivedAt };
      else bounds = { low: Math.max(known.low, seen.low), high: Math.min(known.high, seen.high), at: receivedAt };
    },
    time: at => (bounds ? at + (bounds.low + bounds.high) / 2 : undefined),
  };
}
