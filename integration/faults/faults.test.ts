/**
 * Deploy, redeploy, rollback and undeploy through a real Teal process, one run for each kind of fault, on the simulated cluster; some on the real one, through the same
 * proxies. TEAL_FAULTS (a regular expression on titles) narrows it down.
 */

import { createPool } from '../support/pool.ts';
import { whyNotHere, type TargetName } from '../support/targets.ts';
import { within } from '../support/wait.ts';
import { openStage, type Stage } from '../support/world.ts';
import { operations, underFault, type Fault } from './operations.ts';
import { rows } from './rows.ts';

const wanted = new RegExp(process.env['TEAL_FAULTS'] ?? '');
const narrowed = process.env['TEAL_FAULTS'] !== undefined;
const limitMs = 400_000;
const wholeRunMs = 15 * 60_000;

/** What the simulated cluster might do too kindly. */
const onReal = [
  'etcd is killed, and comes back after 5 s',
  'every connection to the API server is reset each second',
  'connections to the API server are half-open for 8 s',
  'the answer of every second write is lost',
  'every watch is too old (410) as soon as it begins',
];

function suite(target: TargetName, faults: Fault[], missing: string | undefined): void {
  if (missing !== undefined) {
    it.skip(`is left out: ${missing}`);
    return;
  }
  const runs = new Map<Fault, Promise<unknown>>();
  const alone = createPool(1);
  let stage: Stage;
  const play = (fault: Fault) =>
    within(
      'the four operations',
      limitMs,
      stage.play(world => underFault(world, fault)),
    );

  before(async function () {
    this.timeout(120_000);
    stage = await openStage(target);
    // More at once would measure the machine.
    const pool = createPool(4);
    for (const fault of faults)
      runs.set(
        fault,
        pool
          .run(() => play(fault))
          .then(
            () => undefined,
            (error: unknown) => error ?? new Error('failed'),
          ),
      );
  });
  after(async function () {
    this.timeout(wholeRunMs);
    await Promise.all(runs.values());
    await stage.close();
  });

  for (const fault of faults) {
    it(fault.title, async function () {
      this.timeout(wholeRunMs);
      const error = await runs.get(fault);
      if (error === undefined) return;
      if (narrowed) throw error as Error;
      // The recoveries are a matter of seconds, and four of them share two cores: what failed in the crowd is run once more alone, and that counts.
      await Promise.all(runs.values());
      process.stdout.write(`  once more, alone: ${fault.title}: ${(error instanceof Error ? error.message : '').slice(0, 200)}\n`);
      await alone.run(() => play(fault));
    });
  }
}

const real = await whyNotHere('real-nginx');
const chosen = rows.filter(({ title }) => wanted.test(title));

describe(`${operations.join(', ')} hold what they promise while`, () => {
  describe('on the simulated cluster', () => suite('sandbox', chosen, undefined));
  describe('on the real cluster', () =>
    suite(
      'real-nginx',
      chosen.filter(({ title }) => onReal.includes(title)),
      real,
    ));
});
