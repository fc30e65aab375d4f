/** Runs one step as a process group of its own: never longer than its limit, and nothing of it is left running afterwards. */

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SuiteEvent } from './reporter.ts';

/**
 * The steps of a lane run one after the other, the lanes of a phase side by side, the phases one after the other: what promises something within seconds of several processes comes when
 * most is done, beside what may take its time; and what counts each lost request has the machine for itself.
 */
export const phases = [['scenarios', 'checks', 'patience', 'patience'], ['crashes', 'replicas', 'background'], ['load']] as const;
export type Lane = (typeof phases)[number][number];
/** A lane that is done takes over steps of these. Two of another lane at once would wait for each other on the real cluster, or miss what they promise within seconds. */
export const helped: readonly Lane[] = ['checks', 'patience', 'background'];

export interface Step {
  name: string;
  command: string[];
  /** Seconds after which it is killed and counts as failed. */
  limit: number;
  /** Whether the command is a mocha suite that reports its tests; otherwise the step itself is one check. */
  suite: boolean;
  lane: Lane;
  env?: Record<string, string>;
}

export interface Failure {
  title: string;
  message: string;
}

export interface Result {
  step: Step;
  passed: number;
  failures: Failure[];
  skipped: string[];
  seconds: number;
}

/** A suite that has reported its end may take so long to let go of its last handles. */
const graceAfterEndMs = 20_000;
const heartbeatMs = 60_000;

/** A check that cannot be made on this machine ends so, with the reason as its last line. */
const notHere = 'ended with 77';

const tail = (text: string): string => text.split('\n').slice(-60).join('\n').trim();

function readEvents(file: string): SuiteEvent[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map(line => JSON.parse(line) as SuiteEvent);
}

function endGroup(pid: number) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of the group is left: that is what was wanted.
  }
}

const running = new Set<number>();

/** Ends what is under way; for signals. */
export function endEverything(): void {
  for (const pid of running) endGroup(pid);
}

export async function execute(step: Step, options: { cwd: string; say: (line: string) => void }): Promise<Result> {
  const dir = mkdtempSync(join(tmpdir(), 'teal-step-'));
  const report = join(dir, 'events');
  const from = performance.now();
  const [program = '', ...args] = step.lane === 'background' ? ['nice', ...step.command] : step.command;
  const child = spawn(program, args, {
    cwd: options.cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...step.env, TEAL_TEST_REPORT: report },
  });
  const pid = child.pid;
  if (pid !== undefined) running.add(pid);
  let output = '';
  const take = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-200_000));
  child.stdout.on('data', take);
  child.stderr.on('data', take);

  let killed: string | undefined;
  const kill = (why: string) => {
    killed = why;
    if (pid !== undefined) endGroup(pid);
  };
  const limit = setTimeout(() => kill(`not done within its limit of ${step.limit} s`), step.limit * 1000);
  let endSeen: number | undefined;
  const watch = setInterval(() => {
    if (!step.suite || !readEvents(report).some(event => event.type === 'ended')) return;
    endSeen ??= performance.now();
    if (performance.now() - endSeen > graceAfterEndMs) kill('all its tests ended, but something keeps its process alive');
  }, 5_000);
  const heartbeat = setInterval(() => {
    const events = readEvents(report);
    const last = events.findLast(event => event.type === 'started');
    options.say(`     ${step.name}: ${events.filter(({ type }) => type === 'passed').length} so far${last ? `, now: ${last.title}` : ''}`);
  }, heartbeatMs);

  const ended = await new Promise<string | undefined>(resolve => {
    child.once('error', error => resolve(error.message));
    // Not 'close': a grandchild that holds the pipe must not hold us.
    child.once('exit', (code, signal) => resolve(code === 0 ? undefined : `ended with ${code ?? signal ?? 'an error'}`));
  });
  clearTimeout(limit);
  clearInterval(watch);
  clearInterval(heartbeat);
  if (pid !== undefined) {
    endGroup(pid);
    running.delete(pid);
  }
  child.stdout.destroy();
  child.stderr.destroy();

  const seconds = (performance.now() - from) / 1000;
  const problem = killed ?? ended;
  const events = readEvents(report);
  rmSync(dir, { recursive: true, force: true });
  if (!step.suite) {
    if (problem === notHere)
      return { step, passed: 0, failures: [], skipped: [`${step.name} (${tail(output).split('\n').at(-1) ?? ''})`], seconds };
    return {
      step,
      passed: problem ? 0 : 1,
      failures: problem ? [{ title: step.name, message: `${problem}\n${tail(output)}` }] : [],
      skipped: [],
      seconds,
    };
  }
  const failures = events.flatMap(event => (event.type === 'failed' ? [{ title: event.title, message: event.message }] : []));
  // Tests that failed explain the exit code; a suite that ended otherwise is a failure of its own.
  if (problem && (killed !== undefined || failures.length === 0)) {
    const last = events.at(-1);
    const where = last?.type === 'started' ? `\nin: ${last.title}` : '';
    failures.push({ title: step.name, message: `${problem}${where}\n${tail(output)}` });
  }
  return {
    step,
    passed: events.filter(({ type }) => type === 'passed').length,
    failures,
    skipped: events.flatMap(event => (event.type === 'skipped' ? [event.title] : [])),
    seconds,
  };
}
