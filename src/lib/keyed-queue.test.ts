import { expect } from 'chai';
import { createKeyedQueue } from './keyed-queue.ts';

describe('a keyed queue', () => {
  const open = (run: (key: string) => Promise<void>, concurrency = 10) =>
    createKeyedQueue(run, {
      concurrency,
      onError: (_key, error) => {
        throw error;
      },
    });

  it('makes one run of all wakes of one turn, and one more of those that come during it', async () => {
    const runs: string[] = [];
    const queue = open(key => {
      runs.push(key);
      if (runs.length <= 2) for (let count = 0; count < 3; count++) queue.wake(key);
      return Promise.resolve();
    });
    for (const key of ['a', 'b', 'a', 'b', 'a']) {
      queue.wake(key);
      // What follows in the same turn may come in other microtasks: each event of a watch does.
      await Promise.resolve();
    }
    await queue.idle();
    expect(runs.sort()).to.deep.equal(['a', 'a', 'b', 'b']);
  });

  it('runs one key at a time, and no more keys than it may', async () => {
    let running = 0;
    let most = 0;
    const ended = new Map<string, number>();
    const queue = open(async key => {
      most = Math.max(most, ++running);
      await new Promise(resolve => setImmediate(resolve));
      running--;
      ended.set(key, (ended.get(key) ?? 0) + 1);
    }, 2);
    for (const key of ['a', 'b', 'c', 'd']) queue.wake(key);
    await queue.idle();
    expect([most, [...ended.values()]]).to.deep.equal([2, [1, 1, 1, 1]]);
  });

  it('runs nothing that was asked for in the turn in which it is closed', async () => {
    const runs: string[] = [];
    const queue = open(key => {
      runs.push(key);
      return Promise.resolve();
    });
    queue.wake('a');
    await queue.close();
    await new Promise(resolve => setImmediate(resolve));
    expect(runs).to.deep.equal([]);
  });
});
