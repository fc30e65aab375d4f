/** How long `teal` takes to start, against bare node: pairs of runs, one of each in turn, medians of their differences and ratios. `npx tsx integration/bench/cli-start.ts [PAIRS]`, after a build. */

import { spawnSync } from 'node:child_process';
import { writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pairs = Number(process.argv[2] ?? 40);
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const empty = join(mkdtempSync(join(tmpdir(), 'bare-')), 'bare.mjs');
writeFileSync(empty, '');

/** The goal of the project. */
const mostMs = 60;

/** Tells its own processor time when it ends: on a busy machine the clock says little. */
const watch =
  'data:text/javascript,process.on("exit",()=>{const{user,system}=process.cpuUsage();process.stderr.write(`\\ncpu ${user+system}`)})';

interface Run {
  ms: number;
  cpuMs: number;
}

function time(args: string[]): Run {
  const from = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--import', watch, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: tmpdir() },
  });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${String(status)}: ${stderr}`);
  return { ms: performance.now() - from, cpuMs: Number(/\ncpu (\d+)/.exec(stderr)?.[1]) / 1000 };
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

for (const args of [['version', '--client'], ['help'], ['deploy', '--help'], ['completion', 'bash']]) {
  time([main, ...args]);
  const runs = Array.from({ length: pairs }, (_, index) => {
    // In turn, so that neither always comes after a pause.
    if (index % 2 === 0) return { bare: time([empty]), teal: time([main, ...args]) };
    const teal = time([main, ...args]);
    return { bare: time([empty]), teal };
  });
  const more = median(runs.map(({ bare, teal }) => teal.ms - bare.ms));
  const ratio = median(runs.map(({ bare, teal }) => teal.ms / bare.ms));
  const cpu = median(runs.map(({ bare, teal }) => teal.cpuMs - bare.cpuMs));
  const bare = median(runs.map(run => run.bare.ms));
  const columns = [
    `teal ${args.join(' ')}`.padEnd(24),
    `node ${bare.toFixed(0)} ms`,
    `+${more.toFixed(0)} ms`,
    `ratio ${ratio.toFixed(2)}`,
    `processor +${cpu.toFixed(0)} ms`,
  ];
  console.log(`${columns.join('   ')}   ${more <= mostMs ? 'within' : 'beyond'} ${mostMs} ms`);
}
