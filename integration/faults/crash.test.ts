/**
 * The crash matrix: Teal is struck at every mutating call of every operation, before it, after it was done and before its answer, and after its answer. Somebody goes on, and every
 * oracle looks at the recorded history: as if nothing had happened.
 *
 * TEAL_CRASH=all runs every variant with one seed, TEAL_CRASH=nightly with twenty, TEAL_CRASH=ci less than usual; TEAL_CRASH_OPERATIONS=redeploy,undeploy takes some operations, TEAL_CRASH_VARIANTS=etcd,term
 * some variants, TEAL_CRASH_CELL one cell. TEAL_CRASH_TABLE names a file for the table.
 */

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { openFleet, type Fleet } from '../crash/fleet.ts';
import { cellOf, replay, tableOf, variants, type Cell, type Outcome, type Variant } from '../crash/matrix.ts';
import { operationNames, operationOf, type OperationName } from '../crash/operations.ts';
import { moments, type Moment } from '../history/strikes.ts';
import { anyEtcd, findEtcd } from '../support/find-etcd.ts';
import { openTarget, type Target, type TargetName } from '../support/targets.ts';

interface Selection {
  operations: readonly OperationName[];
  momentsOf(operation: OperationName): readonly Moment[];
}

const named = process.env['TEAL_CRASH_OPERATIONS']?.split(',');
const all = operationNames.filter(name => named?.includes(name) ?? true);
const everything: Selection = { operations: all, momentsOf: () => moments };

/**
 * What every run of the tests tries. On the embedded store, where a start is quick: every call of every operation with the moment that is hardest to get right, and of a redeployment with
 * every moment. Of the others, which wait for a lease in each cell, one operation each.
 */
const usual: Record<Variant, Selection> = {
  embedded: { operations: all, momentsOf: operation => (operation === 'redeploy' ? moments : ['committed']) },
  etcd: { operations: ['redeploy'], momentsOf: () => ['committed'] },
  takeover: { operations: ['redeploy'], momentsOf: () => ['committed'] },
  term: { operations: ['undeploy'], momentsOf: () => ['answered'] },
  paused: { operations: ['redeploy'], momentsOf: () => ['committed'] },
};

/** What fits into `.ci/run`. */
const { etcd: _lasting, ...brief } = usual;
const few: Partial<typeof usual> = { ...brief, embedded: { operations: all, momentsOf: () => ['committed'] } };

const mode = process.env['TEAL_CRASH'];
const only = process.env['TEAL_CRASH_CELL'] === undefined ? undefined : cellOf(process.env['TEAL_CRASH_CELL']);
const targetName = (process.env['TEAL_CRASH_TARGET'] ?? 'sandbox') as TargetName;
const seeds = mode === 'nightly' ? Array.from({ length: 20 }, (_, index) => index + 1) : [1];
const lanes = Number(process.env['TEAL_CRASH_LANES'] ?? 4);

const chosen = process.env['TEAL_CRASH_VARIANTS']?.split(',');

function selectionFor(variant: Variant): Selection | undefined {
  if (chosen?.includes(variant) === false) return undefined;
  if (only) return only.variant === variant ? { operations: [only.operation], momentsOf: () => [only.moment] } : undefined;
  if (mode === 'all' || mode === 'nightly') return everything;
  return mode === 'ci' ? few[variant] : usual[variant];
}

const etcd = findEtcd('3.6') ?? findEtcd('3.4');
const outcomes: Outcome[] = [];

function writeTable(): void {
  const file = process.env['TEAL_CRASH_TABLE'];
  if (file)
    writeFileSync(
      file,
      `${tableOf(outcomes)}\n\n${outcomes.flatMap(({ cell, fault }) => (fault === undefined ? [] : [`- ${replay(cell)}: ${fault}`])).join('\n')}\n`,
    );
}

function suite(variant: Variant, selection: Selection): void {
  let target: Target;
  let fleet: Fleet | undefined;
  const counts = new Map<OperationName, number>();
  const own: Outcome[] = [];
  let running: Promise<void> | undefined;

  const cellsOf = (operation: OperationName): Cell[] =>
    only
      ? [only]
      : seeds.flatMap(seed =>
          Array.from({ length: counts.get(operation) ?? 0 }, (_, index) =>
            selection.momentsOf(operation).map(moment => ({ variant, operation, n: index + 1, moment, seed })),
          ).flat(),
        );

  before('starts the cluster and the servers', async function () {
    this.timeout(180_000);
    target = await openTarget(targetName);
    fleet = await openFleet({
      target,
      variant,
      ...(etcd === undefined ? {} : { etcd }),
      lanes: only ? 1 : lanes,
      suffix: randomBytes(2).toString('hex'),
    });
  });

  after('stops them', async function () {
    this.timeout(60_000);
    await fleet?.close();
    await target.close();
  });

  it('without a strike every operation ends as wanted, and no oracle finds anything', async function () {
    this.timeout(240_000);
    for (const [name, count] of (await fleet?.count(selection.operations)) ?? []) counts.set(name, count);
    // Not every operation creates something, which is where a pause is of interest.
    const least = variant === 'paused' ? 0 : 1;
    for (const [name, count] of counts) expect(count, `mutating calls of ${operationOf(name).title}`).to.be.within(least, 60);
    if (only === undefined && named === undefined)
      expect(Math.max(...counts.values()), 'mutating calls of any operation').to.be.at.least(1);
  });

  for (const operation of selection.operations) {
    it(`${operationOf(operation).title} is as if nothing had happened, at whichever call Teal is struck`, async function () {
      this.timeout(mode === 'nightly' ? 36_000_000 : 1_800_000);
      expect(counts.size, 'operations whose calls are known').to.equal(selection.operations.length);
      running ??= fleet?.run(selection.operations.flatMap(cellsOf), outcome => {
        own.push(outcome);
        outcomes.push(outcome);
        // At once: a long run that is stopped still tells what it has shown.
        writeTable();
      });
      const wanted = cellsOf(operation).length;
      while (own.filter(({ cell }) => cell.operation === operation).length < wanted)
        await Promise.race([running, new Promise(resolve => setTimeout(resolve, 100))]);
      const results = own.filter(({ cell }) => cell.operation === operation);
      const faults = results.flatMap(({ cell, fault, what }) =>
        fault === undefined ? [] : [`${what ?? ''}\n  ${fault}\n  again: ${replay(cell)}`],
      );
      expect(faults, faults.join('\n\n')).to.deep.equal([]);
      // Delays change how log lines share transactions: the last calls are not always made.
      const struck = results.filter(({ what }) => what !== undefined).length;
      expect(struck, 'cells that were struck').to.be.at.least(Math.ceil(results.length * 0.75));
    });
  }
}

for (const variant of variants) {
  const selection = selectionFor(variant);
  if (selection === undefined) continue;
  describe(`crash matrix, ${variant}`, () => {
    if (variant === 'embedded' || etcd !== undefined) suite(variant, selection);
    else if (process.env['TEAL_TEST_REQUIRE_ALL']) it('can run here', () => void anyEtcd());
    else it.skip('is left out: there is no etcd on this machine');
  });
}

after('prints the matrix', () => void process.stdout.write(`\n${tableOf(outcomes)}\n`));
