/** Runs the store contract on every adapter that this machine allows. */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { openEmbeddedStore } from '../../src/store/embedded/index.ts';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { startEtcd, type RunningEtcd } from '../support/etcd.ts';
import { etcdBinaries } from '../support/find-etcd.ts';
import { describeCall, recordStore } from '../support/record-store.ts';
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

storeContract('embedded, in memory, recorded', async () => {
  const store = recordStore(await openEmbeddedStore({ memory: true }, deps)).store;
  return { store, done: () => store.close() };
});

describe('a recorded store', () => {
  it('numbers the mutating calls and keeps what was asked and answered', async () => {
    const { store, calls, reads } = recordStore(await openEmbeddedStore({ memory: true }, deps));
    await store.transact({ compare: [], writes: [{ put: 'a', value: '' }, { delete: 'b' }, { deletePrefix: 'c/' }] });
    await store.get('a');
    const lease = await store.lease(1000);
    await store.transact({ compare: [{ key: 'a', revision: 7 }], writes: [{ put: 'a', value: '', lease }] });
    await lease.revoke();
    expect(calls.map(call => [call.n, call.kind, call.outcome?.committed])).to.deep.equal([
      [1, 'transact', true],
      [2, 'lease', undefined],
      [3, 'transact', false],
      [4, 'revoke', undefined],
    ]);
    expect(describeCall(calls[0]!)).to.deep.equal(['put a', 'delete b', 'delete c/*']);
    expect(reads).to.deep.equal({ get: 1, range: 0, count: 0, watch: 0 });
    await store.close();
  });

  it('fails a call before it reaches the store, and another after its commit', async () => {
    const { store, hooks } = recordStore(await openEmbeddedStore({ memory: true }, deps));
    const put = (key: string) => store.transact({ compare: [], writes: [{ put: key, value: '' }] }).then(() => 'done', String);
    hooks.before = n => {
      if (n === 1) throw new Error('died before');
    };
    hooks.afterCommit = n => {
      if (n === 2) throw new Error('died after');
    };
    expect([await put('a'), await put('b'), await put('c')]).to.deep.equal(['Error: died before', 'Error: died after', 'done']);
    expect((await store.range('')).entries.map(({ key }) => key)).to.deep.equal(['b', 'c']);
    await store.close();
  });
});
