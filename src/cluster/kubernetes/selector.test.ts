import { expect } from 'chai';
import { parseLabelSelector } from './selector.ts';

describe('label selectors', () => {
  const labels = { app: 'shop', version: '1.2', 'app.kubernetes.io/managed-by': 'teal', empty: '' };
  const cases: [string, boolean][] = [
    ['', true],
    ['app=shop', true],
    ['app==shop,version=1.2', true],
    ['app = shop', true],
    ['app=shop,version=2', false],
    ['app!=other', true],
    ['app!=shop', false],
    ['missing!=x', true],
    ['app.kubernetes.io/managed-by=teal', true],
    ['empty=', true],
    ['empty', true],
    ['missing=', false],
    ['!missing', true],
    ['!app', false],
    ['app in (a, shop)', true],
    ['app in (a,b),version=1.2', false],
    ['app notin (a,b)', true],
    ['missing notin (a)', true],
    ['missing in (a)', false],
  ];
  for (const [text, matches] of cases) {
    it(`${JSON.stringify(text)} ${matches ? 'matches' : 'does not match'}`, () => {
      expect(parseLabelSelector(text)(labels)).to.equal(matches);
    });
  }

  it('nothing matches an object without labels but what asks for absence', () => {
    expect(parseLabelSelector('app=shop')(undefined)).to.equal(false);
    expect(parseLabelSelector('!app')(undefined)).to.equal(true);
  });

  for (const text of ['a=b=c', 'a in b', '=x', 'a b']) {
    it(`${JSON.stringify(text)} is refused`, () => {
      expect(() => parseLabelSelector(text)).to.throw('not a label selector');
    });
  }
});
