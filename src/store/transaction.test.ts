import { expect } from 'chai';
import { StoreError, type Write } from './store.ts';
import { checkTransaction, sizeOf } from './transaction.ts';

const check = (...writes: Write[]) => {
  try {
    checkTransaction({ compare: [], writes });
    return 'fine';
  } catch (error) {
    return error instanceof StoreError ? error.code : (error as Error).name;
  }
};

describe('the rules of a transaction', () => {
  it('let different keys and prefixes stand beside each other', () => {
    expect(
      check({ put: '/a', value: '' }, { delete: '/b' }, { deletePrefix: '/c/' }, { put: '/c', value: '' }, { deletePrefix: '/d/' }),
    ).to.equal('fine');
  });

  it('refuse a key that is written twice, by itself or under a deleted prefix', () => {
    expect(check({ put: '/a', value: '' }, { delete: '/a' })).to.equal('TypeError');
    expect(check({ put: '/a/b', value: '' }, { deletePrefix: '/a/' })).to.equal('TypeError');
    expect(check({ deletePrefix: '/a/' }, { deletePrefix: '/a/b/' })).to.equal('TypeError');
    expect(check({ deletePrefix: '/a/' }, { deletePrefix: '/a/' })).to.equal('TypeError');
  });

  it('refuse an empty key or prefix: one mistake must not delete everything', () => {
    expect(check({ deletePrefix: '' })).to.equal('TypeError');
    expect(check({ delete: '' })).to.equal('TypeError');
  });

  it('count compares and writes apart, each up to 128', () => {
    const compare = Array.from({ length: 128 }, (_, index) => ({ key: `/${index}`, revision: 0 }));
    const writes = compare.map(({ key }) => ({ delete: key }));
    checkTransaction({ compare, writes });
    expect(() => checkTransaction({ compare: [...compare, { key: '/x', revision: 0 }], writes })).to.throw(StoreError);
  });

  it('measure bytes, not characters', () => {
    expect(sizeOf({ compare: [{ key: 'é', revision: 0 }], writes: [{ put: 'ab', value: '😀' }, { delete: 'c' }] })).to.equal(2 + 2 + 4 + 1);
  });
});
