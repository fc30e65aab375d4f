/** The tour of README.md: its commands are typed here, word by word, and what they print is compared with what it shows. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { readmePath } from '../support/write-readme.ts';
import { openStage, type Stage } from './stage.ts';

const run = promisify(execFile);

interface Step {
  command: string;
  shown: string[];
}

function stepsIn(readme: string): Step[] {
  const block = /<!-- tour -->\n```console\n([\s\S]*?)```/.exec(readme)?.[1];
  if (block === undefined) throw new Error('README.md has no tour');
  return block
    .split(/^\$ /m)
    .slice(1)
    .map(part => {
      const [command = '', ...shown] = part.trimEnd().split('\n');
      return { command, shown };
    });
}

/** What differs from run to run: ids, times, names of pods; columns are as wide as what stands in them. */
const alike = (line: string): string =>
  line
    .replaceAll(/\b(demo-\d)-[a-z0-9]{5}\b/g, '$1-POD')
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?\b/g, 'ID')
    .replaceAll(/\b\d+m\d+s\b|\b[\d.]+[sm]\b/g, 'TIME')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** `...` alone stands for any number of lines, at the end of a line for the rest of it. */
function whyDifferent(shown: readonly string[], real: readonly string[]): string | undefined {
  let at = 0;
  let gap = false;
  for (const line of shown) {
    if (line === '...') {
      gap = true;
      continue;
    }
    const expected = alike(line);
    const matches = (text: string) =>
      expected.endsWith(' ...') ? alike(text).startsWith(expected.slice(0, -4)) : alike(text) === expected;
    const found = real.findIndex((text, index) => index >= at && matches(text));
    if (found < 0 || (!gap && found !== at)) return `README.md shows "${line}", but there is:\n${real.slice(at).join('\n')}`;
    [at, gap] = [found + 1, false];
  }
  return gap || at === real.length ? undefined : `README.md does not show:\n${real.slice(at).join('\n')}`;
}

describe('the tour of README.md', function () {
  this.timeout(150_000);
  let stage: Stage;

  before(async () => {
    // With the usual settings, for a newcomer has no others; but nobody waits half a minute for a drain here.
    stage = await openStage('sandbox', ['--drain', '15']);
  });
  after(() => stage.close());

  it('prints what it shows', async () => {
    const steps = stepsIn(await readFile(readmePath, 'utf8'));
    expect(steps.length).to.be.at.least(8);
    for (const { command, shown } of steps) {
      const { stdout } = await run('bash', ['-c', `{ ${command}; } 2>&1 || true`], {
        cwd: stage.home.folder,
        env: stage.home.env,
        timeout: 60_000,
      });
      expect(whyDifferent(shown, stdout.trimEnd() === '' ? [] : stdout.trimEnd().split('\n')), `$ ${command}`).to.equal(undefined);
    }
  });
});
