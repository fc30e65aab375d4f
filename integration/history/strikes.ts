/** Orders to a process under test: where among its mutating calls, and when relative to that call, it shall die, freeze or be told to end. */

import type { Recorder } from './recorder.ts';

/** When, relative to a mutating call: not sent; sent and done, the answer not seen; the answer seen. */
export type Moment = 'before' | 'committed' | 'answered';

export const moments: readonly Moment[] = ['before', 'committed', 'answered'];

/** SIGKILL, SIGSTOP or SIGTERM, by the process to itself; or an exception that nobody catches. */
export type Deed = 'kill' | 'stop' | 'term' | 'throw';

interface Common {
  deed: Deed;
  /** Varies the delays before calls and after answers, and with them the order of answers and the time of death. Absent = no delays. */
  seed?: number;
}

export type Order =
  /** At the nth mutating call from now on (1 = the next); `only` counts the calls that start with it. */
  | ({ at: 'call'; n: number; moment: Moment; only?: string } & Common)
  /** Right after the store has taken a record in this phase. */
  | ({ at: 'phase'; phase: string } & Common)
  /** Forget the order before: live. Calls are counted anew. */
  | { at: 'never'; seed?: number };

const signals = { kill: 'SIGKILL', stop: 'SIGSTOP', term: 'SIGTERM' } as const;

/** Longest delay that a seed puts before a call or after its answer. */
const longestDelayMs = 12;

/** A number in [0, 1) that depends on all arguments and nothing else. */
export function chance(seed: number, n: number, slot: number): number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(n, 0x85ebca6b) ^ Math.imul(slot, 0xc2b2ae35)) >>> 0;
  state = Math.imul(state ^ (state >>> 16), 0x45d9f3b);
  state = Math.imul(state ^ (state >>> 13), 0x45d9f3b);
  return ((state ^ (state >>> 16)) >>> 0) / 2 ** 32;
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

export interface Strikes {
  obey(order: Order): void;
  /** Counts a mutating call and returns what is to be done around it. */
  next(what: string): {
    n: number;
    before(): Promise<void>;
    committed(phases: readonly string[]): Promise<void>;
    answered(): Promise<void>;
  };
}

type Signal = (typeof signals)[keyof typeof signals];

/** `signal` sends one to the process itself. */
export function createStrikes(recorder: Recorder, signal = (name: Signal): unknown => process.kill(process.pid, name)): Strikes {
  let order: Order = { at: 'never' };
  let count = 0;
  let matching = 0;

  /** After SIGKILL nothing follows; after SIGSTOP the process goes on when it is told to; after SIGTERM or an exception it ends in order. */
  async function strike(deed: Deed, n: number, what: string): Promise<void> {
    order = { at: 'never' };
    recorder.strike({ deed, n, what });
    if (deed === 'throw') {
      setImmediate(() => {
        throw new Error('an exception that nobody catches, as ordered');
      });
      return;
    }
    signal(signals[deed]);
    if (deed === 'kill') await new Promise(() => undefined);
    // The signal stops this thread a moment later: nothing may be sent in between.
    if (deed === 'stop') for (const until = performance.now() + 50; performance.now() < until;);
  }

  return {
    obey(given) {
      order = given;
      count = 0;
      matching = 0;
    },
    next(what) {
      const n = ++count;
      const { seed } = order;
      if (order.at === 'call' && order.only !== undefined && what.startsWith(order.only)) matching++;
      const place = order.at === 'call' && order.only !== undefined ? (what.startsWith(order.only) ? matching : 0) : n;
      const due = (moment: Moment) => order.at === 'call' && order.n === place && order.moment === moment;
      const delay = (slot: number) => (seed === undefined ? 0 : chance(seed, n, slot) * longestDelayMs);
      return {
        n,
        async before() {
          await pause(delay(1));
          if (order.at === 'call' && due('before')) await strike(order.deed, n, what);
        },
        async committed(phases) {
          if (order.at === 'call' && due('committed')) await strike(order.deed, n, what);
          if (order.at === 'phase' && phases.includes(order.phase)) await strike(order.deed, n, what);
          await pause(delay(2));
        },
        async answered() {
          if (order.at !== 'call' || !due('answered')) return;
          const given = order;
          // Who has taken another order since lives: that is what tells its sender that the operation was over before the strike.
          setTimeout(() => (order === given ? void strike(given.deed, n, what) : undefined), delay(3));
        },
      };
    },
  };
}
