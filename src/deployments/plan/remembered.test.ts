import { expect } from 'chai';
import { remembered } from './remembered.ts';

describe('a remembered function', () => {
  it('is asked once for each value, also when it answers undefined', () => {
    const asked: string[] = [];
    const nameOf = remembered((value: { name?: string }) => {
      asked.push(String(value.name));
      return value.name;
    });
    const [shop, equal, nameless] = [{ name: 'shop' }, { name: 'shop' }, {}];
    expect([shop, shop, equal, nameless, nameless].map(nameOf)).to.deep.equal(['shop', 'shop', 'shop', undefined, undefined]);
    expect(asked).to.deep.equal(['shop', 'shop', 'undefined']);
  });
});
