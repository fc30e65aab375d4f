import { expect } from 'chai';
import { isId, newId, newIdAfter } from './ids.ts';

describe('ids', () => {
  it('grow within a process, also when its clock goes back', () => {
    const ids = [5000, 5000, 4000, 6000].map(newId);
    expect([...ids].sort()).to.deep.equal(ids);
  });

  it('are greater than a previous one that a faster clock made', () => {
    const previous = newId(Date.parse('2100-01-01'));
    const ids = [previous];
    for (let count = 0; count < 5000; count++) ids.push(newIdAfter(ids.at(-1), 1000));
    expect([...ids].sort()).to.deep.equal(ids);
    for (const id of ids) {
      expect(isId(id), id).to.equal(true);
      expect(id[14], 'version').to.equal('7');
    }
    expect(new Set(ids.map(id => id.slice(19))).size).to.equal(ids.length);
  });

  it('are those of now when the previous one is older, or there is none', () => {
    const far = Date.parse('2200-01-01');
    for (const previous of [undefined, newId(1000)]) expect(newIdAfter(previous, far).slice(0, 8)).to.equal(newId(far).slice(0, 8));
  });
});
