import { expect } from 'chai';
import { remembered, rememberedWith } from './remembered.ts';

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

  it('of several values is asked again as soon as one of them is another', () => {
    let asked = 0;
    const told = rememberedWith(({ name }: { name: string }, version: number, settings: object) => {
      asked++;
      return `${name}-${version} ${JSON.stringify(settings)}`;
    });
    const [shop, settings] = [{ name: 'shop' }, { class: 'nginx' }];
    expect(told(shop, 1, settings)).to.equal('shop-1 {"class":"nginx"}');
    expect(told(shop, 1, settings)).to.equal('shop-1 {"class":"nginx"}');
    expect(asked).to.equal(1);
    expect(told(shop, 2, settings)).to.equal('shop-2 {"class":"nginx"}');
    expect(told(shop, 2, {})).to.equal('shop-2 {}');
    expect(told({ name: 'blog' }, 2, settings)).to.equal('blog-2 {"class":"nginx"}');
    expect(asked).to.equal(4);
  });
});
