/** Runs cells on several lanes at once. An app lives through several operations, so that most cells need nothing to be prepared. */

import { openLane, type Lane } from './lane.ts';
import { beginLife, leaseMs, runCell, timeoutMs, type Life } from './cell.ts';
import { deedOf, replicasOf, type Cell, type Outcome, type Variant } from './matrix.ts';
import { operationOf, type OperationName } from './operations.ts';
import { watchStalls } from '../support/stalls.ts';
import type { Target } from '../support/targets.ts';

export interface FleetOptions {
  target: Target;
  variant: Variant;
  etcd?: string;
  lanes: number;
  /** Makes names of this run its own. */
  suffix: string;
}

export interface Fleet {
  /** How many mutating calls each operation makes when nothing happens. */
  count(names: readonly OperationName[]): Promise<Map<OperationName, number>>;
  /** Tells of each cell as soon as it is over. */
  run(cells: readonly Cell[], over: (outcome: Outcome) => void): Promise<void>;
  close(): Promise<void>;
}

/** The cluster, the proxy and its users are in this process: a cell in which it stood still so long is judged only when it holds. */
const standstillMs = 1000;

/** A life ends after so many operations, so that its history stays short. */
const longestLife = 8;

/** Quick where Teal waits by design, patient where a busy machine makes it wait. Nothing is pruned: with twenty seeds an app has more deployments than Teal usually keeps, and what was acknowledged would be missing by right. */
export const laneArgs = [
  ...['--keep-deployments', '100000'],
  ...['--timeout', String(timeoutMs / 1000), '--proxysleep', '60'],
  ...['--confirm', '1', '--drain', '1', '--lease', String(leaseMs / 1000)],
];

export async function openFleet({ target, variant, etcd, lanes: size, suffix }: FleetOptions): Promise<Fleet> {
  const healthArgs = target.real ? [] : ['--health-via', 'api-proxy'];
  const open = (index: number) =>
    openLane({
      target,
      namespace: `crash-${variant}-${suffix}-${index}`,
      ...(variant === 'embedded' || etcd === undefined ? {} : { etcd }),
      replicas: replicasOf(variant),
      args: [...laneArgs, ...healthArgs],
    });
  /** A pause is of interest inside creates, which no precondition can fence. */
  const counted = variant === 'paused' ? 'create ' : '';
  const lanes: Lane[] = await Promise.all(Array.from({ length: size }, (_, index) => open(index)));

  /** Brings the app to the other state without striking. */
  async function quietly(life: Life, name: OperationName): Promise<void> {
    await runCell(life, name, { at: 'never' });
  }

  async function strike(life: Life, cell: Cell): Promise<Outcome> {
    const { n, moment, seed, operation, variant: how } = cell;
    const only = counted === '' ? {} : { only: counted };
    try {
      const { strike: struck } = await runCell(life, operation, { at: 'call', n, moment, seed, deed: deedOf(how), ...only });
      return { cell, ...(struck ? { what: struck.what } : {}) };
    } catch (error) {
      return { cell, fault: error instanceof Error ? error.message : String(error) };
    }
  }

  const stalls = watchStalls();
  const repeated = new Set<Cell>();

  /** Undefined = not to be judged: the cell is to be played once more. */
  async function strikeFairly(life: Life, cell: Cell): Promise<Outcome | undefined> {
    const from = performance.now();
    const outcome = await strike(life, cell);
    const stoodMs = Math.round(stalls.since(from));
    if (outcome.fault === undefined || stoodMs < standstillMs || repeated.has(cell)) return outcome;
    repeated.add(cell);
    process.stdout.write(`  once more, because this machine stood still for ${stoodMs} ms: ${cell.operation} ${cell.n} ${cell.moment}\n`);
    return undefined;
  }

  /** Takes cells until none is left; prefers what the app is ready for. */
  async function work(lane: Lane, cells: Cell[], over: (outcome: Outcome) => void): Promise<void> {
    let life: Life | undefined;
    let age = 0;
    const take = (fits: (name: OperationName) => boolean): Cell | undefined => {
      const index = cells.findIndex(({ operation }) => fits(operation));
      return index < 0 ? undefined : cells.splice(index, 1)[0];
    };
    const play = async (life: Life, cell: Cell): Promise<Life | undefined> => {
      const outcome = await strikeFairly(life, cell);
      if (outcome === undefined) cells.push(cell);
      else over(outcome);
      return outcome !== undefined && outcome.fault === undefined ? life : anew(lane);
    };
    const starts = (name: OperationName) => operationOf(name).needs === 'nothing';
    const ends = (name: OperationName) => !starts(name) && !operationOf(name).serves;
    for (;;) {
      if (life?.serving === undefined) {
        life = await beginLife(lane, target);
        age = 0;
        const cell = take(starts);
        if (cell === undefined && cells.length === 0) return;
        if (cell === undefined) await quietly(life, 'deploy');
        else {
          life = await play(life, cell);
        }
        continue;
      }
      const old = ++age >= longestLife || !cells.some(({ operation }) => !starts(operation) && !ends(operation));
      const cell = (old ? take(ends) : undefined) ?? take(name => !starts(name) && !ends(name)) ?? take(ends);
      if (cell === undefined) {
        await quietly(life, 'undeploy');
        continue;
      }
      life = await play(life, cell);
    }
  }

  /** After a fault nothing of the old app is trusted: its lane goes on with a new one. */
  async function anew(lane: Lane): Promise<undefined> {
    for (const member of lane.members) if (lane.asleep.delete(member)) member.signal('SIGCONT');
    await lane.mend();
    await lane.order({ at: 'never' });
    return undefined;
  }

  return {
    async count(names) {
      const [lane] = lanes;
      if (!lane) throw new Error('a fleet has a lane');
      const counts = new Map<OperationName, number>();
      let life: Life | undefined;
      for (const name of names) {
        const fromNothing = operationOf(name).needs === 'nothing';
        if (life?.serving && fromNothing) await quietly(life, 'undeploy');
        if (life?.serving === undefined) life = await beginLife(lane, target);
        if (!life.serving && !fromNothing) await quietly(life, 'deploy');
        const { calls } = await runCell(life, name, { at: 'never' });
        counts.set(name, calls.filter(what => what.startsWith(counted)).length);
      }
      if (life?.serving) await quietly(life, 'undeploy');
      return counts;
    },
    async run(cells, over) {
      const left = [...cells];
      await Promise.all(lanes.map(lane => work(lane, left, over)));
    },
    async close() {
      stalls.stop();
      await Promise.all(lanes.map(lane => lane.close()));
    },
  };
}
