/** Runs the store contract on every adapter that this machine allows. */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { openEmbeddedStore } from '../../src/store/embedded/index.ts';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { etcdBinaries, startEtcd, type RunningEtcd } from '../support/etcd.ts';
import { storeContract } from './store.ts';

const deps = { clock: systemClock, log: silentLogger };

storeContract('embedded, in memory', async () => {
  const store = await openEmbeddedStore({ memory: true }, deps);
  return { store, done: () => store.close() };
});

storeContract('embedded, on disk', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'teal-store-'));
  const store = await openEmbeddedStore({ dir }, deps);
  return {
    store,
    async done() {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
});

for (const bin of etcdBinaries()) {
  if (!existsSync(bin)) {
    describe(`store contract: etcd ${bin}`, () => {
      it(`is not run: ${bin} is not there`, function () {
        this.skip();
      });
    });
    continue;
  }
  describe(`etcd ${bin}`, () => {
    let etcd: RunningEtcd;
    before(async function () {
      this.timeout(30_000);
      etcd = await startEtcd({ bin });
    });
    after(() => etcd.stop());
    storeContract(`etcd ${bin}`, async () => {
      const store = await openEtcdStore({ endpoints: [etcd.endpoint] }, deps);
      return { store, done: () => store.close() };
    });
  });
}
