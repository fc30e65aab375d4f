/** What the embedded store promises beyond the contract: durability, the directory lock, bounded history. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { openEmbeddedStore } from '../../src/store/embedded/index.ts';
import { StoreError } from '../../src/store/store.ts';
import { codeOf, committed, follow } from './store.ts';

const deps = { clock: systemClock, log: silentLogger };
const script = fileURLToPath(new URL('../support/store-child.ts', import.meta.url));

/** Starts the child; `lines` is what it said. */
function startChild(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const reader = createInterface(child.stdout).on('line', line => lines.push(line));
  return {
    lines,
    async said(count: number) {
      while (lines.length < count) await once(reader, 'line');
    },
    async killNow() {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

describe('the embedded store on disk', function () {
  this.timeout(30_000);
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'teal-store-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('loses no acknowledged commit when its process is killed, again and again', async () => {
    const acknowledged = new Map<string, number>();
    for (let round = 1; round <= 3; round++) {
      const child = startChild('write', dir);
      await child.said(200);
      await child.killNow();
      for (const line of child.lines) {
        const [key = '', revision = ''] = line.split(' ');
        acknowledged.set(key, Number(revision));
      }
    }
    const store = await openEmbeddedStore({ dir }, deps);
    const page = await store.range('/killed/');
    const kept = new Map(page.entries.map(entry => [entry.key, entry.revision]));
    for (const [key, revision] of acknowledged) expect(kept.get(key), key).to.equal(revision);
    expect(new Set(kept.values()).size).to.equal(kept.size);
    expect(page.revision).to.equal(Math.max(...kept.values()));
    expect(await committed(store.transact({ compare: [], writes: [{ put: '/next', value: '' }] }))).to.equal(page.revision + 1);
    await store.close();
  });

  it('refuses a directory that another process holds, by name, and takes it when that one is killed; keys under its leases are gone', async () => {
    const child = startChild('hold', dir);
    await child.said(1);
    const error = await openEmbeddedStore({ dir }, deps).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(StoreError).with.property('code', 'LOCKED');
    expect((error as StoreError).message).to.contain(dir);
    await child.killNow();
    const store = await openEmbeddedStore({ dir }, deps);
    expect((await store.range('/held/')).entries.map(({ key }) => key)).to.deep.equal(['/held/plain']);
    await store.close();
  });

  it('refuses a directory that this process holds already, and takes it after close', async () => {
    const first = await openEmbeddedStore({ dir }, deps);
    expect(await codeOf(openEmbeddedStore({ dir }, deps))).to.equal('LOCKED');
    await first.close();
    await (await openEmbeddedStore({ dir }, deps)).close();
  });

  it('keeps entries and revisions over a restart, and calls what was before it compacted', async () => {
    const first = await openEmbeddedStore({ dir }, deps);
    const revision = await committed(first.transact({ compare: [], writes: [{ put: '/a', value: 'kept\nvalue' }] }));
    await committed(first.transact({ compare: [], writes: [{ put: '/b', value: '' }] }));
    await first.close();
    const second = await openEmbeddedStore({ dir }, deps);
    expect(await second.get('/a')).to.deep.equal({ key: '/a', value: 'kept\nvalue', revision });
    expect(await codeOf(follow(second, '/', revision).end)).to.equal('COMPACTED');
    expect(await codeOf(second.range('/', { revision }))).to.equal('COMPACTED');
    const page = await second.range('/');
    const watch = follow(second, '/', page.revision + 1);
    await committed(second.transact({ compare: [], writes: [{ put: '/c', value: '' }] }));
    await second.close();
    expect(await codeOf(watch.end)).to.equal('CLOSED');
    expect(watch.batches).to.have.length(1);
  });

  it('refuses a place that is no directory with UNAVAILABLE', async () => {
    await writeFile(join(dir, 'file'), '');
    expect(await codeOf(openEmbeddedStore({ dir: join(dir, 'file') }, deps))).to.equal('UNAVAILABLE');
  });

  it('answers what was asked before close', async () => {
    const store = await openEmbeddedStore({ dir }, deps);
    const asked = Array.from({ length: 50 }, (_, index) => store.transact({ compare: [], writes: [{ put: `/${index}`, value: '' }] }));
    await store.close();
    expect((await Promise.all(asked)).every(outcome => outcome.committed)).to.equal(true);
  });
});

describe('the history of the embedded store', () => {
  it('is bounded: a watch that falls behind it ends with COMPACTED, one within it misses nothing', async () => {
    const store = await openEmbeddedStore({ memory: true, history: { commits: 10, size: 1e6 } }, deps);
    const slow = store.watch('/', 1, new AbortController().signal)[Symbol.asyncIterator]();
    const first = slow.next();
    const put = (index: number) => committed(store.transact({ compare: [], writes: [{ put: `/${index}`, value: '' }] }));
    for (let index = 0; index < 30; index++) await put(index);
    await first;
    expect(
      await codeOf(
        (async () => {
          for (;;) await slow.next();
        })(),
      ),
    ).to.equal('COMPACTED');
    expect(await codeOf(follow(store, '/', 20).end)).to.equal('COMPACTED');
    const within = follow(store, '/', 21);
    await put(30);
    await store.close();
    await codeOf(within.end);
    expect(within.batches).to.have.length(11);
  });

  it('is bounded in size too', async () => {
    const store = await openEmbeddedStore({ memory: true, history: { commits: 1000, size: 10_000 } }, deps);
    for (let index = 0; index < 5; index++)
      await committed(store.transact({ compare: [], writes: [{ put: `/${index}`, value: 'v'.repeat(4000) }] }));
    expect(await codeOf(follow(store, '/', 1).end)).to.equal('COMPACTED');
    await store.close();
  });

  it('lets a pinned page be read exactly as it was', async () => {
    const store = await openEmbeddedStore({ memory: true }, deps);
    const write = (...writes: Parameters<typeof store.transact>[0]['writes']) => committed(store.transact({ compare: [], writes }));
    await write({ put: '/a', value: '1' }, { put: '/b', value: '1' }, { put: '/c', value: '1' });
    const pinned = await store.range('/');
    await write({ put: '/a', value: '2' }, { delete: '/b' }, { put: '/bb', value: '2' });
    await write({ put: '/b', value: '3' }, { delete: '/c' });
    for (const descending of [false, true]) {
      const expected = descending ? [...pinned.entries].reverse() : pinned.entries;
      const whole = await store.range('/', { revision: pinned.revision, descending });
      expect(whole.entries).to.deep.equal(expected);
      const first = await store.range('/', { revision: pinned.revision, descending, limit: 1 });
      expect(first).to.deep.equal({ entries: expected.slice(0, 1), revision: pinned.revision, more: true });
      const rest = await store.range('/', { revision: pinned.revision, descending, limit: 2, after: expected[0]?.key ?? '' });
      expect(rest).to.deep.equal({ entries: expected.slice(1), revision: pinned.revision, more: false });
    }
    await store.close();
  });
});
