/** `npx tsx integration/bench/restart.ts [apps]` (1000) on the simulated cluster: kill -9 and restart beside so many apps. `--etcd`: on an etcd instead of the embedded store. Exits 1 when it is not ready within ten seconds, or takes
 * more than DESIGN section 9 allows at rest: 1 % of a processor and 150 MB. `TEAL_BUILT=1` takes the shipped build. */

import { parseArgs } from 'node:util';
import { restart } from '../faults/restart.ts';
import { anyEtcd } from '../support/find-etcd.ts';

const wantedMs = 10_000;
const wantedCpuPercent = 1;
const wantedMemoryMb = 150;
const restSeconds = 60;
const { values, positionals } = parseArgs({ allowPositionals: true, options: { etcd: { type: 'boolean', default: false } } });
const apps = Number(positionals[0] ?? 1000);
const report = await restart({ apps, store: values.etcd ? { etcd: anyEtcd() } : {}, restSeconds, say: line => console.log(line) });
console.log(JSON.stringify({ apps, ...report }, undefined, 2));
const { cpuPercent = 0, memoryMb = 0 } = report.atRest ?? {};
process.exitCode = report.readyMs > wantedMs || cpuPercent > wantedCpuPercent || memoryMb > wantedMemoryMb ? 1 : 0;
