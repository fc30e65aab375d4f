/** Rows 12 to 15: where they want to be. */

import { expect } from 'chai';
import { demo } from '../../support/demo.ts';
import { attack, invalid, type Attack } from './attack.ts';

const unknown = '01900000-0000-7000-8000-000000000000';
const wrongNames: [string, string, ...string[]][] = [
  ['missing', '', '?namespace'],
  ['empty', '?namespace=', '?namespace'],
  ['twice', '?namespace=shop&namespace=shop', '?namespace'],
  ['twice, of which one is not theirs', '?namespace=shop&namespace=bank', '?namespace'],
  ['as an array', '?namespace[]=shop', '?namespace[]', '?namespace'],
  ['as an encoded array', '?namespace%5B0%5D=bank', '?namespace[0]', '?namespace'],
  ...['..', '.', 'a/b', '%2e%2e', '%2e%2e%2fbank', 'Shop', 'a'.repeat(64), 'sh%D0%BEp', 'shop%00', 'shop%0a', '%20shop', '-shop', '*'].map(
    (name): [string, string, string] => [name.slice(0, 30), `?namespace=${name}`, '?namespace'],
  ),
];

/** What differs between two refusals of what is not there is only what was asked for. */
const comparable = (text: string, id: string): string => text.replaceAll(id, 'ID').replace(/"requestId": "[^"]+"/, '');

const routesOfOne: [string, string][] = [
  ['GET', '/descriptors/ID/'],
  ['DELETE', '/descriptors/ID/'],
  ['PUT', '/descriptors/ID/'],
  ['GET', '/deployments/ID/'],
  ['GET', '/deployments/ID/?wait=1s'],
  ['PUT', '/deployments/ID/'],
  ['DELETE', '/deployments/ID/'],
  ['DELETE', '/deployments/ID/?deleteDeployment=true'],
  ['GET', '/deployments/ID/logs'],
  ['GET', '/deployments/ID/logs?follow=true'],
  ['GET', '/deployments/ID/healthcheckdata'],
  ['POST', '/deployments/ID/promote'],
  ['POST', '/deployments/ID/abort'],
  ['POST', '/deployments/ID/rollback'],
  ['POST', '/deployments/?descriptorId=ID'],
];

function notTheirs(method: string, path: string): Attack {
  const line = (id: string) => `${method} ${path.replace('ID', id)}${path.includes('?') ? '&' : '?'}namespace=shop`;
  const body = method === 'PUT' && path.startsWith('/descriptors') ? { body: demo('shop') } : {};
  return {
    row: 14,
    what: `${method} ${path} with the id of another namespace`,
    async run({ send, foreign }) {
      const id = path.includes('descriptor') ? foreign.descriptor : foreign.deployment;
      const [theirs, nobodys] = [await send({ line: line(id), ...body }), await send({ line: line(unknown), ...body })];
      expect([theirs.status, nobodys.status], theirs.text).to.deep.equal([404, 404]);
      expect(comparable(theirs.text, id)).to.equal(comparable(nobodys.text, unknown));
    },
  };
}

export const namespaceAttacks: Attack[] = [
  ...['/descriptors/', '/deployments/', `/deployments/${unknown}/`].flatMap(path =>
    wrongNames.map(([what, query, ...pointers]) =>
      invalid(12, `GET ${path}, namespace ${what}`, { line: `GET ${path}${query}` }, ...pointers),
    ),
  ),
  attack(12, 'a namespace of others', { line: 'GET /descriptors/?namespace=bank' }, 403, 'FORBIDDEN'),
  attack(12, 'their namespace as a prefix', { line: 'GET /descriptors/?namespace=sho' }, 403, 'FORBIDDEN'),
  invalid(
    13,
    'one namespace in the query, another in the body',
    { line: 'POST /descriptors/?namespace=shop', body: demo('bank') },
    '/namespace',
  ),
  invalid(
    13,
    'the same in a replacement',
    ({ own }) => ({ line: `PUT /descriptors/${own.descriptor}/?namespace=shop`, body: demo('bank') }),
    '/namespace',
  ),
  ...routesOfOne.map(([method, path]) => notTheirs(method, path)),
  ...['../x', '..%2fx', '%2e%2e%2fbank%2fx', '%00', '%2f', 'x%0a', '.', '..', '*', '%zz', '%c0%ae', 'a'.repeat(10_000)].flatMap(id =>
    ['descriptors', 'deployments'].map(kind =>
      attack(15, `GET /${kind}/${id.slice(0, 20)}`, { line: `GET /${kind}/${id}/?namespace=shop` }, 404, 'NOT_FOUND'),
    ),
  ),
  attack(
    15,
    'the beginning of an id',
    ({ own }) => ({ line: `GET /descriptors/${own.descriptor.slice(0, 20)}/?namespace=shop` }),
    404,
    'NOT_FOUND',
  ),
  attack(15, 'an id and more', ({ own }) => ({ line: `GET /descriptors/${own.descriptor}0/?namespace=shop` }), 404, 'NOT_FOUND'),
  attack(
    15,
    'an id in upper case',
    ({ own }) => ({ line: `GET /descriptors/${own.descriptor.toUpperCase()}/?namespace=shop` }),
    404,
    'NOT_FOUND',
  ),
];
