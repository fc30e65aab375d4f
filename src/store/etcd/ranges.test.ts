import { expect } from 'chai';
import fc from 'fast-check';
import { prefixBounds, prefixEnd } from './ranges.ts';

describe('the bounds of a prefix', () => {
  it('hold exactly the keys that start with it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 3 }), fc.uint8Array({ maxLength: 4 }), (prefix, key) => {
        const [start, candidate] = [Buffer.from(prefix), Buffer.from(key)];
        const end = prefixEnd(start);
        const below = end.equals(Buffer.from([0])) || Buffer.compare(candidate, end) < 0;
        const inside = Buffer.compare(candidate, start) >= 0 && below;
        expect(inside).to.equal(candidate.subarray(0, start.length).equals(start));
      }),
      { numRuns: 2000 },
    );
  });

  it('of the empty prefix are everything', () => {
    expect(prefixBounds('')).to.deep.equal({ key: Buffer.from([0]), range_end: Buffer.from([0]) });
  });
});
