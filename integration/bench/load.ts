/**
 * The load proof by hand: `npx tsx integration/bench/load.ts [--switches N] [--apps N] [--rate N] [--at-once N] [--fail-every N] [--drain SECONDS] [--rows TEXT] [--broken]`.
 * `--rows` picks those rows whose name contains TEXT; `--broken` runs the recipes that must lose instead. Prints the table and every loss.
 */

import { parseArgs } from 'node:util';
import { brokenRows, rows } from '../load/lanes.ts';
import { honesty, lossLine, markdown } from '../load/report.ts';
import { runLoad } from '../load/rig.ts';

const { values } = parseArgs({
  options: {
    switches: { type: 'string', default: '20' },
    apps: { type: 'string', default: '1' },
    rate: { type: 'string', default: '50' },
    'at-once': { type: 'string', default: '5' },
    'fail-every': { type: 'string', default: '7' },
    drain: { type: 'string', default: '5' },
    rows: { type: 'string', default: '' },
    broken: { type: 'boolean', default: false },
  },
});
const { findings, errors } = await runLoad({
  rows: (values.broken ? brokenRows : rows).filter(({ name }) => name.toLowerCase().includes(values.rows.toLowerCase())),
  switches: Number(values.switches),
  apps: Number(values.apps),
  rate: Number(values.rate),
  atOnce: Number(values['at-once']),
  drainSeconds: Number(values.drain),
  failEvery: Number(values['fail-every']),
  progress: text => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`),
});
for (const { row, losses } of findings) for (const loss of losses.slice(0, 40)) console.log(`${row.name}: ${lossLine(loss)}`);
console.log(`\n${honesty(findings)}\n\n${markdown(findings)}`);
process.exitCode = errors.size > 0 ? 1 : 0;
