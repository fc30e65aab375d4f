import { expect } from 'chai';
import type { ITxnRequest } from 'etcd3';
import { createFakeClock } from '../../testing/fake-clock.ts';
import type { Lease, Transaction } from '../store.ts';
import type { Connection } from './connection.ts';
import { NotSent } from './errors.ts';
import { createGroups } from './groups.ts';

/** An etcd whose calls are answered when the test says so; a transaction is its name, and those called `no…` do not succeed. */
function heldEtcd() {
  const calls: { names: string[]; answer(error?: Error): void }[] = [];
  const nameOf = ({ success = [] }: ITxnRequest) => String(success[0]?.request_put?.key);
  const succeeds = (request: ITxnRequest) => !nameOf(request).startsWith('no');
  const once = (_service: string, _method: string, request: ITxnRequest) =>
    new Promise((resolve, reject) => {
      const members = (request.success ?? []).flatMap(({ request_txn: member }) => member ?? []);
      const responses = members.map(member => ({ response_txn: { succeeded: succeeds(member) } }));
      calls.push({
        names: members.length > 0 ? members.map(nameOf) : [nameOf(request)],
        answer: error =>
          error ? reject(error) : resolve({ header: { revision: '7' }, succeeded: members.length > 0 || succeeds(request), responses }),
      });
    });
  const clock = createFakeClock(0);
  const groups = createGroups({ once } as unknown as Pick<Connection, 'once'>, clock);
  const send = (name: string, more: Partial<Transaction> = {}, withinMs = 5000) => {
    const transaction = { compare: [], writes: [{ put: name, value: '' }], ...more };
    return groups.send(transaction, { success: [{ request_put: { key: Buffer.from(name) } }] }, clock.monotonic() + withinMs);
  };
  const sent = () => calls.map(({ names }) => names.join(' '));
  return { calls, clock, send, sent, turn: () => new Promise(resolve => setImmediate(() => setImmediate(resolve))) };
}

const outcomes = async (work: Promise<{ succeeded: boolean; revision: number }>[]) =>
  (await Promise.allSettled(work)).map(one =>
    one.status === 'fulfilled' ? `${String(one.value.succeeded)}@${one.value.revision}` : (one.reason as Error).message,
  );

describe('transactions on their way to etcd', () => {
  it('go together when they are wanted in one turn, and each gets its own answer', async () => {
    const { calls, send, sent, turn } = heldEtcd();
    const work = ['a', 'no', 'b'].map(name => send(name));
    await turn();
    expect(sent()).to.deep.equal(['a no b']);
    calls[0]?.answer();
    expect(await outcomes(work)).to.deep.equal(['true@7', 'false@7', 'true@7']);
  });

  it('gather while two calls are under way, but not for long', async () => {
    const { calls, clock, send, sent, turn } = heldEtcd();
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      void send(name);
      await turn();
    }
    expect(sent()).to.deep.equal(['a', 'b']);
    calls[0]?.answer();
    await turn();
    expect(sent()).to.deep.equal(['a', 'b', 'c d e']);
    void send('f');
    await turn();
    expect(sent()).to.have.length(3);
    await clock.advance(100);
    await turn();
    expect(sent().slice(3)).to.deep.equal(['f']);
  });

  it('share a call with strangers only, and never overtake one on the same key', async () => {
    const { calls, send, sent, turn } = heldEtcd();
    void send('a', { compare: [{ key: 'shared', revision: 1 }] });
    void send('b', {
      compare: [
        { key: 'shared', revision: 1 },
        { key: 'other', revision: 1 },
      ],
    });
    void send('other');
    void send('c');
    await turn();
    expect(sent()[0]).to.equal('a c');
    expect(sent()[1]).to.equal('b');
    for (const call of calls) call.answer();
    await turn();
    expect(sent()).to.deep.equal(['a c', 'b', 'other']);
  });

  it('go alone when they delete a prefix or hold a lease', async () => {
    const { calls, send, sent, turn } = heldEtcd();
    void send('a', { writes: [{ deletePrefix: 'p/' }] });
    void send('b', { writes: [{ put: 'b', value: '', lease: {} as Lease }] });
    void send('c');
    void send('d');
    await turn();
    for (const call of calls) call.answer();
    await turn();
    expect(sent()).to.deep.equal(['a', 'b', 'c d']);
  });

  it('are told apart when etcd refuses them as a whole', async () => {
    const { calls, send, sent, turn } = heldEtcd();
    const work = ['a', 'b'].map(name => send(name));
    await turn();
    calls[0]?.answer(Object.assign(new Error('refused'), { code: 8 }));
    await turn();
    expect(sent()).to.deep.equal(['a b', 'a', 'b']);
    calls[1]?.answer();
    calls[2]?.answer(Object.assign(new Error('too large'), { code: 3 }));
    expect(await outcomes(work)).to.deep.equal(['true@7', 'too large']);
  });

  it('all stay without an answer when the call does: nobody sends them again behind their back', async () => {
    const { calls, send, sent, turn } = heldEtcd();
    const work = ['a', 'b'].map(name => send(name));
    await turn();
    calls[0]?.answer(Object.assign(new Error('gone'), { code: 14 }));
    expect(await outcomes(work)).to.deep.equal(['gone', 'gone']);
    expect(sent()).to.deep.equal(['a b']);
  });

  it('surely were not sent when their time is over before their turn', async () => {
    const { clock, send, sent, turn } = heldEtcd();
    for (const name of ['a', 'b']) {
      void send(name);
      await turn();
    }
    const late = send('c', {}, 50).catch((error: unknown) => error);
    void send('d');
    await turn();
    await clock.advance(100);
    await turn();
    expect(await late).to.be.instanceOf(NotSent);
    expect(sent()).to.deep.equal(['a', 'b', 'd']);
  });
});
