/**
 * Runs the list on every target that this machine has, several scenarios at once. TEAL_TARGETS and TEAL_GROUPS (names, comma-separated) and TEAL_SCENARIOS (a
 * regular expression on titles) narrow it down; TEAL_TIMES=1 prints how long each took.
 */

import { expect } from 'chai';
import { createPool } from '../support/pool.ts';
import { targetNames, whyNotHere, type TargetName } from '../support/targets.ts';
import { within } from '../support/wait.ts';
import { openStage, type Stage } from '../support/world.ts';
import { groups, scenarios } from './list.ts';
import type { Scenario } from './scenario.ts';

const wantedTargets = process.env['TEAL_TARGETS']?.split(',');
const wantedTitles = new RegExp(process.env['TEAL_SCENARIOS'] ?? '', 'i');
const wantedGroups = process.env['TEAL_GROUPS']?.split(',');
const narrowed = process.env['TEAL_SCENARIOS'] !== undefined || wantedGroups !== undefined;

const chosen: [string, Scenario[]][] = Object.entries(groups)
  .filter(([group]) => wantedGroups?.includes(group) ?? true)
  .map(([group, list]) => [group, list.filter(({ title }) => wantedTitles.test(title))]);

const defaultLimitMs = 180_000;
/** The last scenario ends when all have; mocha counts the waiting. */
const wholeRunMs = 35 * 60_000;

type Outcome = { error?: unknown };

function onTarget(name: TargetName, missing: string | undefined): void {
  if (missing !== undefined) {
    // Where everything can run, leaving a target out is a failure.
    if (process.env['TEAL_TEST_REQUIRE_ALL'] && !narrowed) {
      it('can run here', () => {
        throw new Error(missing);
      });
    } else it.skip(`is left out: ${missing}`);
    return;
  }
  const outcomes = new Map<Scenario, Promise<Outcome>>();
  const times = new Map<Scenario, number>();
  const alone = createPool(1);
  let stage: Stage;

  before('opens the target and starts the scenarios', async function () {
    this.timeout(120_000);
    stage = await openStage(name);
    const pool = createPool(stage.target.lanes);
    for (const scenario of chosen.flatMap(([, list]) => list)) {
      if (scenario.leftOut?.[name] !== undefined) continue;
      const limitMs = scenario.limitMs ?? defaultLimitMs;
      const played = pool.run(async () => {
        const from = performance.now();
        await within('the scenario', limitMs, stage.play(scenario.run)).finally(() => times.set(scenario, performance.now() - from));
      });
      outcomes.set(
        scenario,
        played.then(
          () => ({}),
          (error: unknown) => ({ error }),
        ),
      );
    }
  });

  after('closes the target', async function () {
    this.timeout(60_000);
    await Promise.all(outcomes.values());
    await stage.close();
    if (process.env['TEAL_TIMES'] === undefined) return;
    for (const [{ title }, ms] of [...times].sort(([, a], [, b]) => b - a))
      process.stdout.write(`${(ms / 1000).toFixed(1).padStart(6)} s  ${title}\n`);
  });

  for (const [group, list] of chosen) {
    describe(group, () => {
      for (const scenario of list) {
        const reason = scenario.leftOut?.[name];
        if (reason !== undefined) {
          it.skip(`${scenario.title} - left out: ${reason}`);
          continue;
        }
        it(scenario.title, async function () {
          this.timeout(wholeRunMs);
          const outcome = await outcomes.get(scenario);
          if (outcome?.error === undefined) return;
          // Several scenarios share two cores and a cluster, and many promises are about seconds: what failed in the crowd is played once more alone, and that counts.
          await Promise.all(outcomes.values());
          process.stdout.write(`  once more, alone: ${scenario.title}: ${firstLine(outcome.error)}\n`);
          await alone.run(() => within('the scenario', scenario.limitMs ?? defaultLimitMs, stage.play(scenario.run)));
        });
      }
    });
  }

  if (narrowed) return;
  it('the document has no operation that was never asked', async function () {
    this.timeout(wholeRunMs);
    await Promise.all(outcomes.values());
    expect([...stage.contract.counted].filter(([, count]) => count === 0).map(([operation]) => operation)).to.deep.equal([]);
  });
}

const firstLine = (error: unknown): string => (String(error).split('\n')[0] ?? '').slice(0, 200);

const reasons = new Map<TargetName, string | undefined>();
const wanted = targetNames.filter(name => wantedTargets?.includes(name) ?? true);
for (const name of wanted) reasons.set(name, await whyNotHere(name));

for (const name of wanted) {
  describe(`scenarios on ${name}`, () => {
    onTarget(name, reasons.get(name));
  });
}

/** What would play nothing, and pass. */
function refuseUnknown(variable: string, wanted: string[] | undefined, known: readonly string[]): void {
  const unknown = wanted?.filter(name => !known.includes(name)) ?? [];
  if (unknown.length > 0) throw new Error(`${variable}: there is no ${unknown.join(', ')}; there are ${known.join(', ')}`);
}

describe('the list of scenarios', () => {
  it('knows the targets and groups that are wanted', () => {
    refuseUnknown('TEAL_TARGETS', wantedTargets, targetNames);
    refuseUnknown('TEAL_GROUPS', wantedGroups, Object.keys(groups));
  });

  it('has every title once', () => {
    const titles = scenarios.map(({ title }) => title);
    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).to.deep.equal([]);
  });

  it('leaves out at most one in twenty on any target', () => {
    for (const name of targetNames) {
      const left = scenarios.filter(({ leftOut }) => leftOut?.[name] !== undefined);
      expect(left.length, name).to.be.at.most(scenarios.length / 20);
    }
  });
});
