/** `npx tsx integration/bench/soak.ts [deployments]`: a thousand deployments with faults in one process; prints what it holds before and after, exit 1 when something grew. */

import { grown, soak } from '../faults/soak.ts';

const deployments = Number(process.argv[2] ?? 1000);
const report = await soak({
  deployments,
  warmUp: Math.min(200, Math.floor(deployments / 3)),
  keep: 10,
  apps: 4,
  say: line => console.log(line),
});
console.log(JSON.stringify(report, undefined, 2));
const wrong = grown(report);
for (const line of wrong) console.error(line);
// Not by leaving the event loop: Node once spun there for half an hour (nodejs/node 47748).
process.exit(wrong.length > 0 ? 1 : 0);
