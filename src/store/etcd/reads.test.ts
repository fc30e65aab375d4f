import { expect } from 'chai';
import type { IRangeRequest, ITxnRequest } from 'etcd3';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { StoreError } from '../store.ts';
import type { Connection } from './connection.ts';
import { createReads } from './reads.ts';

/** An etcd that answers each range with its own key. */
function echo() {
  const calls: string[] = [];
  let failure: Error | undefined;
  const answer = ({ key }: IRangeRequest) => ({ kvs: [{ key, value: key, mod_revision: '7' }], more: false });
  const read = (_service: string, method: string, request: object) => {
    const { success = [] } = request as ITxnRequest;
    calls.push(method === 'txn' ? `txn of ${success.length}` : method);
    if (failure) return Promise.reject(failure);
    const header = { revision: '9' };
    if (method === 'range') return Promise.resolve({ header, ...answer(request as IRangeRequest) });
    return Promise.resolve({
      header,
      responses: success.map(one => ({ response_range: answer((one as { request_range: IRangeRequest }).request_range) })),
    });
  };
  return { calls, fail: (error: Error) => (failure = error), connection: { read } as unknown as Pick<Connection, 'read'> };
}

describe('reads of one turn', () => {
  const ask = async (reads: ReturnType<typeof createReads>, key: string) => {
    const { kvs, revision } = await reads.range({ key: Buffer.from(key) });
    return `${kvs.map(kv => kv.key.toString()).join()}@${revision}`;
  };

  it('go together, and each gets its own answer', async () => {
    const etcd = echo();
    const reads = createReads(etcd.connection, createFakeClock(0));
    expect(await Promise.all(['a', 'b', 'c'].map(key => ask(reads, key)))).to.deep.equal(['a@9', 'b@9', 'c@9']);
    expect(await ask(reads, 'd')).to.equal('d@9');
    expect(etcd.calls).to.deep.equal(['txn of 3', 'range']);
  });

  it('are no more in one call than etcd takes', async () => {
    const etcd = echo();
    const reads = createReads(etcd.connection, createFakeClock(0));
    const names = Array.from({ length: 38 }, (_, index) => `k${index}`);
    expect(await Promise.all(names.map(key => ask(reads, key)))).to.deep.equal(names.map(name => `${name}@9`));
    expect(etcd.calls).to.deep.equal(['txn of 16', 'txn of 16', 'txn of 6']);
  });

  it('fail together; one of a past revision is alone with its failure', async () => {
    const etcd = echo();
    const reads = createReads(etcd.connection, createFakeClock(0));
    etcd.fail(new StoreError('UNAVAILABLE', 'away'));
    const failed = await Promise.allSettled([ask(reads, 'a'), ask(reads, 'b'), reads.range({ key: Buffer.from('c'), revision: 3 })]);
    expect(failed.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'rejected']);
    expect(etcd.calls).to.deep.equal(['range', 'txn of 2']);
  });
});
