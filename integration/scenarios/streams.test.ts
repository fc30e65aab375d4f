/** The log over REST and WebSocket, and the event stream, through real HTTP: what is received is what is stored. */

import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { request } from 'undici';
import WebSocket from 'ws';
import { StoreError } from '../../src/store/store.ts';
import { createFakeClock } from '../../src/testing/fake-clock.ts';
import { namespace } from '../../src/testing/deployments-room.ts';
import { startRoom, type RoomServer } from '../../src/testing/room-server.ts';
import { openStream } from '../support/stream.ts';
import { eventually, within } from '../support/wait.ts';

const info = (...messages: string[]) => messages.map(message => ({ level: 'info', message }) as const);

async function started(room: RoomServer): Promise<string> {
  const { id } = await room.deploy();
  await room.write(id, { phase: 'starting' }, { queue: [], other: id }, info('starting'));
  return id;
}

const finish = (room: RoomServer, id: string) =>
  room.write(
    id,
    { status: 'DEPLOYED', phase: 'serving' },
    { serving: id, other: undefined as never },
    info('Blue-green deployment successful'),
  );

const logPath = (id: string, query = '') => `/deployments/${id}/logs?namespace=${namespace}${query}`;

async function restLog(room: RoomServer, id: string, query = '', headers: Record<string, string> = {}): Promise<string> {
  const answer = await request(room.url + logPath(id, query), { headers });
  expect(answer.statusCode).to.equal(200);
  return answer.body.text();
}

const open = (room: RoomServer, path: string, options: Parameters<typeof openStream>[1] = {}) => openStream(room.url + path, options);
const openLog = (room: RoomServer, id: string, query = '', options: Parameters<typeof openStream>[1] = {}) =>
  open(room, `/stream${logPath(id, query)}`, options);

/** The HTTP answer to an upgrade that is refused. */
function refused(
  room: RoomServer,
  path: string,
  headers: Record<string, string> = {},
  protocols: string[] = [],
): Promise<{ status: number; headers: Record<string, unknown>; body: { code: string } }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(room.url.replace('http', 'ws') + path, protocols, { headers });
    socket.on('error', () => undefined);
    socket.once('open', () => reject(new Error('was accepted')));
    socket.once('unexpected-response', (_, answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: JSON.parse(text) as { code: string } }),
      );
    });
  });
}

describe('the log of a deployment', function () {
  let room: RoomServer;
  beforeEach(async () => (room = await startRoom()));
  afterEach(() => room.stop());

  it('is text lines of time and message', async () => {
    const id = await started(room);
    const lines = (await restLog(room, id)).split('\n');
    expect(lines.pop()).to.equal('');
    expect(lines).to.have.length(3);
    for (const line of lines) expect(line).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S/);
    expect(lines[0]).to.contain(`Deployment id: ${id}`);
  });

  it('is entries with numbers when JSON is asked for', async () => {
    const id = await started(room);
    const entries = JSON.parse(await restLog(room, id, '&after=1', { accept: 'application/json' })) as { seq: number }[];
    expect(entries.map(({ seq }) => seq)).to.eql([2, 3]);
    expect(await restLog(room, id, '', { accept: 'text/plain, application/json;q=0.5' })).to.match(/^\d{4}-/);
  });

  it('goes on while it is followed and ends with the outcome', async () => {
    const id = await started(room);
    const followed = restLog(room, id, '&follow=true');
    const asJson = restLog(room, id, '&follow=true', { accept: 'application/json' });
    await room.write(id, {}, undefined, info('one', 'two'));
    await finish(room, id);
    expect(await followed).to.equal(await restLog(room, id));
    const seqs = (await asJson)
      .trim()
      .split('\n')
      .map(line => (JSON.parse(line) as { seq: number }).seq);
    expect(seqs).to.eql([1, 2, 3, 4, 5, 6]);
  });

  it('arrives over twenty live streams as it is stored, to the byte, up to the outcome', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, (_, app) => room.deploy({ appName: `app-${app}`, frontend: `a${app}.example.test` }).then(({ id }) => id)),
    );
    const streams = ids.map(id => openLog(room, id));
    await Promise.all(
      ids.map(async id => {
        for (let line = 0; line < 10; line++) await room.write(id, {}, undefined, info(`zeile ${line} äöü ✓`, 'more'));
        await room.write(id, { status: 'DEPLOYED', phase: 'serving' }, undefined, info('Blue-green deployment successful'));
        await room.write(id, {}, undefined, info('Version 1 is removed'));
      }),
    );
    for (const [index, id] of ids.entries()) {
      expect(await within('close', 3000, streams[index]?.closed as Promise<unknown>)).to.eql({ code: 1000, reason: 'COMPLETE' });
      const stored = await restLog(room, id);
      const upToEnd = stored.slice(0, stored.indexOf('successful\n') + 'successful\n'.length);
      expect(streams[index]?.text()).to.equal(upToEnd);
    }
  });

  it('comes whole in the first frame of a deployment that has ended', async () => {
    const id = await started(room);
    await finish(room, id);
    for (const path of [`/stream${logPath(id)}`, logPath(id), `//stream//deployments/${id}/logs/?namespace=${namespace}`]) {
      const stream = open(room, path);
      expect((await within('close', 3000, stream.closed)).code).to.equal(1000);
      expect(stream.frames).to.eql([await restLog(room, id)]);
      expect(stream.protocol()).to.equal('');
    }
  });

  it('stays for the drain when asked', async () => {
    const id = await started(room);
    const stream = openLog(room, id, '&until=settled');
    await finish(room, id);
    await room.write(id, { settledAt: '2026-01-01T00:00:00.000Z' }, undefined, info('Version 1 is removed'));
    await within('close', 3000, stream.closed);
    expect(stream.text()).to.equal(await restLog(room, id));
  });

  it('comes as messages with teal.v1, and ends with the outcome', async () => {
    const id = await started(room);
    const stream = openLog(room, id, '', { protocols: ['teal.v1'] });
    await finish(room, id);
    expect((await within('close', 3000, stream.closed)).code).to.equal(1000);
    expect(stream.protocol()).to.equal('teal.v1');
    const entries = JSON.parse(await restLog(room, id, '', { accept: 'application/json' })) as object[];
    const messages = stream.messages();
    expect(messages.slice(0, -1)).to.eql(entries.map(entry => ({ type: 'log', ...entry })));
    expect(messages.at(-1)).to.include({ type: 'end', seq: 4, status: 'DEPLOYED', phase: 'serving' });
  });

  it('continues after a cut connection without gap or repeat', async () => {
    const id = await started(room);
    const first = openLog(room, id, '', { protocols: ['teal.v1'] });
    await eventually('three messages', 3000, () => expect(first.frames).to.have.length(3));
    first.cut();
    await room.write(id, {}, undefined, info('meanwhile'));
    const second = openLog(room, id, '&after=3', { protocols: ['teal.v1'] });
    await finish(room, id);
    await within('close', 3000, second.closed);
    const seqs = [...first.messages<{ seq: number }>(), ...second.messages<{ seq: number }>()].map(({ seq }) => seq);
    expect(seqs).to.eql([1, 2, 3, 4, 5, 5]);
    expect(second.messages().at(-1)).to.include({ type: 'end', seq: 5 });
  });

  it('is closed with 4404 when the record is deleted', async () => {
    const { id } = await room.deploy();
    const stream = openLog(room, id);
    await eventually('the first frame', 3000, () => expect(stream.frames).to.have.length(1));
    await room.deployments.remove({ namespace, id, principal: 'tester', deleteDeployment: true });
    expect(await within('close', 3000, stream.closed)).to.eql({ code: 4404, reason: 'DELETED' });
  });

  it('lets go of the feed when the peers have gone', async () => {
    const id = await started(room);
    const streams = Array.from({ length: 5 }, () => openLog(room, id));
    await Promise.all(streams.map(stream => stream.opened));
    await eventually('five peers', 3000, () => expect(room.sockets.connected).to.equal(5));
    for (const stream of streams) stream.cut();
    await eventually('no peer', 3000, () => expect(room.sockets.connected).to.equal(0));
  });
});

describe('an upgrade that is refused', function () {
  let room: RoomServer;
  beforeEach(async () => (room = await startRoom()));
  afterEach(() => room.stop());

  const unknown = '00000000-0000-7000-8000-000000000000';
  const cases: [string, string, number, string, Record<string, string>?][] = [
    ['for an unknown deployment', `/stream${logPath(unknown)}`, 404, 'NOT_FOUND'],
    ['for what is no id', `/stream/deployments/..%2f..%2fx/logs?namespace=${namespace}`, 404, 'NOT_FOUND'],
    ['at another path', '/stream/else', 404, 'NOT_FOUND'],
    ['at a route that is no stream', `/deployments/?namespace=${namespace}`, 404, 'NOT_FOUND'],
    ['without namespace', `/stream/deployments/${unknown}/logs`, 400, 'INVALID'],
    ['with a namespace that cannot be one', `/stream/deployments/${unknown}/logs?namespace=A_B`, 400, 'INVALID'],
    ['with a bad position', `/stream${logPath(unknown, '&after=-1')}`, 400, 'INVALID'],
    ['with an unknown aim', `/stream${logPath(unknown, '&until=tomorrow')}`, 400, 'INVALID'],
    ['with an unknown parameter', `/stream${logPath(unknown, '&token=x')}`, 400, 'INVALID'],
    ['from a page of another origin', `/stream${logPath(unknown)}`, 403, 'FORBIDDEN', { origin: 'http://evil.example' }],
    ['under a name that is not loopback', `/stream${logPath(unknown)}`, 403, 'FORBIDDEN', { host: 'evil.example' }],
  ];
  for (const [title, path, status, code, headers] of cases) {
    it(`is answered with ${status} ${title}`, async () => {
      const answer = await refused(room, path, headers);
      expect(answer.status).to.equal(status);
      expect(answer.body.code).to.equal(code);
      expect(answer.headers['content-type']).to.equal('application/problem+json; charset=utf-8');
    });
  }

  it('leaves the server alive when the peer resets the connection', async () => {
    for (let round = 0; round < 5; round++) {
      await new Promise<void>(resolve => {
        const socket = connect(Number(new URL(room.url).port), '127.0.0.1', () => {
          socket.write(
            `GET /stream/events?namespace=${namespace} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
          );
          socket.resetAndDestroy();
          resolve();
        });
        socket.on('error', () => undefined);
      });
    }
    expect((await request(`${room.url}/deployments/?namespace=${namespace}`)).statusCode).to.equal(200);
  });
});

describe('a token at the upgrade', function () {
  let room: RoomServer;
  let directory: string;
  const secret = 'a secret of at least thirty-two bytes';
  const clock = createFakeClock(Date.now());

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'teal-'));
    await writeFile(join(directory, 'secret'), secret);
    // Only the token's end is due in the time that the clock is moved by.
    const limits = { bufferBytes: 1024, stallMs: 600_000, pingMs: 600_000, goodbyeMs: 600_000 };
    room = await startRoom({ gate: { jwtSecretFile: join(directory, 'secret') }, clock, limits });
  });
  after(async () => {
    await room.stop();
    await rm(directory, { recursive: true });
  });

  const token = (namespaces: string[], seconds = 600) =>
    new SignJWT({ namespaces })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('alice')
      .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
      .sign(new TextEncoder().encode(secret));

  it('is asked for', async () => {
    const answer = await refused(room, `/stream${logPath('x')}`);
    expect(answer.status).to.equal(401);
    expect(answer.headers['www-authenticate']).to.match(/^Bearer/);
  });

  it('is never taken from the query', async () => {
    expect((await refused(room, `/stream${logPath('x', `&access_token=${await token([namespace])}`)}`)).status).to.equal(401);
  });

  it('must have a right in the namespace', async () => {
    expect((await refused(room, `/stream${logPath('x')}`, { authorization: `Bearer ${await token(['elsewhere'])}` })).status).to.equal(403);
  });

  it('may come in the Authorization header or as a pair of subprotocols, which is never said back', async () => {
    const id = await started(room);
    const right = await token([namespace]);
    const byHeader = openLog(room, id, '', { headers: { authorization: `Bearer ${right}` } });
    const byProtocol = openLog(room, id, '', { protocols: ['teal.v1', 'bearer', right] });
    const byProtocolOnly = openLog(room, id, '', { protocols: ['bearer', right] });
    await Promise.all([byHeader.opened, byProtocol.opened, byProtocolOnly.opened]);
    expect([byHeader.protocol(), byProtocol.protocol(), byProtocolOnly.protocol()]).to.eql(['', 'teal.v1', 'bearer']);
    for (const stream of [byHeader, byProtocol, byProtocolOnly]) stream.cut();
  });

  it('ends the stream with 4401 when its time is over', async () => {
    const id = await started(room);
    const stream = openLog(room, id, '', { headers: { authorization: `Bearer ${await token([namespace], 10)}` } });
    await eventually('a frame', 3000, () => expect(stream.frames).to.have.length(1));
    await clock.advance(60_000);
    expect(await within('close', 3000, stream.closed)).to.eql({ code: 4401, reason: 'TOKEN_EXPIRED' });
  });
});

describe('a peer', function () {
  const limits = { bufferBytes: 64 * 1024, stallMs: 200, pingMs: 100, goodbyeMs: 200 };

  it('that stops reading is dropped, and nothing is buffered for it without bound', async () => {
    const room = await startRoom({ limits: { ...limits, pingMs: 60_000 } });
    const id = await started(room);
    const slow = new WebSocket(`${room.url.replace('http', 'ws')}/stream${logPath(id)}`);
    await new Promise(resolve => slow.once('open', resolve));
    slow.pause();
    const fast = openLog(room, id);
    const line = 'x'.repeat(60_000);
    for (let count = 0; count < 200 && room.sockets.connected === 2; count++) await room.write(id, {}, undefined, info(line));
    await eventually('the slow one is dropped', 5000, () => expect(room.sockets.connected).to.equal(1));
    await finish(room, id);
    await within('close', 5000, fast.closed);
    expect(fast.text()).to.equal(await restLog(room, id));
    await room.stop();
  }).timeout(30_000);

  it('that does not answer pings is cut off', async () => {
    const room = await startRoom({ limits });
    const id = await started(room);
    const dead = new WebSocket(`${room.url.replace('http', 'ws')}/stream${logPath(id)}`, { autoPong: false });
    const closed = new Promise<number>(resolve => dead.once('close', resolve));
    expect(await within('the cut', 3000, closed)).to.equal(1006);
    await room.stop();
  });

  it('that answers pings stays', async () => {
    const room = await startRoom({ limits: { ...limits, pingMs: 20 } });
    const id = await started(room);
    const socket = new WebSocket(`${room.url.replace('http', 'ws')}/stream${logPath(id)}`);
    let pings = 0;
    socket.on('ping', () => pings++);
    await eventually('five pings', 3000, () => expect(pings).to.be.greaterThan(5));
    expect(socket.readyState).to.equal(WebSocket.OPEN);
    await room.stop();
  });

  it('that sends more than a little is closed with 1009', async () => {
    const room = await startRoom();
    const id = await started(room);
    const socket = new WebSocket(`${room.url.replace('http', 'ws')}/stream${logPath(id)}`);
    const closed = new Promise<number>(resolve => socket.once('close', resolve));
    await new Promise(resolve => socket.once('open', resolve));
    socket.send('x'.repeat(4096));
    socket.send('x'.repeat(4097));
    expect(await within('close', 3000, closed)).to.equal(1009);
    await room.stop();
  });

  it('is told good-bye with 1001 when the server stops', async () => {
    const room = await startRoom({ limits });
    const stream = openLog(room, await started(room));
    await stream.opened;
    const [closing] = await Promise.all([stream.closed, room.stop()]);
    expect(closing).to.eql({ code: 1001, reason: 'SHUTTING_DOWN' });
  });
});

describe('the event stream', function () {
  let room: RoomServer;
  beforeEach(async () => (room = await startRoom()));
  afterEach(() => room.stop());

  const path = `/stream/events?namespace=${namespace}`;
  interface Event {
    type: string;
    seq: number;
    kind: string;
    action: string;
    id: string;
    appName: string;
    status?: string;
  }
  const openEvents = (query = '') => open(room, path + query, { protocols: ['teal.v1'] });

  it('tells every change in order, from where it opened', async () => {
    const earlier = await started(room);
    const stream = openEvents();
    await eventually('the first message', 3000, () => expect(stream.messages<Event>()[0]?.type).to.equal('open'));
    await finish(room, earlier);
    const { id } = await room.deploy();
    await room.deployments.remove({ namespace, id, principal: 'tester', deleteDeployment: true });
    await eventually('three events', 3000, () => expect(stream.frames).to.have.length(4));
    const told = stream
      .messages<Event>()
      .slice(1)
      .map(({ kind, action, id: of, appName, status }) => [kind, action, of, appName, status]);
    expect(told).to.eql([
      ['deployment', 'changed', earlier, 'shop', 'DEPLOYED'],
      ['deployment', 'created', id, 'shop', 'DEPLOYING'],
      ['deployment', 'deleted', id, 'shop', undefined],
    ]);
  });

  it('continues from any position without a gap, also inside a commit of several changes', async () => {
    const stream = openEvents();
    await eventually('open', 3000, () => expect(stream.frames).to.have.length(1));
    const first = await room.deploy();
    await room.serve(first.id);
    const second = await room.deploy();
    await room.serve(second.id);
    const waiting = await room.deploy();
    await room.deployments.rollback({ namespace, id: second.id, principal: 'tester' });
    const last = ({ id }: Event) => id === waiting.id;
    await eventually('the rollback', 3000, () => expect(stream.messages<Event>().filter(last)).to.have.length(2));
    const all = stream.messages<Event>().slice(1);
    for (const [index, { seq }] of all.entries()) {
      const rest = all.slice(index + 1).map(({ id, action, status }) => `${id} ${action} ${status}`);
      const resumed = openEvents(`&after=${seq}`);
      await eventually('the rest', 3000, () => {
        const got = resumed
          .messages<Event>()
          .slice(1)
          .map(({ id, action, status }) => `${id} ${action} ${status}`);
        expect(got.slice(-rest.length || got.length)).to.eql(rest);
        expect(got.length - rest.length).to.be.within(0, 1);
      });
      resumed.cut();
    }
  });

  it('tells nothing of other namespaces', async () => {
    const stream = open(room, '/stream/events?namespace=other', { protocols: ['teal.v1'] });
    await stream.opened;
    await room.deploy();
    const own = openEvents('&after=0');
    await eventually('the event', 3000, () => expect(own.frames).to.have.length(2));
    expect(stream.frames).to.have.length(1);
  });

  it('is closed with 4410 when the position is too old to continue', async () => {
    const { watch } = room.store;
    room.store.watch = function (prefix, from, signal) {
      return from === 2 ? tooOld() : watch.call(this, prefix, from, signal);
    };
    async function* tooOld(): AsyncIterable<never> {
      throw new StoreError('COMPACTED', 'gone');
    }
    const stream = openEvents('&after=1');
    expect(await within('close', 3000, stream.closed)).to.eql({ code: 4410, reason: 'TOO_OLD' });
  });
});
