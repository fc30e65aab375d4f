/** One connected peer: sends what a stream gives as fast as the peer takes it, finds dead and slow ones, and says good-bye with a code. */

import type WebSocket from 'ws';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { StoreError } from '../store/store.ts';
import type { Closing, Frames } from './stream.ts';
import { closings } from './stream.ts';

export interface PeerLimits {
  /** Bytes that may wait for a peer before nothing more is given to it. */
  bufferBytes: number;
  /** How long it may take to get below that again. */
  stallMs: number;
  /** Between pings; a peer that has not answered the last one is dead. */
  pingMs: number;
  /** How long a close frame is waited for. */
  goodbyeMs: number;
}

export const peerLimits: PeerLimits = { bufferBytes: 1024 * 1024, stallMs: 20_000, pingMs: 20_000, goodbyeMs: 2_000 };

export interface PeerDeps {
  clock: Clock;
  log: Logger;
  limits: PeerLimits;
}

export interface Peer {
  /** Says good-bye; the connection is cut when the peer does not answer in time. */
  close(closing: Closing): void;
  /** Resolves when the connection is gone. */
  gone: Promise<void>;
}

/** `expiresAtMs`: when the token ends, wall clock. */
export function servePeer(
  socket: WebSocket,
  frames: (signal: AbortSignal) => Frames,
  { clock, log, limits }: PeerDeps,
  expiresAtMs?: number,
): Peer {
  const life = new AbortController();
  const timers = new Set<() => void>();
  let leaving = false;

  const later = (ms: number, fn: () => void) => {
    const cancel = clock.after(ms, () => {
      timers.delete(cancel);
      fn();
    });
    timers.add(cancel);
    return cancel;
  };

  const gone = new Promise<void>(resolve => {
    socket.once('close', () => {
      life.abort();
      for (const cancel of timers) cancel();
      timers.clear();
      resolve();
    });
  });
  // An oversized or broken frame from the peer: ws closes the socket itself.
  socket.on('error', error => log.debug('peer failed', { error: String(error) }));

  function close({ code, reason }: Closing): void {
    if (leaving) return;
    leaving = true;
    life.abort();
    socket.close(code, reason);
    later(limits.goodbyeMs, () => socket.terminate());
  }

  /** The newest ping without an answer: only that one needs any (RFC 6455 section 5.5.3), or a flood would make as many pongs. */
  let pinged: Buffer | undefined;
  socket.on('ping', (payload: Buffer) => {
    if (pinged === undefined)
      setImmediate(() => {
        socket.pong(pinged);
        pinged = undefined;
      });
    pinged = payload;
  });

  let answered = true;
  socket.on('pong', () => (answered = true));
  function ping(): void {
    if (leaving) return;
    if (!answered) {
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
    later(limits.pingMs, ping);
  }
  later(limits.pingMs, ping);

  function expire(): void {
    if (expiresAtMs === undefined) return;
    const left = expiresAtMs - clock.now();
    // Timers have a longest delay, and the wall clock may be set meanwhile.
    if (left > 0) later(Math.min(left, 3_600_000), expire);
    else close(closings.tokenExpired);
  }
  expire();

  const isFull = () => socket.bufferedAmount > limits.bufferBytes;

  /** Resolves when what was sent has left for the peer, or false when it takes too long. */
  function drained(flushed: Promise<void>): Promise<boolean> {
    return new Promise(resolve => {
      const cancel = later(limits.stallMs, () => resolve(false));
      void flushed.then(() => {
        cancel();
        timers.delete(cancel);
        resolve(true);
      });
    });
  }

  async function send(group: readonly string[]): Promise<boolean> {
    for (const frame of group) {
      if (socket.readyState !== socket.OPEN) return false;
      if (socket.bufferedAmount + frame.length <= limits.bufferBytes) {
        socket.send(frame);
        continue;
      }
      const flushed = new Promise<void>(resolve => socket.send(frame, () => resolve()));
      if (isFull() && !(await drained(flushed))) {
        close(closings.slow);
        return false;
      }
    }
    return true;
  }

  async function run(): Promise<void> {
    const source = frames(life.signal);
    try {
      for (;;) {
        const next = await source.next();
        if (life.signal.aborted) return;
        if (next.done === true) return close(next.value);
        if (!(await send(next.value))) return;
      }
    } catch (error) {
      const unavailable = error instanceof StoreError;
      log.warn('a stream ended early', { error: String(error) });
      close(unavailable ? closings.unavailable : closings.failed);
    } finally {
      await source.return(closings.complete).catch(() => undefined);
    }
  }
  run().catch((error: unknown) => log.error('a peer could not be served', { error: String(error) }));

  return { close, gone };
}
