import { expect } from 'chai';
import { isStaleToken, isUnclear, toStoreError } from './errors.ts';

const refused = (code: number, details: string) => Object.assign(new Error(`${code} X: ${details}`), { code, details });

describe('what an error of etcd means', () => {
  for (const [code, details, expected] of [
    [11, 'etcdserver: mvcc: required revision has been compacted', 'COMPACTED'],
    [11, 'etcdserver: mvcc: required revision is a future revision', 'COMPACTED'],
    [3, 'etcdserver: request is too large', 'TOO_LARGE'],
    [3, 'etcdserver: too many operations in txn request', 'TOO_LARGE'],
    [8, 'Received message larger than max (9 vs 4)', 'TOO_LARGE'],
    [8, 'grpc: received message larger than max (9 vs. 4)', 'TOO_LARGE'],
    [8, 'etcdserver: mvcc: database space exceeded', 'NO_SPACE'],
    [8, 'etcdserver: too many requests', 'UNAVAILABLE'],
    [7, 'etcdserver: permission denied', 'DENIED'],
    [3, 'etcdserver: user name is empty', 'DENIED'],
    [3, 'etcdserver: authentication failed, invalid user ID or password', 'DENIED'],
    [9, 'etcdserver: authentication is not enabled', 'DENIED'],
    [16, 'etcdserver: invalid auth token', 'DENIED'],
    [5, 'etcdserver: requested lease not found', 'UNAVAILABLE'],
    [14, 'etcdserver: no leader', 'UNAVAILABLE'],
    [4, 'Deadline exceeded', 'UNAVAILABLE'],
  ] as const) {
    it(`${code} ${details} is ${expected}`, () => {
      expect(toStoreError(refused(code, details)).code).to.equal(expected);
    });
  }

  it('a missing answer is unclear, a refusal is not', () => {
    expect([1, 2, 4, 10, 13, 14, 15].every(code => isUnclear(refused(code, '')))).to.equal(true);
    expect([3, 5, 7, 8, 9, 11, 12, 16].some(code => isUnclear(refused(code, '')))).to.equal(false);
  });

  it('only an old token is worth a new one', () => {
    expect(isStaleToken(refused(16, 'etcdserver: invalid auth token'))).to.equal(true);
    expect(isStaleToken(refused(3, 'etcdserver: revision of auth store is old'))).to.equal(true);
    expect(isStaleToken(refused(3, 'etcdserver: authentication failed, invalid user ID or password'))).to.equal(false);
  });
});
