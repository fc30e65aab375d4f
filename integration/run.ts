/**
 * `npm test`: runs every check and suite that this machine allows and says what was skipped.
 *
 * Arguments name groups (default: all). Of the longest suites a part is played; TEAL_SELECTION=all plays everything, TEAL_SELECTION=ci less (`runner/selection.ts`). TEAL_TEST_NODES="22 24" repeats unit and contract
 * suites on those versions. With TEAL_TEST_REQUIRE_ALL=1 a skipped test counts as failed: there the machine is known to have a cluster and etcd. The last line is
 * `N passed, N failed` (', N skipped' when some were).
 */

import { fileURLToPath } from 'node:url';
import { endEverything, execute, helped, phases, type Lane, type Result, type Step } from './runner/execute.ts';
import { whyLeftOut } from './runner/selection.ts';
import { buildStep, groups, planSteps, type Group } from './runner/steps.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const requireAll = process.env['TEAL_TEST_REQUIRE_ALL'] === '1';

/** A scenario that the list itself takes from one target, with the reason in its title. */
const leftOutWithReason = / - left out: /;

/**
 * What promises something within seconds may fail beside other suites for want of a processor: then a second play, alone, counts, and both are told. Not so what finds by chance, whose finds must
 * not get lost, nor the load, which was alone.
 */
const findsByChance = /^(unit|contracts\/store|security\/fuzz)/;
const isJudgedAgain = ({ name, suite, lane }: Step): boolean => suite && lane !== 'load' && !findsByChance.test(name);

const say = (line: string) => console.log(line);
const indent = (text: string) => text.replace(/^/gm, '      ');

const isGroup = (name: string): name is Group => (groups as readonly string[]).includes(name);

function report(result: Result) {
  const { step, passed, failures, skipped, seconds } = result;
  const counts = [
    step.suite ? `${passed} ok` : '',
    failures.length > 0 ? `${failures.length} FAILED` : '',
    skipped.length > 0 ? `${skipped.length} left out` : '',
  ];
  say(`${failures.length > 0 ? 'FAIL' : '  ok'} ${step.name} (${[...counts.filter(Boolean), `${seconds.toFixed(1)} s`].join(', ')})`);
  for (const { title, message } of failures) say(`   x ${title}\n${indent(message)}`);
}

/** The end of the output is what is read first, and at times all that is kept of it. */
const failuresOf = ({ step, failures }: Result): string[] =>
  failures.map(({ title, message }) => `${step.name}: ${title}\n${indent(message.split('\n').slice(0, 12).join('\n'))}`);

async function main(names: string[]): Promise<number> {
  const unknown = names.filter(name => !isGroup(name));
  if (unknown.length > 0) {
    console.error(`unknown group ${unknown.join(', ')}; there are: ${groups.join(' ')}`);
    return 2;
  }
  const wanted = names.length > 0 ? names.filter(isGroup) : groups;
  const otherNodes = (process.env['TEAL_TEST_NODES'] ?? '').split(/\s+/).filter(Boolean);
  say(
    `Node ${process.version}${otherNodes.length > 0 ? `, then ${otherNodes.join(' and ')}` : ''}; cluster: ${process.env['KUBECONFIG'] ?? 'none (set KUBECONFIG to a test cluster)'}`,
  );

  const results: Result[] = [];
  const play = async (step: Step) => {
    const result = await execute(step, { cwd: root, say });
    report(result);
    results.push(result);
  };
  const planned = planSteps(root, wanted, otherNodes);
  const steps = planned.filter(({ name }) => whyLeftOut(name) === undefined);
  // The suites play what was built.
  for (const step of steps.filter(({ name }) => name === buildStep)) await play(step);
  const waiting = steps.filter(({ name }) => name !== buildStep);
  const take = (fits: (lane: Lane) => boolean): Step | undefined => {
    const index = waiting.findIndex(step => fits(step.lane));
    return index < 0 ? undefined : waiting.splice(index, 1)[0];
  };
  const playLane = async (lane: Lane, lanes: readonly Lane[]) => {
    const next = () => take(one => one === lane) ?? take(one => lanes.includes(one) && helped.includes(one));
    for (let step = next(); step !== undefined; step = next()) await play(step);
  };
  for (const lanes of phases) await Promise.all(lanes.map(lane => playLane(lane, lanes)));

  const beside = results.filter(({ step, failures }) => failures.length > 0 && isJudgedAgain(step));
  for (const result of beside) {
    say(`\nAgain, with the machine for itself: ${result.step.name}`);
    results.splice(results.indexOf(result), 1);
    await play(result.step);
  }
  const listAgain = beside.flatMap(failuresOf);

  const skipped = results.flatMap(result => result.skipped.map(title => `${result.step.name}: ${title}`));
  const forbidden = requireAll ? skipped.filter(title => !leftOutWithReason.test(title)) : [];
  const list = (head: string, titles: string[]) => {
    if (titles.length > 0) say(`\n${head}:\n${titles.map(title => `  - ${title}`).join('\n')}`);
  };
  list(
    'Left to the whole run (npm test)',
    planned.flatMap(({ name }) => whyLeftOut(name)?.replace(/^/, `${name}: `) ?? []),
  );
  list('Failed beside other suites, and judged again alone', listAgain);
  list('Left out', skipped);
  list('Left out though this machine has what they need', forbidden);
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failures.length, 0) + forbidden.length;
  list('Failed', results.flatMap(failuresOf));
  const allowed = skipped.length - forbidden.length;
  say(`\n${passed} passed, ${failed} failed${allowed > 0 ? `, ${allowed} skipped` : ''}`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    endEverything();
    process.exit(130);
  });
}

process.exitCode = await main(process.argv.slice(2));
