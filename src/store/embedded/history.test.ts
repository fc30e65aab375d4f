import { expect } from 'chai';
import { StoreError, type Entry } from '../store.ts';
import { changesUnder, createHistory, type Commit } from './history.ts';

const entry = (key: string, value: string, revision: number): Entry => ({ key, value, revision });
const commit = (revision: number, key: string, before?: Entry, deleted = false): Commit => ({
  revision,
  changes: [{ key, entry: deleted ? undefined : entry(key, `v${revision}`, revision), before, lease: undefined }],
});
const limits = { commits: 3, size: 1e6 };

describe('history', () => {
  it('gives the commits from a revision on, none from the next one on', () => {
    const history = createHistory(5, limits);
    for (const revision of [6, 7, 8]) history.add(commit(revision, '/a'));
    expect(history.since(7).map(({ revision }) => revision)).to.deep.equal([7, 8]);
    expect(history.since(9)).to.deep.equal([]);
  });

  it('refuses what it never had and what it dropped', () => {
    const history = createHistory(5, limits);
    expect(() => history.since(5)).to.throw(StoreError);
    for (const revision of [6, 7, 8, 9]) history.add(commit(revision, '/a'));
    expect(() => history.since(6)).to.throw(StoreError);
    expect(history.since(7)).to.have.length(3);
  });

  it('keeps giving the right commits over thousands of drops', () => {
    const history = createHistory(0, limits);
    for (let revision = 1; revision <= 5000; revision++) {
      history.add(commit(revision, '/a'));
      expect(history.since(Math.max(1, revision - 2)).at(0)?.revision).to.equal(Math.max(1, revision - 2));
    }
  });

  it('undoes to what stood before the first change after the revision', () => {
    const history = createHistory(0, limits);
    history.add(commit(1, '/a'));
    history.add(commit(2, '/a', entry('/a', 'v1', 1)));
    history.add(commit(3, '/a', entry('/a', 'v2', 2), true));
    expect([...history.undo('/', 1)]).to.deep.equal([['/a', entry('/a', 'v1', 1)]]);
    expect([...history.undo('/', 0)]).to.deep.equal([['/a', undefined]]);
    expect([...history.undo('/b', 0)]).to.deep.equal([]);
  });

  it('shows a deletion with what was there', () => {
    expect(changesUnder('/a', commit(3, '/a', entry('/a', 'old', 2), true))).to.deep.equal([
      { type: 'delete', key: '/a', revision: 3, previous: 'old' },
    ]);
    expect(changesUnder('/b', commit(3, '/a'))).to.deep.equal([]);
  });
});
