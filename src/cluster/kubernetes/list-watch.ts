/**
 * Keeps one copy of a collection true: list, then watch from there, for ever. It cannot end by itself: whatever goes wrong, it waits a little and goes on from the last known
 * version, or lists again when that is too old, unknown or suspicious.
 */

import { createBackoff } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { ClusterError, type MirrorEvent, type Selector } from '../cluster.ts';
import type { Kind } from '../objects.ts';
import type { Caller } from './caller.ts';
import type { Copy } from './copy.ts';
import { errorOf } from './errors.ts';
import type { Gate } from './gate.ts';
import { collectionPath } from './paths.ts';
import { listAll, selectorQuery } from './reads.ts';
import { compareVersions } from './resource-version.ts';
import { createWatchDecoder, type WatchEvent } from './watch-lines.ts';

export interface Timings {
  /** Longest time between two lists: each period is drawn from the upper fifth. The API server is asked to end the watch then. */
  relistMs: number;
  /**
   * Silence after which a watch is given up. The API server sends a bookmark about every 60 s, but promises none: so a little more than that, and the price where none come is
   * one cheap request (resumed, not listed again) per period. A server found dead by any other request is doubted at once, see `doubtMs`.
   */
  idleMs: number;
  /** When a request got no answer, watches that were silent for so long are made anew. */
  doubtMs: number;
  backoffBaseMs: number;
  backoffCapMs: number;
  /** A watch that ended sooner counts as a failure, however politely it ended. */
  shortWatchMs: number;
  /** For the head of a watch's answer, and for each page of a list. */
  answerMs: number;
  /** A kind that the API server does not serve (yet) is asked for again after so long. */
  unservedMs: number;
  /** How long after losing its watch a copy still counts as live. */
  graceMs: number;
}

export const defaultTimings: Timings = {
  relistMs: 300_000,
  idleMs: 75_000,
  doubtMs: 10_000,
  backoffBaseMs: 250,
  backoffCapMs: 10_000,
  shortWatchMs: 5_000,
  answerMs: 30_000,
  unservedMs: 60_000,
  graceMs: 2_000,
};

export interface ListWatchDeps {
  caller: Caller;
  clock: Clock;
  log: Logger;
  copy: Copy;
  emit: (events: MirrorEvent[]) => void;
  /** Bounds the lists that run at once, so that a returning API server is not overrun. */
  gate: Gate;
  timings: Timings;
  random: () => number;
}

export interface ListWatch {
  synced: Promise<void>;
  readonly live: boolean;
  /** Resolves when a list that began after this call has been put in; rejects when closed before. */
  refresh(): Promise<void>;
  /** The API server left some other request without an answer. */
  doubt(): void;
  close(): Promise<void>;
}

export function createListWatch(target: { kind: Kind; namespace: string; selector: Selector }, deps: ListWatchDeps): ListWatch {
  const { clock, log, copy, timings } = deps;
  const path = collectionPath(target.kind, target.namespace);
  const closing = new AbortController();
  const backoff = createBackoff({ baseMs: timings.backoffBaseMs, capMs: timings.backoffCapMs, random: deps.random });

  /** Where to go on watching; undefined = list first. */
  let position: string | undefined;
  /** The newest version that the server has shown; it going back means that the server's history was replaced. */
  let newest = '';
  let relistAt = 0;
  let failuresInARow = 0;
  /** Who waits for a list that has not begun yet. */
  let waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  /** Ends the watch that is open or being opened, or the pause after it. */
  let goOn: () => void = () => {};
  let watch: { controller: AbortController; heardAt: number } | undefined;
  let lostAt = Number.NEGATIVE_INFINITY;
  let onSynced: () => void = () => {};
  let onNeverSynced: (error: Error) => void = () => {};
  const synced = new Promise<void>((resolve, reject) => {
    onSynced = resolve;
    onNeverSynced = reject;
  });
  synced.catch(() => {});

  async function list() {
    let served: typeof waiting = [];
    const { objects, version } = await deps.gate
      .run(() => {
        served = waiting;
        waiting = [];
        return listAll(deps.caller, target.kind, target.namespace, target.selector, {
          signal: closing.signal,
          timeoutMs: timings.answerMs,
        });
      })
      .catch((error: unknown) => {
        waiting.push(...served);
        throw error;
      });
    const rewound = compareVersions(version, newest) < 0;
    if (rewound) log.warn('the API server has gone back in its history; all of it is taken anew', { from: newest, to: version });
    for (const object of objects) forgetManagers(object);
    const events = copy.replaceAll(objects, version, rewound);
    position = newest = version;
    relistAt = clock.monotonic() + timings.relistMs * (0.8 + 0.2 * deps.random());
    onSynced();
    deps.emit(events);
    for (const { resolve } of served) resolve();
  }

  /** Resolves when the watch has ended in good order; throws ClusterError otherwise. */
  async function watchOnce() {
    const controller = new AbortController();
    const signal = AbortSignal.any([closing.signal, controller.signal]);
    const seconds = Math.max(1, Math.ceil((relistAt - clock.monotonic()) / 1000));
    let broken: unknown;
    const decode = createWatchDecoder(take);
    const end = (error: unknown) => {
      broken ??= error;
      controller.abort(error);
    };
    const current = { controller, heardAt: clock.monotonic() };
    goOn = () => end(new ClusterError('NOT_SENT', 'a new list is wanted'));
    let stopIdleTimer = () => {};
    const guardSilence = () => {
      const left = current.heardAt + timings.idleMs - clock.monotonic();
      if (left <= 0) end(new ClusterError('TIMEOUT', `the watch was silent for ${timings.idleMs} ms`));
      else stopIdleTimer = clock.after(left, guardSilence);
    };
    // The server should end the watch by itself; one that does not is not trusted to tell the truth either.
    const stopHardTimer = clock.after(seconds * 1000 + timings.answerMs, () =>
      end(new ClusterError('TIMEOUT', 'the watch outlived its time')),
    );

    const query = {
      ...selectorQuery(target.selector),
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: position,
      timeoutSeconds: String(seconds),
    };
    try {
      const answer = await deps.caller.attempt(
        {
          method: 'GET',
          path,
          query,
          mutates: false,
          stream: {
            onHead: () => {
              current.heardAt = clock.monotonic();
              watch = current;
              guardSilence();
            },
            onChunk: chunk => {
              current.heardAt = clock.monotonic();
              if (broken !== undefined) return;
              try {
                decode(chunk);
              } catch (error) {
                end(
                  error instanceof ClusterError
                    ? error
                    : new ClusterError('UNAVAILABLE', `the watch sent something that is not an event: ${String(error)}`, { status: 200 }),
                );
              }
            },
          },
        },
        { signal, timeoutMs: timings.answerMs },
      );
      if (answer.status !== 200) throw errorOf(answer, { text: `GET ${path} (watch)`, mutates: false, now: clock.now() });
    } catch (error) {
      throw broken ?? error;
    } finally {
      stopIdleTimer();
      stopHardTimer();
      if (watch === current) {
        watch = undefined;
        lostAt = clock.monotonic();
      }
    }
  }

  function take({ type, object }: WatchEvent) {
    if (type === 'ERROR') {
      const body = Buffer.from(JSON.stringify(object));
      const status = typeof object['code'] === 'number' ? object['code'] : 500;
      throw errorOf({ status, headers: {}, body }, { text: `watch of ${path}`, mutates: false, now: clock.now() });
    }
    const version = object.metadata.resourceVersion;
    if (type !== 'BOOKMARK') {
      forgetManagers(object);
      deps.emit(type === 'DELETED' ? copy.drop(object) : copy.put(object));
    }
    // An event is behind us only when it has been put in.
    if (version !== undefined && compareVersions(version, newest) > 0) newest = version;
    if (version !== undefined) position = version;
    failuresInARow = 0;
  }

  /** How long to wait before going on. */
  function afterFailure(error: unknown, listing: boolean): number {
    failuresInARow++;
    const failure = error instanceof ClusterError ? error : new ClusterError('UNAVAILABLE', String(error));
    if (failure.code === 'GONE' || (failure.status !== 0 && failuresInARow >= 3)) position = undefined;
    const unserved = listing && failure.code === 'NOT_FOUND';
    if (unserved && failuresInARow === 1) onSynced();
    if (unserved) for (const { resolve } of waiting.splice(0)) resolve();
    const level = failure.code === 'GONE' || (failuresInARow > 1 && failuresInARow % 10 !== 0) ? 'debug' : 'warn';
    log[level](listing ? 'list failed' : 'watch failed', { code: failure.code, error: failure.message, inARow: failuresInARow });
    if (unserved) return timings.unservedMs * (0.5 + 0.5 * deps.random());
    return Math.max(backoff.next(), Math.min(failure.retryAfterMs ?? 0, 60_000));
  }

  /** One list where it is due, one watch, and how long to wait after them. */
  async function round(): Promise<number> {
    let listing = true;
    const lastedFrom = () => clock.monotonic() - startedAt;
    let startedAt = clock.monotonic();
    try {
      while (position === undefined || waiting.length > 0 || clock.monotonic() >= relistAt) await list();
      listing = false;
      startedAt = clock.monotonic();
      await watchOnce();
      if (lastedFrom() < timings.shortWatchMs && clock.monotonic() < relistAt) return backoff.next();
      backoff.reset();
      return 0;
    } catch (error) {
      if (!listing && waiting.length > 0) return 0;
      if (!listing && lastedFrom() >= 2 * timings.shortWatchMs) backoff.reset();
      return closing.signal.aborted ? 0 : afterFailure(error, listing);
    }
  }

  async function run() {
    while (!closing.signal.aborted) {
      const waitMs = await round();
      if (waitMs <= 0) continue;
      const pause = new AbortController();
      goOn = () => pause.abort();
      await clock.sleep(waitMs, AbortSignal.any([closing.signal, pause.signal])).catch(() => {});
    }
  }

  const running = run();
  return {
    synced,
    get live() {
      return watch !== undefined || clock.monotonic() - lostAt < timings.graceMs;
    },
    refresh() {
      return new Promise<void>((resolve, reject) => {
        if (closing.signal.aborted) {
          reject(closing.signal.reason as Error);
          return;
        }
        waiting.push({ resolve, reject });
        goOn();
      });
    },
    doubt() {
      if (watch && clock.monotonic() - watch.heardAt >= timings.doubtMs)
        watch.controller.abort(new ClusterError('TIMEOUT', 'the API server left another request without an answer'));
    },
    async close() {
      closing.abort(new ClusterError('NOT_SENT', 'the mirror is closed'));
      onNeverSynced(new ClusterError('NOT_SENT', 'the mirror was closed before its first list'));
      await running;
      for (const { reject } of waiting) reject(closing.signal.reason as Error);
    },
  };
}

/** Who set which field is bulky, and an update without it keeps it as it is. */
function forgetManagers(object: { metadata: object }): void {
  delete (object.metadata as { managedFields?: unknown }).managedFields;
}
