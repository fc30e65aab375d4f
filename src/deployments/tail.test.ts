import { expect } from 'chai';
import fc from 'fast-check';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import type { Store } from '../store/store.ts';
import { StoreError } from '../store/store.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { namespace, openRoom, refusal, type Room } from '../testing/deployments-room.ts';
import { createTails, type Tails, type Until } from './tail.ts';

const say = (room: Room, id: string, ...messages: string[]) =>
  room.write(
    id,
    {},
    undefined,
    messages.map(message => ({ level: 'info', message })),
  );

const start = async (room: Room) => {
  const { id } = await room.deploy();
  await room.write(id, { phase: 'starting' }, { queue: [], other: id });
  return id;
};

const finish = (room: Room, id: string) =>
  room.write(id, { status: 'DEPLOYED', phase: 'serving' }, { serving: id, other: undefined as never }, [
    { level: 'info', message: 'deployed' },
  ]);
const settle = (room: Room, id: string) =>
  room.write(id, { settledAt: '2026-01-01T00:00:00.000Z' }, undefined, [{ level: 'info', message: 'drained' }]);

const tailsOf = (store: Store) => createTails({ store, clock: systemClock, log: silentLogger });

async function collect(
  tails: Tails,
  id: string,
  { after = 0, until = 'deployed', signal = new AbortController().signal }: { after?: number; until?: Until; signal?: AbortSignal } = {},
) {
  const seqs: number[] = [];
  const tail = tails.follow({ namespace, id, after, until, signal });
  for (;;) {
    const { done, value } = await tail.next();
    if (done === true) return { seqs, why: value.why };
    seqs.push(...value.map(({ seq }) => seq));
  }
}

const upTo = (last: number, after = 0) => Array.from({ length: last - after }, (_, index) => after + index + 1);

/** Watches of this store fail once with COMPACTED after their first batch. */
const forgetful = (store: Store): Store => {
  const failed = new Set<string>();
  return {
    ...store,
    async *watch(prefix, from, signal) {
      for await (const changes of store.watch(prefix, from, signal)) {
        yield changes;
        if (failed.has(prefix)) continue;
        failed.add(prefix);
        throw new StoreError('COMPACTED', 'history is gone');
      }
    },
  };
};

describe('following a log', () => {
  it('gives what is stored, then what comes, and ends with the outcome', async () => {
    const room = await openRoom();
    const id = await start(room);
    const followed = collect(tailsOf(room.store), id);
    await say(room, id, 'one', 'two');
    await say(room, id, 'three');
    await finish(room, id);
    await settle(room, id);
    expect(await followed).to.eql({ seqs: upTo(6), why: 'complete' });
  });

  it('ends at the outcome even when more was logged since', async () => {
    const room = await openRoom();
    const id = await start(room);
    await finish(room, id);
    await settle(room, id);
    const tails = tailsOf(room.store);
    expect(await collect(tails, id)).to.eql({ seqs: upTo(3), why: 'complete' });
    expect(await collect(tails, id, { after: 3 })).to.eql({ seqs: [], why: 'complete' });
    expect(await collect(tails, id, { after: 99 })).to.eql({ seqs: [], why: 'complete' });
    expect(await collect(tails, id, { until: 'settled', after: 1 })).to.eql({ seqs: upTo(4, 1), why: 'complete' });
  });

  it('waits through the drain until nothing more will happen', async () => {
    const room = await openRoom();
    const id = await start(room);
    await finish(room, id);
    const followed = collect(tailsOf(room.store), id, { until: 'settled' });
    await say(room, id, 'draining');
    await settle(room, id);
    expect(await followed).to.eql({ seqs: upTo(5), why: 'complete' });
  });

  it('goes on when the deployment is undeployed', async () => {
    const room = await openRoom();
    const id = await start(room);
    await finish(room, id);
    await room.deployments.remove({ namespace, id, principal: 'tester', deleteDeployment: false });
    const followed = collect(tailsOf(room.store), id);
    await room.write(id, { status: 'UNDEPLOYED', phase: 'settled' }, undefined, [{ level: 'info', message: 'gone' }]);
    expect(await followed).to.eql({ seqs: upTo(6), why: 'complete' });
  });

  it('says that the record was deleted', async () => {
    const room = await openRoom();
    const { id } = await room.deploy();
    const followed = collect(tailsOf(room.store), id);
    await systemClock.sleep(20);
    await room.deployments.remove({ namespace, id, principal: 'tester', deleteDeployment: true });
    expect(await followed).to.eql({ seqs: upTo(2), why: 'deleted' });
  });

  it('stops when the reader goes', async () => {
    const room = await openRoom();
    const id = await start(room);
    const reader = new AbortController();
    const followed = collect(tailsOf(room.store), id, { signal: reader.signal });
    reader.abort();
    expect((await followed).why).to.equal('aborted');
  });

  it('reads again without gap or repeat when the store has forgotten the past', async () => {
    const room = await openRoom();
    const id = await start(room);
    const followed = collect(tailsOf(forgetful(room.store)), id);
    for (const message of ['one', 'two', 'three', 'four']) await say(room, id, message);
    await finish(room, id);
    expect(await followed).to.eql({ seqs: upTo(7), why: 'complete' });
  });

  it('tells its readers when the store is closed', async () => {
    const room = await openRoom();
    const id = await start(room);
    const followed = collect(tailsOf(room.store), id).catch((error: unknown) => error);
    await systemClock.sleep(20);
    await room.store.close();
    expect(await followed).to.be.instanceOf(StoreError);
  });

  it('gives the same batches to all readers of one deployment, from one feed that ends with the last of them', async () => {
    const room = await openRoom();
    const id = await start(room);
    let watches = 0;
    const counting: Store = { ...room.store, watch: (...args) => (watches++, room.store.watch(...args)) };
    const tails = tailsOf(counting);
    const readers = Array.from({ length: 50 }, () =>
      tails.follow({ namespace, id, after: 0, until: 'deployed', signal: new AbortController().signal }),
    );
    const first = await Promise.all(readers.map(reader => reader.next()));
    expect(new Set(first.map(({ value }) => value)).size).to.equal(1);
    expect(tails.open).to.equal(1);
    await systemClock.sleep(10);
    expect(watches).to.equal(2);
    await Promise.all(readers.map(reader => reader.return({ why: 'aborted' })));
    expect(tails.open).to.equal(0);
  });

  it('gives every reader exactly the stored entries, however they are batched and whenever it comes', async () => {
    const step = fc.record({ lines: fc.integer({ min: 0, max: 3 }), join: fc.option(fc.integer({ min: 0, max: 8 })) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async steps => {
        const room = await openRoom();
        const id = await start(room);
        const tails = tailsOf(room.store);
        const readers: { after: number; got: Promise<{ seqs: number[] }> }[] = [];
        for (const { lines, join } of steps) {
          if (join !== null) readers.push({ after: join, got: collect(tails, id, { after: join }) });
          await say(room, id, ...Array.from({ length: lines }, (_, line) => `line ${line}`));
        }
        await finish(room, id);
        const stored = (await room.deployments.log(namespace, id, 0)).map(({ seq }) => seq);
        for (const { after, got } of readers) expect((await got).seqs).to.eql(stored.filter(seq => seq > after));
        await room.store.close();
      }),
      { numRuns: 40 },
    );
  });
});

describe('waiting for a deployment', () => {
  const wait = (room: Room, id: string, until?: Until, timeoutMs = 5000) =>
    room.deployments.wait({ namespace, id, timeoutMs, until, signal: new AbortController().signal });

  it('answers when the phase has changed, not when only the log grew', async () => {
    const room = await openRoom();
    const id = await start(room);
    const answer = wait(room, id);
    await say(room, id, 'one');
    await room.write(id, { phase: 'verifying' });
    await room.write(id, { phase: 'waiting' });
    expect((await answer).phase).to.be.oneOf(['verifying', 'waiting']);
  });

  it('answers at once when the status is an end', async () => {
    const room = await openRoom();
    const id = await start(room);
    await finish(room, id);
    expect((await wait(room, id)).status).to.equal('DEPLOYED');
  });

  it('goes on to the end, or through the drain, when asked', async () => {
    const room = await openRoom();
    const id = await start(room);
    const deployed = wait(room, id, 'deployed');
    const settled = wait(room, id, 'settled');
    await room.write(id, { phase: 'verifying' });
    await finish(room, id);
    expect((await deployed).status).to.equal('DEPLOYED');
    await settle(room, id);
    expect((await settled).settledAt).to.be.a('string');
  });

  it('answers with what there is when the time is over', async () => {
    const clock = createFakeClock();
    const room = await openRoom({ clock });
    const id = await start(room);
    const answer = wait(room, id, 'deployed', 30_000);
    await clock.advance(29_999);
    const early = await Promise.race([answer, Promise.resolve('still waiting')]);
    expect(early).to.equal('still waiting');
    await clock.advance(1);
    expect((await answer).phase).to.equal('starting');
    expect(clock.waiting).to.equal(0);
  });

  it('is refused when the record is deleted meanwhile, or never was', async () => {
    const room = await openRoom();
    const { id } = await room.deploy();
    const answer = refusal(wait(room, id));
    await systemClock.sleep(20);
    await room.deployments.remove({ namespace, id, principal: 'tester', deleteDeployment: true });
    expect(await answer).to.equal('NOT_FOUND');
    expect(await refusal(wait(room, id))).to.equal('NOT_FOUND');
  });
});
