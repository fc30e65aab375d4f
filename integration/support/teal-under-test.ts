/**
 * Teal composed as `teal serve` composes it, with its store and its cluster wrapped: it writes every call into the file TEAL_HISTORY and, told by its parent process or by TEAL_ORDER, kills,
 * freezes or ends itself at a chosen mutating call. TEAL_CLOCK_SHIFT moves its clock by so many milliseconds. Nothing in Teal knows of it.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { settingsFor } from '../../src/commands/settings.ts';
import { untilEnded } from '../../src/commands/lifetime.ts';
import { createCluster, loadConnection } from '../../src/cluster/kubernetes/index.ts';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { createPinoLogger } from '../../src/lib/pino-log.ts';
import { openStore } from '../../src/adapters.ts';
import { startServer } from '../../src/serve.ts';
import { createRecorder, silentRecorder } from '../history/recorder.ts';
import { createStrikes, type Order } from '../history/strikes.ts';
import { wrapCluster, wrapStore } from '../history/wrapped-ports.ts';

const { TEAL_HISTORY: historyFile, TEAL_ORDER: firstOrder, TEAL_CLOCK_SHIFT: shiftMs } = process.env;
const recorder = historyFile ? createRecorder(historyFile) : silentRecorder;
const strikes = createStrikes(recorder);
if (firstOrder) strikes.obey(JSON.parse(firstOrder) as Order);

/** So that what is in use can be measured. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
}

process.on('message', (order: Order | { collect: true }) => {
  if ('collect' in order) collectGarbage();
  else strikes.obey(order);
  process.send?.({ taken: true });
});
process.on('disconnect', () => process.exit(0));

const clock: Clock = shiftMs ? { ...systemClock, now: () => Date.now() + Number(shiftMs) } : systemClock;
const loaded = settingsFor(process.argv.slice(2), {});
if (loaded === undefined) process.exit(2);
const { settings } = loaded;
const log = createPinoLogger({ level: settings.logLevel, format: 'json' });
const connection = await loadConnection({
  ...(settings.kubernetes ? { url: settings.kubernetes } : {}),
  ...(settings.kubeconfig ? { kubeconfig: settings.kubeconfig } : {}),
});
const cluster = createCluster({ ...connection, clock, log });
const store = await openStore(settings, clock, log);
const hooks = { recorder, strikes };
const running = await startServer(settings, { clock, log, store: wrapStore(store, hooks), cluster: wrapCluster(cluster, hooks) });
process.stdout.write(`teal listening on ${running.url}\n`);
process.exitCode = await untilEnded(async () => {
  await running.stop();
  await Promise.all([store.close(), cluster.close()]);
}, log);
// The line to the parent would hold it.
process.exit();
