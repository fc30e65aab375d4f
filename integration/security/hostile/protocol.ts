/** Rows 49, 50, 53 to 55 and 59: how they speak, and which doors they try. */

import { expect } from 'chai';
import { exchange } from '../../support/wire.ts';
import { bytesOf } from '../besieged.ts';
import { attack, expectAnswer, type Attack } from './attack.ts';

const list = 'GET /descriptors/?namespace=shop';
const ok = (row: number, what: string, ...rest: [Parameters<typeof attack>[2], Parameters<typeof attack>[5]?]): Attack =>
  attack(row, what, rest[0], 200, undefined, rest[1]);
const nothingThere = (row: number, line: string): Attack => attack(row, line.slice(0, 60), { line }, 404, 'NOT_FOUND');

/** Bytes that are no request, or no good one; with the answer to them. */
const raw = (row: number, what: string, text: string, status: number, code: string): Attack => ({
  row,
  what,
  run: async ({ port }) => expectAnswer(await exchange(port, text), { status, code }),
});

const pipelined: Attack = {
  row: 55,
  what: '200 requests at once on one connection: each is answered, in order',
  async run({ port }) {
    const one = bytesOf({ line: list, headers: { Connection: 'keep-alive' } });
    const answer = await new Promise<string>((resolve, reject) => {
      const requests = [...Array<Buffer>(199).fill(one), bytesOf({ line: 'GET /nothing' })];
      exchangeAll(port, Buffer.concat(requests)).then(resolve, reject);
    });
    expect(answer.match(/HTTP\/1\.1 \d+/g)).to.deep.equal([...Array<string>(199).fill('HTTP/1.1 200'), 'HTTP/1.1 404']);
  },
};

async function exchangeAll(port: number, bytes: Buffer): Promise<string> {
  const { connect } = await import('node:net');
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    socket.once('end', () => resolve(Buffer.concat(received).toString('latin1')));
    socket.once('error', reject);
    socket.setTimeout(10_000, () => socket.destroy(new Error('no end within 10 s')));
  });
}

const silentMetrics: Attack = {
  row: 59,
  what: 'metrics name no tenant, no id and no secret',
  async run({ send, foreign }) {
    await send({ line: `GET /deployments/${foreign.deployment}/?namespace=bank` });
    const answer = await send({ line: 'GET /metrics', token: null });
    expectAnswer(answer, { status: 200 });
    for (const secret of ['bank', 'mallory', 'owner of', foreign.deployment, foreign.descriptor, 'issuer'])
      expect(answer.text).to.not.include(secret);
  },
};

export const protocolAttacks: Attack[] = [
  ...['POST /webhooks/', 'POST /webhooks/key1', 'POST /hooks/x'].map(line =>
    attack(49, line, { line, headers: { 'X-Hub-Signature': 'sha1=0' }, body: 'x' }, 404, 'NOT_FOUND'),
  ),
  attack(
    50,
    'shell text for a webhook',
    { line: 'POST /webhooks/$(reboot)', body: { tag: '$(reboot)', url: 'javascript:alert(1)' } },
    404,
    'NOT_FOUND',
  ),
  attack(53, 'Host a@evil at a redirect', { line: 'GET /apidocs', headers: { Host: 'a@evil.test' } }, 301, undefined, {
    headers: { location: /^apidocs\/$/ },
  }),
  attack(53, 'an absolute target at a redirect', { line: 'GET http://evil.test/apidocs' }, 301, undefined, {
    headers: { location: /^apidocs\/$/ },
  }),
  ok(53, 'an absolute target', { line: 'GET http://evil.test/descriptors/?namespace=shop' }),
  ok(53, 'X-Forwarded-Host of blanks', { line: list, headers: { 'X-Forwarded-Host': `a,${' '.repeat(14_000)},b` } }, { cpuMs: 5 }),
  attack(
    53,
    'X-Forwarded-Host of 100 KB of blanks',
    { line: list, headers: { 'X-Forwarded-Host': `a${' '.repeat(100_000)}b` } },
    431,
    'HEADERS_TOO_LARGE',
    { cpuMs: 5 },
  ),
  attack(53, 'no Host', { line: list, headers: { Host: undefined } }, 400, 'INVALID'),
  attack(53, 'two Hosts', { line: list, headers: { Host: ['127.0.0.1', 'evil.test'] } }, 400, 'INVALID'),
  attack(54, 'TRACE', { line: 'TRACE /descriptors/?namespace=shop' }, 405, 'METHOD_NOT_ALLOWED', {
    headers: { allow: /GET.*POST|POST.*GET/ },
  }),
  ...['PATCH', 'PROPFIND', 'QUERY'].map(method =>
    attack(54, method, { line: `${method} /descriptors/?namespace=shop` }, 405, 'METHOD_NOT_ALLOWED'),
  ),
  attack(54, 'a method nobody knows', { line: 'HACK /descriptors/?namespace=shop' }, 405, 'METHOD_NOT_ALLOWED'),
  raw(54, 'CONNECT', 'CONNECT evil.test:80 HTTP/1.1\r\nHost: evil.test:80\r\n\r\n', 405, 'METHOD_NOT_ALLOWED'),
  ...['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'].map(name =>
    ok(54, name, ({ own }) => ({ line: `GET /descriptors/${own.descriptor}/?namespace=shop`, headers: { [name]: 'DELETE' } })),
  ),
  ok(54, 'doubled slashes', { line: 'GET //descriptors//?namespace=shop' }),
  ...['//descriptors//', '/descriptors', '///descriptors', 'http://x/descriptors'].map(path =>
    attack(54, `${path} without a token`, { line: `GET ${path}?namespace=shop`, token: null }, 401, 'UNAUTHENTICATED'),
  ),
  ...[
    '/descriptors%2f',
    '/%64escriptors/..',
    '/descriptors/../metrics',
    '/apidocs/..%2f..%2fpackage.json',
    '/apidocs/../package.json',
    '/DESCRIPTORS/',
  ].map(path => nothingThere(54, `GET ${path}?namespace=shop`)),
  raw(54, 'no HTTP at all', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n', 405, 'METHOD_NOT_ALLOWED'),
  raw(54, 'a line feed in a header', 'GET /livez HTTP/1.1\r\nHost: x\r\nX: a\u0000b\r\n\r\n', 400, 'INVALID'),
  raw(54, 'HTTP/3', 'GET /livez HTTP/3.0\r\nHost: x\r\n\r\n', 400, 'INVALID'),
  ok(54, 'an expectation that nobody knows', { line: list, headers: { Expect: 'the-unexpected' } }),
  pipelined,
  silentMetrics,
  ...['/debug', '/debug/pprof', '/healthz', '/.env', '/.git/config', '/server-status', '/actuator', '/config', '/env'].map(path =>
    nothingThere(59, `GET ${path}`),
  ),
];
