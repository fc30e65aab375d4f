/**
 * How much a peer may send. Streams only go out, so pongs and a good-bye are all that it needs: whoever sends more - pings, messages, pieces of messages without end - is
 * using our time.
 */

import type { Clock } from '../lib/clock.ts';

export interface InboundLimits {
  /** Bytes of one message. */
  messageBytes: number;
  /** Pieces of one message. */
  fragments: number;
  /** Bytes at once, frames included. */
  burstBytes: number;
  /** Bytes that come free again with every second. */
  bytesPerSecond: number;
}

export const inboundLimits: InboundLimits = { messageBytes: 4 * 1024, fragments: 16, burstBytes: 32 * 1024, bytesPerSecond: 1024 };

/** Takes the sizes of what comes; false as soon as it is too much. A leaky bucket. */
export function createMeter(clock: Clock, { burstBytes, bytesPerSecond }: InboundLimits): (bytes: number) => boolean {
  let level = 0;
  let at = clock.monotonic();
  return bytes => {
    const now = clock.monotonic();
    level = Math.max(0, level - ((now - at) / 1000) * bytesPerSecond) + bytes;
    at = now;
    return level <= burstBytes;
  };
}
