/** What every store adapter promises (src/store/store.ts), as a suite that runs against any of them. */

import { expect } from 'chai';
import fc from 'fast-check';
import {
  StoreError,
  type Change,
  type Entry,
  type Outcome,
  type Store,
  type StoreErrorCode,
  type Transaction,
} from '../../src/store/store.ts';

export interface OpenedStore {
  store: Store;
  /** Ends what `open` started. Closes the store too. */
  done(): Promise<void>;
}

/** Waits until `holds` returns true, at most `limitMs`. */
export async function until(holds: () => boolean | Promise<boolean>, limitMs = 8000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not reached within ${limitMs} ms: ${holds.toString()}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

/** The code of the StoreError that the work ends with; fails when it ends well or with something else. */
export async function codeOf(work: Promise<unknown>): Promise<StoreErrorCode> {
  try {
    await work;
  } catch (error) {
    if (error instanceof StoreError) return error.code;
    throw error;
  }
  throw new Error('ended without an error');
}

/** A watch that collects in the background. */
export function follow(store: Store, prefix: string, from: number) {
  const abort = new AbortController();
  const batches: Change[][] = [];
  const end = (async () => {
    for await (const batch of store.watch(prefix, from, abort.signal)) batches.push(batch);
  })();
  end.catch(() => {});
  return { batches, end, stop: () => abort.abort(), changes: () => batches.flat() };
}

export async function committed(work: Promise<Outcome>): Promise<number> {
  const outcome = await work;
  if (!outcome.committed) throw new Error('not committed');
  return outcome.revision;
}

const put = (store: Store, key: string, value: string) => committed(store.transact({ compare: [], writes: [{ put: key, value }] }));
const remove = (store: Store, key: string) => committed(store.transact({ compare: [], writes: [{ delete: key }] }));
const valuesOf = (entries: Entry[]) => Object.fromEntries(entries.map(({ key, value }) => [key, value]));
const brief = (changes: Change[]) =>
  changes.map(change => (change.type === 'put' ? `${change.entry.key}=${change.entry.value}` : `-${change.key}`));

let numbers = 0;

export function storeContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`store contract: ${name}`, function () {
    this.timeout(20_000);
    let opened: OpenedStore;
    let store: Store;
    /** Every test works under a prefix of its own. */
    let at: string;

    before(async () => {
      opened = await open();
      store = opened.store;
    });
    after(() => opened.done());
    beforeEach(() => {
      at = `/contract/${numbers++}/`;
    });

    describe('reads', () => {
      it('finds nothing under an absent key', async () => {
        expect(await store.get(`${at}none`)).to.equal(undefined);
      });

      it('returns a value with the revision of the commit that wrote it', async () => {
        const first = await put(store, `${at}a`, 'one');
        expect(await store.get(`${at}a`)).to.deep.equal({ key: `${at}a`, value: 'one', revision: first });
        const second = await put(store, `${at}a`, 'two');
        expect(second).to.be.greaterThan(first);
        expect(await store.get(`${at}a`)).to.deep.equal({ key: `${at}a`, value: 'two', revision: second });
      });

      it('keeps every text: empty, long, line feeds, NUL, all planes of Unicode', async () => {
        for (const value of ['', '\n', 'a\0b', '7\nseven', 'é漢😀\u{10FFFF}', 'x'.repeat(200_000)]) {
          await put(store, `${at}text`, value);
          expect((await store.get(`${at}text`))?.value).to.equal(value);
        }
      });

      it('lists a prefix in the order of UTF-8 bytes and nothing beside it', async () => {
        const names = ['a', 'a/b', 'aa', 'b', 'é', '\uFFFD', '😀', 'Z', '~'];
        for (const key of names) await put(store, `${at}${key}`, key);
        await put(store, `${at.slice(0, -1)}0`, 'after the prefix');
        const page = await store.range(at);
        const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(page.entries.map(({ value }) => value)).to.deep.equal(sorted);
        expect(page.more).to.equal(false);
      });

      it('gives an empty page with a revision for a prefix without keys', async () => {
        const revision = await put(store, `${at}x`, '');
        const page = await store.range(`${at}nothing/`);
        expect(page.entries).to.deep.equal([]);
        expect(page.revision).to.be.at.least(revision);
      });

      for (const descending of [false, true]) {
        it(`pages ${descending ? 'descending' : 'ascending'} with a cursor, without gap or repeat, and says when more follows`, async () => {
          const names = Array.from({ length: 10 }, (_, index) => `${at}${index}`);
          for (const key of names) await put(store, key, 'v');
          const seen: string[] = [];
          const mores: boolean[] = [];
          let after: string | undefined;
          do {
            const page = await store.range(at, { limit: 4, descending, ...(after !== undefined && { after }) });
            seen.push(...page.entries.map(({ key }) => key));
            mores.push(page.more);
            after = page.entries.at(-1)?.key;
          } while (mores.at(-1) === true && mores.length < 10);
          expect(seen).to.deep.equal(descending ? names.reverse() : names);
          expect(mores).to.deep.equal([true, true, false]);
        });
      }

      it('counts the keys of a prefix and nothing beside it', async () => {
        expect(await store.count(at)).to.equal(0);
        for (const key of ['a', 'a/b', 'é']) await put(store, at + key, 'v');
        await put(store, `${at.slice(0, -1)}0`, 'after the prefix');
        await remove(store, `${at}a`);
        expect(await store.count(at)).to.equal(2);
      });

      it('says that nothing follows when the limit is exactly met', async () => {
        await put(store, `${at}1`, '');
        await put(store, `${at}2`, '');
        expect((await store.range(at, { limit: 2 })).more).to.equal(false);
      });

      it('reads a page as of an earlier revision, or says COMPACTED, but never mixes', async () => {
        for (const key of ['a', 'b', 'c', 'd']) await put(store, at + key, 'old');
        const first = await store.range(at, { limit: 2 });
        await put(store, `${at}c`, 'new');
        await remove(store, `${at}d`);
        await put(store, `${at}e`, 'new');
        await put(store, `${at}b2`, 'new');
        try {
          const rest = await store.range(at, { after: `${at}b`, revision: first.revision });
          expect(valuesOf(rest.entries)).to.deep.equal({ [`${at}c`]: 'old', [`${at}d`]: 'old' });
          expect(rest.revision).to.equal(first.revision);
        } catch (error) {
          expect(error).to.be.instanceOf(StoreError).with.property('code', 'COMPACTED');
        }
      });

      it('refuses a revision that is not there yet with COMPACTED', async () => {
        const { revision } = await store.range(at);
        expect(await codeOf(store.range(at, { revision: revision + 1_000_000 }))).to.equal('COMPACTED');
      });

      it('returns more than four megabytes in one page', async () => {
        const value = 'v'.repeat(100_000);
        for (let batch = 0; batch < 5; batch++) {
          const writes = Array.from({ length: 10 }, (_, index) => ({ put: `${at}${batch}${index}`, value }));
          await committed(store.transact({ compare: [], writes }));
        }
        const page = await store.range(at);
        expect(page.entries).to.have.length(50);
        expect(page.entries.every(entry => entry.value === value)).to.equal(true);
      });

      it('returns thousands of keys in one page, all as of one revision', async () => {
        for (let batch = 0; batch < 30; batch++) {
          const writes = Array.from({ length: 100 }, (_, index) => ({
            put: `${at}${String(batch * 100 + index).padStart(5, '0')}`,
            value: 'v',
          }));
          await committed(store.transact({ compare: [], writes }));
        }
        for (const descending of [false, true]) {
          const page = await store.range(at, { descending });
          const names = page.entries.map(({ key }) => key);
          expect(names).to.have.length(3000);
          expect(names).to.deep.equal(descending ? [...names].sort().reverse() : [...names].sort());
        }
        expect((await store.range(at, { limit: 2500 })).entries).to.have.length(2500);
      });
    });

    describe('transactions', () => {
      it('commits when every compare holds, and changes nothing when one does not', async () => {
        const a = await put(store, `${at}a`, '1');
        const both: Transaction = {
          compare: [
            { key: `${at}a`, revision: a },
            { key: `${at}b`, revision: 0 },
          ],
          writes: [
            { put: `${at}a`, value: '2' },
            { put: `${at}b`, value: '2' },
          ],
        };
        expect((await store.transact(both)).committed).to.equal(true);
        expect(await store.transact(both)).to.deep.equal({ committed: false });
        expect(await store.transact({ compare: [{ key: `${at}b`, revision: 0 }], writes: [{ put: `${at}c`, value: '3' }] })).to.deep.equal({
          committed: false,
        });
        expect(valuesOf((await store.range(at)).entries)).to.deep.equal({ [`${at}a`]: '2', [`${at}b`]: '2' });
      });

      it('gives all keys of one commit the same revision', async () => {
        const revision = await committed(
          store.transact({
            compare: [],
            writes: [
              { put: `${at}a`, value: '' },
              { put: `${at}b`, value: '' },
            ],
          }),
        );
        expect((await store.range(at)).entries.map(entry => entry.revision)).to.deep.equal([revision, revision]);
      });

      it('deletes keys and prefixes, and counts a deleted key as absent', async () => {
        for (const key of ['a', 'p/1', 'p/2', 'p2']) await put(store, at + key, 'v');
        await committed(
          store.transact({ compare: [], writes: [{ delete: `${at}a` }, { deletePrefix: `${at}p/` }, { put: `${at}z`, value: 'v' }] }),
        );
        expect((await store.range(at)).entries.map(({ key }) => key)).to.deep.equal([`${at}p2`, `${at}z`]);
        expect(
          (await store.transact({ compare: [{ key: `${at}a`, revision: 0 }], writes: [{ put: `${at}a`, value: 'again' }] })).committed,
        ).to.equal(true);
      });

      it('commits a delete of an absent key', async () => {
        expect((await store.transact({ compare: [], writes: [{ delete: `${at}none` }] })).committed).to.equal(true);
      });

      it('compares without writing', async () => {
        const revision = await put(store, `${at}a`, '1');
        expect((await store.transact({ compare: [{ key: `${at}a`, revision }], writes: [] })).committed).to.equal(true);
        expect((await store.transact({ compare: [{ key: `${at}a`, revision: revision - 1 }], writes: [] })).committed).to.equal(false);
      });

      it('lets exactly one of many racing writers win each revision', async () => {
        const start = await put(store, `${at}counter`, '0');
        expect(start).to.be.greaterThan(0);
        let attempts = 0;
        const increment = async () => {
          for (;;) {
            attempts++;
            const entry = await store.get(`${at}counter`);
            const value = String(Number(entry?.value) + 1);
            const outcome = await store.transact({
              compare: [{ key: `${at}counter`, revision: entry?.revision ?? 0 }],
              writes: [{ put: `${at}counter`, value }],
            });
            if (outcome.committed) return outcome.revision;
          }
        };
        const revisions = await Promise.all(Array.from({ length: 20 }, increment));
        expect((await store.get(`${at}counter`))?.value).to.equal('20');
        expect(new Set(revisions).size).to.equal(20);
        expect(attempts).to.be.at.least(20);
      });

      it('keeps transactions that come in one moment apart: each commits or not by its own compares, and is told once', async () => {
        const from = (await store.range(at)).revision;
        const watch = follow(store, at, from + 1);
        const work = Array.from({ length: 100 }, (_, index) => {
          const key = `${at}${index % 80}`;
          const wrong = index % 7 === 3 ? [{ key: `${at}never`, revision: 1 }] : [];
          return store.transact({ compare: [{ key, revision: 0 }, ...wrong], writes: [{ put: key, value: String(index) }] });
        });
        const outcomes = await Promise.all(work);
        const winners = new Map(
          outcomes.flatMap((outcome, index) => (outcome.committed ? [[String(index), outcome.revision] as const] : [])),
        );
        for (const index of winners.keys()) expect(Number(index) % 7).to.not.equal(3);
        const page = await store.range(at);
        // Of two that want the same key the second wins only where the first was not allowed to.
        expect(page.entries.length).to.equal(winners.size);
        expect(page.entries.length).to.be.at.least(68);
        for (const { value, revision } of page.entries) expect(winners.get(value), value).to.equal(revision);
        await until(() => watch.changes().length >= winners.size);
        watch.stop();
        const told = watch.changes().map(change => (change.type === 'put' ? change.entry.value : '-'));
        expect([...told].sort()).to.deep.equal([...winners.keys()].sort());
      });

      it('refuses to write a key twice, as our own mistake', async () => {
        const twice = (writes: Transaction['writes']) =>
          store.transact({ compare: [], writes }).then(
            () => 'accepted',
            (error: unknown) => (error as Error).constructor,
          );
        expect(
          await twice([
            { put: `${at}a`, value: '' },
            { put: `${at}a`, value: '' },
          ]),
        ).to.equal(TypeError);
        expect(await twice([{ put: `${at}a/b`, value: '' }, { deletePrefix: `${at}a/` }])).to.equal(TypeError);
        expect(await store.get(`${at}a`)).to.equal(undefined);
      });

      it('takes 128 operations and refuses more with TOO_LARGE', async () => {
        const writes = (count: number) => Array.from({ length: count }, (_, index) => ({ put: `${at}${index}`, value: '' }));
        expect((await store.transact({ compare: [], writes: writes(128) })).committed).to.equal(true);
        expect(await codeOf(store.transact({ compare: [], writes: writes(129) }))).to.equal('TOO_LARGE');
      });

      it('refuses a value of two megabytes and one of eight with TOO_LARGE, surely not committed', async () => {
        for (const size of [2, 8]) {
          const work = store.transact({ compare: [], writes: [{ put: `${at}big`, value: 'x'.repeat(size * 1024 * 1024) }] });
          const error = await work.then(
            () => undefined,
            (reason: unknown) => reason,
          );
          expect(error).to.be.instanceOf(StoreError).with.property('code', 'TOO_LARGE');
          expect((error as StoreError).outcome).to.equal('none');
        }
        expect(await store.get(`${at}big`)).to.equal(undefined);
      });
    });

    describe('watches', () => {
      it('deliver what came before and what comes after they start, in order, one batch per commit', async () => {
        const first = await put(store, `${at}a`, '1');
        await put(store, `${at}a`, '2');
        const watch = follow(store, at, first);
        await until(() => watch.batches.length === 2);
        const third = await committed(
          store.transact({
            compare: [],
            writes: [
              { put: `${at}b`, value: '3' },
              { put: `${at}c`, value: '3' },
            ],
          }),
        );
        await until(() => watch.batches.length === 3);
        watch.stop();
        await watch.end;
        expect(watch.batches.map(brief)).to.deep.equal([[`${at}a=1`], [`${at}a=2`], [`${at}b=3`, `${at}c=3`]]);
        expect(watch.batches[2]?.map(change => (change.type === 'put' ? change.entry.revision : 0))).to.deep.equal([third, third]);
      });

      it('tell of a deletion with its revision and what was there before', async () => {
        const from = await put(store, `${at}a`, 'was here');
        const watch = follow(store, at, from + 1);
        const gone = await remove(store, `${at}a`);
        await until(() => watch.batches.length > 0);
        watch.stop();
        expect(watch.changes()).to.deep.equal([{ type: 'delete', key: `${at}a`, revision: gone, previous: 'was here' }]);
      });

      it('tell of each key that a deleted prefix held', async () => {
        for (const key of ['p/1', 'p/2']) await put(store, at + key, 'v');
        const { revision } = await store.range(at);
        const watch = follow(store, at, revision + 1);
        await committed(store.transact({ compare: [], writes: [{ deletePrefix: `${at}p/` }] }));
        await until(() => watch.batches.length > 0);
        watch.stop();
        expect(watch.batches.map(brief)).to.deep.equal([[`-${at}p/1`, `-${at}p/2`]]);
      });

      it('see only their prefix', async () => {
        const { revision } = await store.range(at);
        const watch = follow(store, `${at}in/`, revision + 1);
        await put(store, `${at}out`, '');
        await put(store, `${at}in`, '');
        await put(store, `${at}in/1`, '');
        await until(() => watch.batches.length > 0);
        watch.stop();
        expect(watch.batches.map(brief)).to.deep.equal([[`${at}in/1=`]]);
      });

      it('started at a page continue it without gap or repeat, whatever is written meanwhile', async () => {
        let stop = false;
        const writers = [1, 2, 3].map(async writer => {
          for (let count = 0; !stop; count++) await put(store, `${at}${writer}-${count % 7}`, String(count));
        });
        await until(async () => (await store.range(at)).entries.length >= 10);
        for (let round = 0; round < 3; round++) {
          const page = await store.range(at);
          const state = new Map(page.entries.map(entry => [entry.key, entry]));
          const watch = follow(store, at, page.revision + 1);
          await until(() => watch.batches.length >= 20);
          const reached = watch.changes().at(-1);
          const revision = reached?.type === 'put' ? reached.entry.revision : 0;
          const later = await store.range(at, { revision }).catch(() => undefined);
          watch.stop();
          for (const change of watch.changes()) {
            if (change.type !== 'put' || change.entry.revision > revision) continue;
            expect(change.entry.revision).to.be.greaterThan(state.get(change.entry.key)?.revision ?? 0);
            state.set(change.entry.key, change.entry);
          }
          if (later !== undefined) expect([...state.values()].sort((a, b) => (a.key < b.key ? -1 : 1))).to.deep.equal(later.entries);
        }
        stop = true;
        await Promise.all(writers);
      });

      it('wait for a revision that is still to come', async () => {
        const revision = await put(store, `${at}a`, '1');
        const watch = follow(store, at, revision + 2);
        await put(store, `${at}b`, '2');
        await put(store, `${at}c`, '3');
        await until(() => watch.batches.length > 0);
        watch.stop();
        expect(watch.batches.map(brief)).to.deep.equal([[`${at}c=3`]]);
      });

      it('end without an error when aborted, before the first change and between two', async () => {
        const { revision } = await store.range(at);
        const idle = follow(store, at, revision + 1);
        idle.stop();
        await idle.end;
        const busy = follow(store, at, revision + 1);
        await put(store, `${at}a`, '');
        await until(() => busy.batches.length > 0);
        busy.stop();
        await busy.end;
        const aborted = store.watch(at, revision + 1, AbortSignal.abort());
        for await (const batch of aborted) expect.fail(JSON.stringify(batch));
      });

      it('deliver everything to a consumer that is slow', async () => {
        const { revision } = await store.range(at);
        const abort = new AbortController();
        const watch = store.watch(at, revision + 1, abort.signal)[Symbol.asyncIterator]();
        const first = watch.next();
        await Promise.all(Array.from({ length: 200 }, (_, index) => put(store, `${at}${index}`, '')));
        let seen = ((await first).value as Change[]).length;
        while (seen < 200) seen += ((await watch.next()).value as Change[]).length;
        expect(seen).to.equal(200);
        abort.abort();
        expect((await watch.next()).done).to.equal(true);
      });
    });

    describe('leases', () => {
      it('keep their keys until revoked, then delete them', async () => {
        const lease = await store.lease(5000);
        expect(lease.ttlMs).to.be.at.least(5000);
        expect(lease.lastRenewal() + lease.ttlMs).to.be.greaterThan(performance.now());
        const revision = await committed(store.transact({ compare: [], writes: [{ put: `${at}mine`, value: 'v', lease }] }));
        await put(store, `${at}other`, 'v');
        const watch = follow(store, at, revision + 1);
        await lease.revoke();
        expect(await store.get(`${at}mine`)).to.equal(undefined);
        expect(await store.get(`${at}other`)).to.not.equal(undefined);
        await until(() => brief(watch.changes()).includes(`-${at}mine`));
        watch.stop();
      });

      it('let go of a key that is put again without them', async () => {
        const lease = await store.lease(5000);
        await committed(store.transact({ compare: [], writes: [{ put: `${at}k`, value: '1', lease }] }));
        await put(store, `${at}k`, '2');
        await lease.revoke();
        expect((await store.get(`${at}k`))?.value).to.equal('2');
      });

      it('refuse writes after they are revoked', async () => {
        const lease = await store.lease(5000);
        await lease.revoke();
        expect(await codeOf(store.transact({ compare: [], writes: [{ put: `${at}k`, value: '', lease }] }))).to.equal('UNAVAILABLE');
        expect(await store.get(`${at}k`)).to.equal(undefined);
        await lease.revoke();
      });
    });

    it('answers a ping', async () => {
      await store.ping();
    });

    it('behaves as a simple model does, for any sequence of transactions', async () => {
      const key = fc.constantFrom('a', 'b', 'b/1', 'b/2', 'c');
      const write = fc.oneof(
        fc.record({ put: key, value: fc.string({ maxLength: 3 }) }),
        fc.record({ delete: key }),
        fc.record({ deletePrefix: fc.constantFrom('b/', 'c') }),
      );
      const step = fc.record({
        compare: fc.uniqueArray(fc.record({ key, right: fc.boolean() }), { selector: ({ key: name }) => name, maxLength: 2 }),
        writes: fc.uniqueArray(write, { selector: entry => JSON.stringify(Object.values(entry)[0]), maxLength: 4 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 8 }), async steps => {
          const root = `/contract/${numbers++}/`;
          const model = new Map<string, Entry>();
          const told: string[] = [];
          const { revision: start } = await store.range(root);
          const watch = follow(store, root, start + 1);
          for (const { compare, writes } of steps) {
            const prefixes = writes.flatMap(entry => ('deletePrefix' in entry ? [entry.deletePrefix] : []));
            const exact = writes.flatMap(entry => ('put' in entry ? [entry.put] : 'delete' in entry ? [entry.delete] : []));
            if (exact.some(name => prefixes.some(prefix => name.startsWith(prefix)))) continue;
            const outcome = await store.transact({
              compare: compare.map(({ key: name, right }) => ({
                key: root + name,
                revision: (model.get(name)?.revision ?? 0) + (right ? 0 : 1),
              })),
              writes: writes.map(entry =>
                'put' in entry
                  ? { put: root + entry.put, value: entry.value }
                  : 'delete' in entry
                    ? { delete: root + entry.delete }
                    : { deletePrefix: root + entry.deletePrefix },
              ),
            });
            expect(outcome.committed).to.equal(compare.every(({ right }) => right));
            if (!outcome.committed) continue;
            for (const entry of writes) {
              if ('put' in entry) model.set(entry.put, { key: root + entry.put, value: entry.value, revision: outcome.revision });
              else
                for (const name of [...model.keys()])
                  if ('delete' in entry ? name === entry.delete : name.startsWith(entry.deletePrefix)) model.delete(name);
              if ('put' in entry) told.push(`${entry.put}=${entry.value}`);
            }
          }
          const page = await store.range(root);
          expect(page.entries).to.deep.equal([...model.values()].sort((a, b) => (a.key < b.key ? -1 : 1)));
          const puts = () =>
            watch
              .changes()
              .flatMap(change => (change.type === 'put' ? [`${change.entry.key.slice(root.length)}=${change.entry.value}`] : []));
          await until(() => puts().length >= told.length);
          watch.stop();
          expect([...puts()].sort()).to.deep.equal([...told].sort());
          const replayed = new Map<string, string>();
          for (const change of watch.changes()) {
            if (change.type === 'put') replayed.set(change.entry.key, change.entry.value);
            else replayed.delete(change.key);
          }
          if (told.length > 0) for (const [name, { value }] of model) expect(replayed.get(root + name)).to.equal(value);
        }),
        { numRuns: 30 },
      );
    });

    it('refuses everything after close with CLOSED, and ends its watches', async () => {
      const own = await open();
      const { revision } = await own.store.range(at);
      const watch = follow(own.store, at, revision + 1);
      await own.store.close();
      expect(await codeOf(watch.end)).to.equal('CLOSED');
      expect(await codeOf(own.store.get('x'))).to.equal('CLOSED');
      expect(await codeOf(own.store.range('x'))).to.equal('CLOSED');
      expect(await codeOf(own.store.transact({ compare: [], writes: [{ put: 'x', value: '' }] }))).to.equal('CLOSED');
      expect(await codeOf(own.store.ping())).to.equal('CLOSED');
      expect(await codeOf(own.store.lease(1000))).to.equal('CLOSED');
      await own.store.close();
      await own.done();
    });
  });
}
