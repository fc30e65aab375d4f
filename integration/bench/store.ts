/**
 * What our store costs over the bare etcd3 client: the same gets and transactions through both, in one run, in turns.
 * Run: `npx tsx integration/bench/store.ts [etcd binary]`. Prints a table; exits 1 when reads fall under the ratio DESIGN asks for.
 */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Etcd3 } from 'etcd3';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { openEmbeddedStore } from '../../src/store/embedded/index.ts';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import type { Store } from '../../src/store/store.ts';
import { startEtcd } from '../support/etcd.ts';
import { etcdBinaries } from '../support/find-etcd.ts';

const wantedReadRatio = 0.8;
const rounds = 9;
const value = JSON.stringify({ text: 'v'.repeat(1000) });

interface Contender {
  name: string;
  get(key: string): Promise<unknown>;
  create(key: string): Promise<unknown>;
  list(prefix: string): Promise<unknown>;
}

const deps = { clock: systemClock, log: silentLogger };
let serial = 0;

const ours = (name: string, store: Store): Contender => ({
  name,
  get: key => store.get(key),
  create: key => store.transact({ compare: [{ key, revision: 0 }], writes: [{ put: key, value }] }),
  list: prefix => store.range(prefix),
});

const bare = (client: Etcd3): Contender => ({
  name: 'bare etcd3',
  get: key => client.get(key).string(),
  create: key => client.if(key, 'Mod', '==', 0).then(client.put(key).value(value)).commit(),
  list: prefix => client.getAll().prefix(prefix).strings(),
});

const median = (numbers: number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

/** Operations per second with so many at a time. */
async function rate(count: number, parallel: number, act: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  let left = count;
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      while (left-- > 0) await act();
    }),
  );
  return (count * 1000) / (performance.now() - started);
}

/** Rates of each contender, taken in turns so that a noisy machine disturbs all alike; medians over the rounds. */
async function compare(contenders: Contender[], count: number, parallel: number, act: (contender: Contender) => Promise<unknown>) {
  const rates: number[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) rates[index]?.push(await rate(count, parallel, () => act(contender)));
  }
  const [theirs = [], our = []] = rates;
  return { rates: rates.map(median), ratio: median(our.map((own, round) => own / (theirs[round] ?? NaN))) };
}

const row = (cells: (string | number)[]) =>
  console.log(
    cells
      .map((cell, index) => (index === 0 ? String(cell).padEnd(26) : (typeof cell === 'number' ? cell.toFixed(0) : cell).padStart(16)))
      .join(''),
  );

const bin = process.argv[2] ?? etcdBinaries().find(existsSync);
if (bin === undefined || !existsSync(bin)) {
  console.log('no etcd binary here; nothing to compare with');
  process.exit(2);
}
const etcd = await startEtcd({ bin });
const dir = await mkdtemp(join(tmpdir(), 'teal-bench-'));
const client = new Etcd3({ hosts: etcd.endpoint });
const overEtcd = await openEtcdStore({ endpoints: [etcd.endpoint] }, deps);
const embedded = await openEmbeddedStore({ dir }, deps);
const contenders = [bare(client), ours('our etcd', overEtcd), ours('our embedded', embedded)];

for (const contender of contenders) for (let index = 0; index < 1000; index++) await contender.create(`/bench/${contender.name}/${index}`);

console.log(`${bin}, 1 KB values, operations per second, median of ${rounds} rounds`);
row(['', ...contenders.map(({ name }) => name), 'ratio']);
const ratios: { name: string; ratio: number }[] = [];
const cases: [string, number, number, (contender: Contender) => Promise<unknown>][] = [
  ['get, 1 at a time', 300, 1, c => c.get(`/bench/${c.name}/${serial++ % 1000}`)],
  ['get, 32 at a time', 2000, 32, c => c.get(`/bench/${c.name}/${serial++ % 1000}`)],
  ['create, 1 at a time', 150, 1, c => c.create(`/made/${c.name}/${serial++}`)],
  ['create, 32 at a time', 1000, 32, c => c.create(`/made/${c.name}/${serial++}`)],
  ['list of 1000', 10, 1, c => c.list(`/bench/${c.name}/`)],
];
for (const [name, count, parallel, act] of cases) {
  const { rates, ratio } = await compare(contenders, count, parallel, act);
  ratios.push({ name, ratio });
  row([name, ...rates, ratio.toFixed(2)]);
}

client.close();
await overEtcd.close();
await embedded.close();
await etcd.stop();
await rm(dir, { recursive: true, force: true });
const slow = ratios.filter(({ name, ratio }) => name.startsWith('get') && ratio < wantedReadRatio);
for (const { name, ratio } of slow) console.log(`${name}: ratio ${ratio.toFixed(2)} is under ${wantedReadRatio}`);
process.exitCode = slow.length > 0 ? 1 : 0;
