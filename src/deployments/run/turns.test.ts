import { expect } from 'chai';
import fc from 'fast-check';
import { turnOf } from './turns.ts';

const replicas = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 6 });

describe('turns', () => {
  it('are the same order for everybody: each place is taken once', () => {
    fc.assert(
      fc.property(fc.string(), replicas, (app, all) => {
        const turns = all.map(me => turnOf(app, me, all)).sort((a, b) => a - b);
        expect(turns).to.deep.equal(all.map((_, index) => index));
      }),
    );
  });

  it('move only the apps of a replica that goes', () => {
    fc.assert(
      fc.property(fc.string(), replicas, (app, all) => {
        const first = all.find(me => turnOf(app, me, all) === 0);
        const others = all.filter(me => me !== all[0]);
        if (first !== all[0] && first !== undefined) expect(turnOf(app, first, others)).to.equal(0);
      }),
    );
  });

  it('share apps about evenly', () => {
    const all = ['a', 'b', 'c'];
    const counts = all.map(me => Array.from({ length: 3000 }, (_, n) => `shop/app-${n}`).filter(app => turnOf(app, me, all) === 0).length);
    for (const count of counts) expect(count).to.be.within(900, 1100);
  });
});
