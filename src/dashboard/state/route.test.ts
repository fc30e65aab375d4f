/** Addresses of the page. */

import { expect } from 'chai';
import { hashOf, parseRoute, type Route } from './route.ts';

const places: [string, Route][] = [
  ['#/apps', { view: 'apps' }],
  ['#/apps?namespace=shop', { view: 'apps', namespace: 'shop' }],
  ['#/new?namespace=shop', { view: 'new', namespace: 'shop' }],
  ['#/apps/shop/cart', { view: 'app', namespace: 'shop', appName: 'cart', tab: 'overview' }],
  ['#/apps/shop/cart/log/0198?line=12', { view: 'app', namespace: 'shop', appName: 'cart', tab: 'log', deployment: '0198', line: 12 }],
  ['#/apps/shop/cart/compare/a/b', { view: 'app', namespace: 'shop', appName: 'cart', tab: 'compare', deployment: 'a', against: 'b' }],
  ['#/apps/shop/cart/audit', { view: 'app', namespace: 'shop', appName: 'cart', tab: 'audit' }],
];

describe('addresses of the page', () => {
  for (const [hash, route] of places) {
    it(`${hash} is read and written`, () => {
      expect(parseRoute(hash)).to.deep.equal(route);
      expect(hashOf(route)).to.equal(hash);
    });
  }

  it('lead to the overview when they are not understood', () => {
    for (const hash of ['', '#', '#/', '#/nowhere', '#/apps/shop', '#/apps/shop/cart/nothing', '#/apps/%']) {
      expect(parseRoute(hash), hash).to.deep.equal({ view: 'apps' });
    }
  });

  it('take no line that is none', () => {
    for (const line of ['0', '-1', 'x', '1.5', '']) expect(parseRoute(`#/apps/a/b/log/c?line=${line}`)).not.to.have.property('line');
  });
});
