/** A process of its own around a store, for suites that kill it. Arguments: `write DIR`, `hold DIR`, `use-and-close ENDPOINT`. */

import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { openEmbeddedStore } from '../../src/store/embedded/index.ts';
import { openEtcdStore } from '../../src/store/etcd/index.ts';

const deps = { clock: systemClock, log: silentLogger };
const [task, where = ''] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Commits as fast as it can, four at a time, and says each acknowledged key with its revision. */
async function write(): Promise<void> {
  const store = await openEmbeddedStore({ dir: where }, deps);
  await Promise.all(
    [0, 1, 2, 3].map(async writer => {
      for (let count = 0; ; count++) {
        const key = `/killed/${process.pid}/${writer}/${count}`;
        const outcome = await store.transact({ compare: [{ key, revision: 0 }], writes: [{ put: key, value: 'v'.repeat(500) }] });
        if (outcome.committed) say(`${key} ${outcome.revision}`);
      }
    }),
  );
}

/** Holds the directory, with a key under a lease. */
async function hold(): Promise<void> {
  const store = await openEmbeddedStore({ dir: where }, deps);
  const lease = await store.lease(60_000);
  await store.transact({
    compare: [],
    writes: [
      { put: '/held/leased', value: '', lease },
      { put: '/held/plain', value: '' },
    ],
  });
  say('holding');
  setInterval(() => {}, 1000);
}

/** Uses everything an etcd store has, closes it, and must then end by itself. */
async function useAndClose(): Promise<void> {
  const store = await openEtcdStore({ endpoints: [where] }, deps);
  const { revision } = await store.range('/closed/');
  const watching = (async () => {
    for await (const batch of store.watch('/closed/', revision + 1, new AbortController().signal)) if (batch.length > 0) return;
  })();
  const unfinished = (async () => {
    for await (const batch of store.watch('/closed/nothing/', revision + 1, new AbortController().signal)) say(JSON.stringify(batch));
  })().catch(() => say('watch ended'));
  const lease = await store.lease(5000);
  await store.transact({ compare: [], writes: [{ put: '/closed/key', value: '', lease }] });
  await store.range('/closed/');
  await watching;
  await store.close();
  await unfinished;
  say('closed');
}

const tasks: Record<string, () => Promise<void>> = { write, hold, 'use-and-close': useAndClose };
await tasks[task ?? '']?.();
