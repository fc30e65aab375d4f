/** Rows 45 and 46: streams. */

import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect } from 'chai';
import { openStream } from '../../support/stream.ts';
import { eventually, within } from '../../support/wait.ts';
import { exchange, parseAnswer } from '../../support/wire.ts';
import { bytesOf, seconds, type Besieged, type Shot } from '../besieged.ts';
import { expectAnswer, type Attack } from './attack.ts';

const handshake = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
};
const events = 'GET /stream/events?namespace=shop';

type Ask = (besieged: Besieged) => Shot;
const refused = (row: number, what: string, ask: Ask, status: number, code: string): Attack => ({
  row,
  what,
  async run(besieged) {
    const { headers, ...shot } = ask(besieged);
    expectAnswer(await exchange(besieged.port, bytesOf({ ...shot, headers: { ...handshake, ...headers } })), { status, code });
  },
});
const notUpgraded = (what: string, headers: Shot['headers']): Attack =>
  refused(45, what, () => ({ line: events, ...(headers ? { headers } : {}) }), 400, 'INVALID');

/** A client frame. `head` is its first byte: FIN and opcode, and the reserved bits. */
function frame(head: number, payload = Buffer.alloc(0), masked = true): Buffer {
  const length =
    payload.length < 126
      ? [payload.length]
      : payload.length < 65_536
        ? [126, payload.length >> 8, payload.length & 255]
        : [127, 0, 0, 0, 0, ...uint32(payload.length)];
  const [first = 0, ...rest] = length;
  return Buffer.concat([Buffer.from([head, first | (masked ? 128 : 0), ...rest, ...(masked ? [0, 0, 0, 0] : [])]), payload]);
}
const uint32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

/** An open stream, spoken to in bytes. */
async function upgraded({ port }: Besieged): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(bytesOf({ line: events, headers: handshake }));
  const [first] = (await within('the upgrade', 3000, once(socket, 'data'))) as [Buffer];
  expect(parseAnswer(first)?.status).to.equal(101);
  return socket;
}

/** The code and reason with which the server closes; frames before it are skipped. */
function closing(socket: Socket): Promise<{ code: number; reason: string }> {
  return new Promise((resolve, reject) => {
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 2) {
        const short = (rest[1] ?? 0) & 127;
        if (short === 126 && rest.length < 4) return;
        const from = short === 126 ? 4 : 2;
        const length = short === 126 ? rest.readUInt16BE(2) : short;
        if (rest.length < from + length) return;
        const payload = rest.subarray(from, from + length);
        if (((rest[0] ?? 0) & 15) === 8) resolve({ code: payload.readUInt16BE(0), reason: payload.subarray(2).toString() });
        rest = rest.subarray(from + length);
      }
    });
    socket.once('close', () => reject(new Error('cut without a code')));
  });
}

/** Sends until the server closes, and says with which code. */
const closed = (what: string, sent: () => Buffer, code: number): Attack => ({
  row: 46,
  what,
  async run(besieged) {
    const socket = await upgraded(besieged);
    const end = closing(socket);
    socket.write(sent());
    expect((await within('the close', 5000, end)).code).to.equal(code);
    await within('the end of the connection', 5000, once(socket, 'close'));
  },
});

const expiry: Attack = {
  row: 45,
  what: 'a token that ends while the stream is open closes it with 4401',
  async run({ url, token }) {
    const stream = openStream(`${url}/stream/events?namespace=shop`, {
      headers: { authorization: `Bearer ${token({ exp: seconds(3) })}` },
    });
    await stream.opened;
    expect(await within('the close', 8000, stream.closed)).to.deep.equal({ code: 4401, reason: 'TOKEN_EXPIRED' });
  },
};

const halfOpen: Attack = {
  row: 46,
  what: 'whoever is refused and never ends its side is cut',
  async run({ port }) {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    socket.write(bytesOf({ line: events, token: null, headers: handshake }));
    let told = '';
    socket.on('data', (chunk: Buffer) => (told += chunk.toString()));
    await eventually('the refusal', 3000, () => expect(told).to.match(/^HTTP\/1\.1 401/));
    // A peer that is merely ended could go on writing for ever.
    await eventually('the cut', 5000, () => {
      socket.write('x');
      expect(socket.destroyed || socket.errored).to.not.be.oneOf([false, null]);
    });
  },
};

/** Set for this suite. */
export const mostSockets = 12;

const crowd: Attack = {
  row: 46,
  what: 'more streams than a principal may have: 429 at the upgrade, until one is closed',
  async run(besieged) {
    const open: Socket[] = [];
    const refusal = () => exchange(besieged.port, bytesOf({ line: events, headers: handshake }));
    try {
      // Those of the rows before are noticed as closed a moment later.
      while (open.length < mostSockets) open.push(await eventually('there is room', 5000, () => upgraded(besieged)));
      for (let count = 0; count < 20; count++)
        expectAnswer(await refusal(), { status: 429, code: 'TOO_MANY_REQUESTS', headers: { 'retry-after': /^\d+$/ } });
      open.pop()?.destroy();
      open.push(await eventually('there is room again', 5000, () => upgraded(besieged)));
    } finally {
      for (const socket of open) socket.destroy();
    }
  },
};

const deploymentLog = (id: string, namespace: string) => `GET /stream/deployments/${id}/logs?namespace=${namespace}`;

export const socketAttacks: Attack[] = [
  refused(45, 'no token', () => ({ line: events, token: null }), 401, 'UNAUTHENTICATED'),
  refused(45, 'a token in the query', ({ token }) => ({ line: `${events}&access_token=${token()}`, token: null }), 401, 'UNAUTHENTICATED'),
  refused(
    45,
    'a bad token as subprotocol',
    () => ({ line: events, token: null, headers: { 'Sec-WebSocket-Protocol': 'bearer, a.b.c' } }),
    401,
    'UNAUTHENTICATED',
  ),
  refused(
    45,
    'the word bearer alone',
    () => ({ line: events, token: null, headers: { 'Sec-WebSocket-Protocol': 'teal.v1, bearer' } }),
    401,
    'UNAUTHENTICATED',
  ),
  refused(
    45,
    'two Authorization headers',
    ({ token }) => ({ line: events, token: null, headers: { Authorization: [`Bearer ${token()}`, 'Bearer x'] } }),
    401,
    'UNAUTHENTICATED',
  ),
  ...['https://evil.test', 'null', 'http://127.0.0.1:1', 'http://127.0.0.1.evil.test', 'file://'].map(origin =>
    refused(45, `a page of ${origin}, with a good token`, () => ({ line: events, headers: { Origin: origin } }), 403, 'FORBIDDEN'),
  ),
  refused(45, 'the namespace of others', () => ({ line: 'GET /stream/events?namespace=bank' }), 403, 'FORBIDDEN'),
  refused(45, 'a log of others', ({ foreign }) => ({ line: deploymentLog(foreign.deployment, 'bank') }), 403, 'FORBIDDEN'),
  refused(
    14,
    'a log of others as if it were theirs',
    ({ foreign }) => ({ line: deploymentLog(foreign.deployment, 'shop') }),
    404,
    'NOT_FOUND',
  ),
  refused(45, 'no stream', () => ({ line: 'GET /stream/nothing?namespace=shop' }), 404, 'NOT_FOUND'),
  refused(45, 'a route that is no stream', () => ({ line: 'GET /descriptors/?namespace=shop' }), 404, 'NOT_FOUND'),
  refused(45, 'POST', () => ({ line: 'POST /stream/events?namespace=shop' }), 405, 'METHOD_NOT_ALLOWED'),
  notUpgraded('no key', { 'Sec-WebSocket-Key': undefined }),
  notUpgraded('a short key', { 'Sec-WebSocket-Key': 'AAAA' }),
  notUpgraded('an old version', { 'Sec-WebSocket-Version': '1' }),
  notUpgraded('another protocol', { Upgrade: 'h2c' }),
  notUpgraded('subprotocols that are none', { 'Sec-WebSocket-Protocol': 'a,,b;c' }),
  notUpgraded('two Hosts', { Host: ['127.0.0.1', 'evil.test'] }),
  expiry,
  closed('a message of 2 MB', () => frame(0x82, Buffer.alloc(2_000_000)), 1009),
  closed('a message of 2 MB that is only announced', () => frame(0x82, Buffer.alloc(2_000_000)).subarray(0, 20), 1009),
  closed(
    '100,000 pieces of one message',
    () => Buffer.concat([frame(0x01, Buffer.from('x')), ...Array<Buffer>(100_000).fill(frame(0x00, Buffer.from('x')))]),
    1008,
  ),
  closed('100,000 empty pieces of one message', () => Buffer.concat([frame(0x01), ...Array<Buffer>(100_000).fill(frame(0x00))]), 1008),
  closed('20,000 small messages', () => Buffer.concat(Array<Buffer>(20_000).fill(frame(0x81, Buffer.from('x')))), 1008),
  closed('20,000 pings', () => Buffer.concat(Array<Buffer>(20_000).fill(frame(0x89))), 1008),
  closed('pongs nobody asked for', () => Buffer.concat(Array<Buffer>(1000).fill(frame(0x8a, Buffer.alloc(100)))), 1008),
  closed('a frame without mask', () => frame(0x81, Buffer.from('x'), false), 1002),
  closed('a compressed message', () => frame(0xc1, Buffer.from('x')), 1002),
  closed('a reserved opcode', () => frame(0x83), 1002),
  closed('a ping that is too long', () => frame(0x89, Buffer.alloc(126)), 1002),
  closed('text that is no UTF-8', () => frame(0x81, Buffer.from([0xff])), 1007),
  halfOpen,
  crowd,
];
