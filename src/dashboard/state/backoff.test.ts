/** Waiting between attempts. */

import { expect } from 'chai';
import { backoff } from './backoff.ts';

describe('waiting between attempts', () => {
  it('doubles, and stays within ten seconds and a third', () => {
    const middle = [0, 1, 2, 3, 4, 5, 100].map(attempts => backoff(attempts, () => 0.5));
    expect(middle).to.deep.equal([400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  it('differs between clients', () => {
    expect(backoff(0, () => 0)).to.equal(280);
    expect(backoff(0, () => 1)).to.equal(520);
  });
});
