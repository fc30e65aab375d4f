/** A process that starts a server whose store answers a moment later, by a timer that keeps no process alive: nothing else does, until it listens. Prints its address. */

import { settingsWith } from '../../src/config.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { startServer } from '../../src/serve.ts';
import { openEmbeddedStore } from '../../src/store/embedded/index.ts';
import { awayCluster } from './in-process.ts';

const store = await openEmbeddedStore({ memory: true }, { clock: systemClock, log: silentLogger });
const running = await startServer(settingsWith({ port: 0 }), {
  store: {
    ...store,
    async transact(transaction) {
      await new Promise<void>(resolve => systemClock.after(500, resolve));
      return store.transact(transaction);
    },
  },
  cluster: awayCluster(),
  processMetrics: false,
});
process.stdout.write(running.url);
process.exit(0);
