import { expect } from 'chai';
import { silentLogger } from '../../lib/log.ts';
import { createCatchingUp } from './catching-up.ts';

function rig() {
  const ownership = { term: 1 };
  const lists: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const view = { refresh: () => new Promise<void>((resolve, reject) => lists.push({ resolve, reject })) };
  const woken: string[] = [];
  const catchingUp = createCatchingUp({ ownership, view, log: silentLogger });
  const settle = () => new Promise(resolve => setImmediate(resolve));
  return { ownership, lists, woken, settle, done: (app: string) => catchingUp.done(() => woken.push(app)) };
}

describe('catching up', () => {
  it('asks nothing under the first lease', () => {
    const { done, lists } = rig();
    expect(done('a')).to.equal(true);
    expect(lists).to.deep.equal([]);
  });

  it('reads the cluster once after a lease was lost, and wakes every app that waited', async () => {
    const { done, lists, ownership, woken, settle } = rig();
    ownership.term = 2;
    expect([done('a'), done('b')]).to.deep.equal([false, false]);
    expect(lists).to.have.length(1);
    lists[0]?.resolve();
    await settle();
    expect(woken).to.deep.equal(['a', 'b']);
    expect(done('a')).to.equal(true);
  });

  it('reads it again when the lease is lost meanwhile', async () => {
    const { done, lists, ownership, settle } = rig();
    ownership.term = 2;
    done('a');
    ownership.term = 3;
    expect(done('a')).to.equal(false);
    expect(lists).to.have.length(2);
    lists[0]?.resolve();
    await settle();
    expect(done('a')).to.equal(false);
    lists[1]?.resolve();
    await settle();
    expect(done('a')).to.equal(true);
  });

  it('goes on waiting when the reading ended with the mirrors', async () => {
    const { done, lists, ownership, settle } = rig();
    ownership.term = 2;
    done('a');
    lists[0]?.reject(new Error('closed'));
    await settle();
    expect(done('a')).to.equal(false);
  });
});
