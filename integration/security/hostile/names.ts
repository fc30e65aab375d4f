/** Rows 16 to 20 and 25 to 33: what they call things, and what would end up in a proxy. */

import { expect } from 'chai';
import { demo, type DemoWish } from '../../support/demo.ts';
import { expectAnswer, invalid, type Attack } from './attack.ts';

const line = 'POST /descriptors/?namespace=shop';
const wished = (row: number, what: string, wish: DemoWish, ...pointers: string[]): Attack =>
  invalid(row, what, { line, body: demo('shop', wish) }, ...pointers);
/** As JSON text, for what is no value of JavaScript. */
const written = (row: number, what: string, field: string, text: string, ...pointers: string[]): Attack =>
  invalid(row, what, { line, body: JSON.stringify(demo('shop', { [field]: '@@' })).replace('"@@"', text) }, ...pointers);
const each = (row: number, field: string, values: readonly unknown[], pointer = `/${field}`): Attack[] =>
  values.map(value => wished(row, `${field} ${JSON.stringify(value).slice(0, 40)}`, { [field]: value }, pointer));

const header = (Header: unknown, Value: unknown = 'v') => ({ additionHttpHeaders: [{ Header, Value }] });

const setByClient: Attack = {
  row: 20,
  what: 'id, created and lastModified of the client are not stored',
  writes: true,
  async run({ send, foreign }) {
    const forged = { id: foreign.descriptor, created: '1999-01-01T00:00:00.000Z', lastModified: '1999-01-01T00:00:00.000Z' };
    const made = await send({ line, body: { ...demo('shop', { appName: 'forged' }), ...forged } });
    expectAnswer(made, { status: 201 });
    const { id, created, lastModified } = JSON.parse(made.text) as Record<string, string>;
    expect(id).to.not.equal(forged.id);
    for (const time of [created, lastModified]) expect(Date.parse(time ?? '')).to.be.within(Date.now() - 60_000, Date.now() + 60_000);
    expectAnswer(await send({ line: `DELETE /descriptors/${id}/?namespace=shop` }), { status: 200 });
  },
};

/** Describes and deploys; the answer to the deployment. */
const deploying =
  (send: Parameters<Attack['run']>[0]['send'], token?: string, namespace = 'shop') =>
  async (wish: DemoWish) => {
    const bearer = token === undefined ? {} : { token };
    const made = await send({ line: `POST /descriptors/?namespace=${namespace}`, body: demo(namespace, wish), ...bearer });
    const { id } = JSON.parse(made.text) as { id: string };
    return send({ line: `POST /deployments/?namespace=${namespace}&descriptorId=${id}`, ...bearer });
  };

const sameNames: Attack = {
  row: 18,
  what: 'two apps whose versions would have the same objects',
  writes: true,
  async run({ send }) {
    const deploy = deploying(send);
    const first = await deploy({ appName: 'a', newVersion: 'b-1' });
    expectAnswer(first, { status: 202 });
    expectAnswer(await deploy({ appName: 'a-b', newVersion: '1' }), { status: 409, code: 'NAME_TAKEN' });
    // Else its own writes would fall into the next row, which forbids any.
    const { id } = JSON.parse(first.text) as { id: string };
    const done = await send({ line: `GET /deployments/${id}/?namespace=shop&wait=50s&until=settled` }, 55_000);
    expect((JSON.parse(done.text) as { status: string }).status, done.text).to.equal('DEPLOYED');
  },
};

const foreignHosts: Attack[] = ['bank.example.com', 'www.bank.example.com'].map(frontend => ({
  row: 28,
  what: `the host ${frontend} of another namespace`,
  writes: true,
  async run({ send, target }) {
    const answer = await deploying(send)({ appName: 'thief', frontend });
    expectAnswer(answer, { status: 409, code: 'HOST_TAKEN', pointers: ['/frontend'] });
    expect(await target.kube.list('Ingress', 'shop', { app: 'thief' })).to.deep.equal([]);
  },
}));

export const nameAttacks: Attack[] = [
  ...each(16, 'appName', [
    'a;b',
    '-a',
    'A',
    '1app',
    'a.b',
    'a'.repeat(64),
    'a-',
    '../a',
    'a/b',
    'a\nb',
    'а',
    '',
    '__proto__',
    '{}',
    '$(id)',
  ]),
  ...each(17, 'newVersion', ['../', '#1', '##', '../../x', 'a b', '1.', '-1', '', '1;2', '1\n']),
  wished(17, 'a version with which names become too long', { newVersion: '1'.repeat(60) }, '/appName'),
  sameNames,
  setByClient,
  ...['status', 'version', 'phase', 'schema', 'principal', 'isAdmin'].map(field =>
    wished(20, `${field} set by the client`, { [field]: 'DEPLOYED' }, `/${field}`),
  ),
  ...each(25, 'replicas', [-1, 0, 0.5, 1e9, '2', true, [], {}, null]),
  written(25, 'replicas 1e400', 'replicas', '1e400', '/replicas'),
  written(25, 'replicas with a hundred thousand digits', 'replicas', '9'.repeat(100_000), '/replicas'),
  invalid(25, 'replicas NaN', { line, body: JSON.stringify(demo('shop', { replicas: 7 })).replace(':7', ':NaN') }, ''),
  ...each(26, 'deploymentType', ['rolling', 'recreate', '', 'blue-green\n']),
  wished(26, 'an unknown field', { deploymenttype: 'blue-green' }, '/deploymenttype'),
  ...each(27, 'frontend', [
    ...[
      'a.com;',
      'a.com\n',
      '*.com',
      'localhost',
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '[::1]',
      '::1',
      'a.com/x',
      'a.com:80',
      'a..com',
      '.a.com',
    ],
    ...[
      'xn--80ak6aa92e.com',
      'a.xn--p1ai',
      'аpple.com',
      `${'a.'.repeat(126)}com`,
      'a.com.',
      'user@a.com',
      'a.com#',
      'a.com\u0000',
      'http://a.com',
      'a b.com',
    ],
  ]),
  ...foreignHosts,
  ...['a\r\nSet-Cookie: x=1', 'a\nb', '"; return 200', '${http_cookie}', '$request_uri', 'a\\', 'a\u0000', '{', '}'].map(value =>
    wished(29, `header value ${JSON.stringify(value)}`, header('X-A', value), '/additionHttpHeaders/0/Value'),
  ),
  ...['Set-Cookie', 'Host', 'a b', '', 'Content-Length', 'Transfer-Encoding', 'Connection', 'X-A:', 'X\r\nY', '$x', 'é'].map(name =>
    wished(30, `header name ${JSON.stringify(name)}`, header(name), '/additionHttpHeaders/0/Header'),
  ),
  wished(
    30,
    '1000 headers',
    { additionHttpHeaders: Array.from({ length: 1000 }, (_, index) => ({ Header: `X-${index}`, Value: 'v' })) },
    '/additionHttpHeaders',
  ),
  ...[
    'ingressClass',
    'ingressAnnotations',
    'snippet',
    'configurationSnippet',
    'metadata',
    'nginx.ingress.kubernetes.io/server-snippet',
  ].map(field => wished(31, `${field} in the body`, { [field]: 'x' }, `/${field.replaceAll('/', '~1')}`)),
  ...each(32, 'healthCheckPath', [
    ...[
      '//evil',
      'http://evil',
      '@evil',
      'a@evil',
      '../../../api/v1/secrets',
      '%2e%2e/',
      'a/%2E%2e/b',
      '..%2f..',
      '?x',
      '#',
      'a#b',
      'a\\b',
      'a\r\nHost: evil',
      'a b',
    ],
    'a'.repeat(5000),
  ]),
  ...each(33, 'healthCheckPort', [0, -1, 65_536, 70_000, '80', 1.5, null, [80]]),
  ...[10_250, 6443].map(port =>
    wished(
      33,
      `the node's port ${port} by way of its network`,
      { healthCheckPort: port, podspec: { hostNetwork: true } },
      '/healthCheckPort',
    ),
  ),
];
