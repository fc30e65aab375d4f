/** Counts what becomes of the requests to one app. */

import type { Loss, ShotKind, Tally } from './messages.ts';

/** Losses kept one by one; a run that loses more has failed long before. */
const lossLimit = 20_000;

class Numbers<T extends Float64Array | Float32Array> {
  #length = 0;
  #values: T;
  readonly #make: (size: number) => T;
  constructor(make: (size: number) => T) {
    this.#make = make;
    this.#values = make(4096);
  }
  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = this.#make(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }
  all(): T {
    return this.#values.slice(0, this.#length) as T;
  }
}

export const now = (): number => performance.timeOrigin + performance.now();

export interface Counter {
  scheduled(): void;
  /** `due` is when it should have been sent. */
  sent(due: number): void;
  answered(shot: { kind: ShotKind; due: number; version: string | undefined; tag?: string }): void;
  lost(loss: Omit<Loss, 'afterMs'> & { sentAt: number }): void;
  /** From now on an answer of this version to a new request counts as lost. */
  gone(version: string): void;
  readonly sockets: Tally['sockets'];
  tally(): Tally;
}

export function createCounter(aim: string): Counter {
  const counts = { scheduled: 0, sent: 0, answered: 0 };
  let lastTag: string | undefined;
  const losses: Loss[] = [];
  const at = new Numbers(size => new Float64Array(size));
  const ms = new Numbers(size => new Float32Array(size));
  const late = new Numbers(size => new Float32Array(size));
  const versions: Tally['versions'] = {};
  const retired = new Map<string, number>();
  const sockets = { opened: 0, moved: 0, echoed: 0 };

  const lose = (loss: Loss) => {
    if (losses.length < lossLimit) losses.push(loss);
  };
  return {
    sockets,
    scheduled: () => {
      counts.scheduled++;
    },
    sent(due) {
      counts.sent++;
      late.push(now() - due);
    },
    answered({ kind, due, version = '-', tag }) {
      if (tag !== undefined) lastTag = tag;
      counts.answered++;
      const seen = (versions[version] ??= { first: due, last: due, count: 0 });
      seen.last = Math.max(seen.last, due);
      seen.count++;
      const end = retired.get(version);
      if (end !== undefined && due > end) {
        lose({
          at: due,
          kind,
          how: 'gone version',
          afterMs: now() - due,
          detail: `version ${version}, ${Math.round(due - end)} ms after its end`,
        });
      }
      if (kind === 'slow' || kind === 'socket') return;
      at.push(due);
      ms.push(now() - due);
    },
    lost: ({ sentAt, ...loss }) => lose({ ...loss, afterMs: now() - sentAt }),
    gone(version) {
      retired.set(version, now());
    },
    tally: () => ({
      aim,
      ...counts,
      ...(lastTag === undefined ? {} : { lastTag }),
      losses,
      at: at.all(),
      ms: ms.all(),
      late: late.all(),
      versions,
      sockets,
    }),
  };
}
