import { expect } from 'chai';
import { StoreError } from '../store.ts';
import { createReopening } from './reopening.ts';

type Status = 'open' | 'closed';

function rig() {
  const done: string[] = [];
  const database = {
    status: 'open' as Status,
    room: true,
    close() {
      done.push('close');
      database.status = 'closed';
      return Promise.resolve();
    },
    open() {
      done.push('open');
      if (!database.room) return Promise.reject(new Error('No space left on device'));
      database.status = 'open';
      return Promise.resolve();
    },
  };
  const reopening = createReopening(database, () => (database.room ? Promise.resolve() : Promise.reject(new Error('no room'))));
  const reads = (name: string, until: Promise<void> = Promise.resolve()) =>
    reopening.read(async () => {
      done.push(`${name} begins`);
      await until;
      done.push(`${name} ends`);
    });
  return { done, database, reopening, reads };
}

describe('reopening a database', () => {
  it('waits for those who read, and lets nobody in meanwhile', async () => {
    const { done, reopening, reads } = rig();
    let finish = () => {};
    const first = reads('first', new Promise(resolve => (finish = resolve)));
    const reopened = reopening.reopen();
    await new Promise(resolve => setImmediate(resolve));
    const second = reads('second');
    finish();
    await Promise.all([first, reopened, second]);
    expect(done).to.deep.equal(['first begins', 'first ends', 'close', 'open', 'second begins', 'second ends']);
  });

  it('does not close it while there is no room to open it again', async () => {
    const { done, database, reopening, reads } = rig();
    database.room = false;
    const error: unknown = await reopening.reopen().catch((reason: unknown) => reason);
    expect(String(error)).to.include('no room');
    await reads('one');
    expect(done).to.deep.equal(['one begins', 'one ends']);
  });

  it('that failed makes reads UNAVAILABLE, until another one does not', async () => {
    const { database, reopening, reads } = rig();
    database.status = 'closed';
    const failure = await reads('one').catch((reason: unknown) => reason);
    expect(failure).to.be.instanceOf(StoreError).with.property('code', 'UNAVAILABLE');
    await reopening.reopen();
    await reads('one');
  });
});
