/** A mocha reporter that appends one JSON line per event to the file in TEAL_TEST_REPORT, at once, so that a killed suite still tells what it did. */

import { appendFileSync } from 'node:fs';
import Mocha from 'mocha';

export type SuiteEvent =
  | { type: 'started'; title: string }
  | { type: 'passed'; title: string; ms: number }
  | { type: 'failed'; title: string; message: string }
  | { type: 'skipped'; title: string }
  | { type: 'ended' };

interface ShownError extends Error {
  showDiff?: boolean;
  actual?: unknown;
  expected?: unknown;
}

const constants = Mocha.Runner.constants;

function explain(error: ShownError): string {
  const text = error.stack ?? error.message;
  if (error.showDiff === false || error.expected === undefined) return text;
  const shown = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? String(value)));
  return `${text}\n${Mocha.reporters.Base.generateDiff(shown(error.actual), shown(error.expected))}`;
}

export default class ReportLines {
  constructor(runner: Mocha.Runner) {
    const file = process.env['TEAL_TEST_REPORT'];
    if (!file) throw new Error('TEAL_TEST_REPORT names no file');
    const say = (event: SuiteEvent) => appendFileSync(file, `${JSON.stringify(event)}\n`);
    runner.on(constants.EVENT_TEST_BEGIN, test => say({ type: 'started', title: test.fullTitle() }));
    runner.on(constants.EVENT_TEST_PASS, test => say({ type: 'passed', title: test.fullTitle(), ms: test.duration ?? 0 }));
    runner.on(constants.EVENT_TEST_FAIL, (test, error: ShownError) =>
      say({ type: 'failed', title: test.fullTitle(), message: explain(error) }),
    );
    runner.on(constants.EVENT_TEST_PENDING, test => say({ type: 'skipped', title: test.fullTitle() }));
    runner.on(constants.EVENT_RUN_END, () => say({ type: 'ended' }));
  }
}
