import { expect } from 'chai';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { StoreError } from '../store.ts';
import { createCommits } from './commits.ts';
import { claimFormat, openMemory } from './database.ts';
import type { Commit } from './history.ts';

const full = new Error('IO error: /data/000003.log: No space left on device');

/** A database whose next write fails, after or before it reached the file; it can be opened again once there is room. */
async function rig({ reached }: { reached: boolean }) {
  const db = await openMemory();
  await claimFormat(db);
  const clock = createFakeClock();
  const disk = { full: true, reopened: 0 };
  const published: Commit[] = [];
  const write = db.batch.bind(db) as (operations: object[], options: object) => Promise<void>;
  Object.assign(db, {
    async batch(operations: object[], options: object) {
      if (!disk.full || reached) await write(operations, options);
      if (disk.full) throw full;
    },
  });
  const commits = createCommits({
    db,
    clock,
    reopen() {
      disk.reopened++;
      return disk.full ? Promise.reject(full) : Promise.resolve();
    },
    revision: 0,
    alive: () => true,
    published: done => void published.push(...done),
  });
  const put = (key: string) =>
    commits.transact({ compare: [], writes: [{ put: key, value: '' }] }).catch((error: unknown) => {
      if (!(error instanceof StoreError)) throw error;
      return [error.code, error.outcome];
    });
  const keysTold = () => published.flatMap(({ changes }) => changes.map(({ key }) => key));
  return { clock, disk, put, keysTold };
}

describe('commits after a write that failed', () => {
  it('are refused with its reason, and surely not made, until the database could be opened again', async () => {
    const { clock, disk, put } = await rig({ reached: false });
    expect(await put('/a')).to.deep.equal(['NO_SPACE', 'unknown']);
    expect(await put('/b')).to.deep.equal(['NO_SPACE', 'none']);
    disk.full = false;
    await clock.advance(1000);
    expect(await put('/c')).to.deep.equal({ committed: true, revision: 1 });
  });

  it('ask at most once a second whether it can be', async () => {
    const { clock, disk, put } = await rig({ reached: false });
    await put('/a');
    for (let count = 0; count < 5; count++) await put('/b');
    expect(disk.reopened).to.equal(1);
    await clock.advance(1000);
    await put('/b');
    expect(disk.reopened).to.equal(2);
  });

  it('go on before it when it is not in the file: its revision is given anew, and nobody is told of it', async () => {
    const { disk, put, keysTold } = await rig({ reached: false });
    await put('/a');
    disk.full = false;
    expect(await put('/b')).to.deep.equal({ committed: true, revision: 1 });
    expect(keysTold()).to.deep.equal(['/b']);
  });

  it('go on behind it when it is in the file: watches are told of it first', async () => {
    const { disk, put, keysTold } = await rig({ reached: true });
    expect(await put('/a')).to.deep.equal(['NO_SPACE', 'unknown']);
    disk.full = false;
    expect(await put('/b')).to.deep.equal({ committed: true, revision: 2 });
    expect(keysTold()).to.deep.equal(['/a', '/b']);
  });
});
