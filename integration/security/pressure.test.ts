/**
 * Clients that hold on to what they have: idle sockets, slow heads and bodies, huge bodies, followers that do not read. Memory stays bounded, the event loop alive, and whoever
 * is slow is told so and cut. Figures are printed.
 */

import { connect, type Socket } from 'node:net';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { expect } from 'chai';
import { demo } from '../support/demo.ts';
import { anyEtcd, findEtcd } from '../support/find-etcd.ts';
import { eventually } from '../support/wait.ts';
import { parseAnswer } from '../support/wire.ts';
import { besiege, bytesOf, type Besieged } from './besieged.ts';

interface Held {
  socket: Socket;
  /** What the server has sent so far. */
  received: string;
  ended: boolean;
}

const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const percentile = (values: number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * part) - 1] ?? NaN;

function onEtcd(): void {
  let besieged: Besieged;
  const held: Held[] = [];

  before(async function () {
    this.timeout(180_000);
    besieged = await besiege();
  });
  afterEach(() => {
    for (const { socket } of held.splice(0)) socket.destroy();
  });
  after(async function () {
    this.timeout(60_000);
    await besieged.stop();
  });

  /** Connections that send these bytes and then wait. */
  async function hold(count: number, bytes?: Buffer, atOnce = 100): Promise<Held[]> {
    const made: Held[] = [];
    for (let index = 0; index < count; index++) {
      const one: Held = { socket: connect(besieged.port, '127.0.0.1'), received: '', ended: false };
      one.socket.on('error', () => undefined);
      one.socket.on('data', (chunk: Buffer) => (one.received += chunk.toString('latin1')));
      one.socket.once('close', () => (one.ended = true));
      if (bytes) one.socket.write(bytes);
      made.push(one);
      // A backlog is not what is measured.
      if (index % atOnce === atOnce - 1) await sleep(20);
    }
    held.push(...made);
    return made;
  }

  /** Memory in MB; how late the event loop was since the last look, p99 in ms. */
  async function metrics(): Promise<{ memory: number; late: number }> {
    const { text } = await besieged.send({ line: 'GET /metrics', token: null }, 60_000);
    const metric = (name: string) => Number(new RegExp(`^${name} ([\\d.e+-]+)$`, 'm').exec(text)?.[1]);
    return { memory: metric('process_resident_memory_bytes') / 1e6, late: metric('nodejs_eventloop_lag_p99_seconds') * 1000 };
  }

  /** Times of good requests, one after the other, for as long as given, ms. */
  async function others(forMs: number): Promise<number[]> {
    const times: number[] = [];
    const from = performance.now();
    while (performance.now() - from < forMs) {
      const started = performance.now();
      expect((await besieged.send({ line: 'GET /descriptors/?namespace=shop' }, 60_000)).status).to.equal(200);
      times.push(performance.now() - started);
    }
    return times;
  }

  /** What the others notice while something is done to the server; by the loop of the server alone where this process sends so much that its own clock is late. */
  async function underPressure(what: string, press: () => Promise<void>, { byLoop = false } = {}): Promise<void> {
    const before = { p99: percentile(await others(2000), 0.99), ...(await metrics()) };
    let done = false;
    const pressing = press().finally(() => (done = true));
    // Told when the figures are.
    pressing.catch(() => undefined);
    const times: number[] = [];
    let [memory, late] = [0, 0];
    while (!done) {
      times.push(...(await others(250)));
      const now = await metrics();
      [memory, late] = [Math.max(memory, now.memory), Math.max(late, now.late)];
    }
    await pressing;
    const p99 = percentile(times, 0.99);
    const figures = [
      `p50 ${percentile(times, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (before: ${before.p99.toFixed(1)} ms)`,
      `the loop late by ${late.toFixed(0)} ms (before: ${before.late.toFixed(0)} ms)`,
      `memory ${memory.toFixed(0)} MB (before: ${before.memory.toFixed(0)} MB)`,
    ];
    process.stdout.write(`    ${what}: ${figures.join(', ')}\n`);
    expect(late, 'p99 of the delay of the event loop, ms').to.be.below(Math.max(20 * before.late, 1000));
    if (!byLoop) expect(p99, 'p99 of the others, ms').to.be.below(Math.max(20 * before.p99, 1000));
    expect(memory - before.memory, 'growth of memory, MB').to.be.below(150);
  }

  const statusOf = ({ received }: Held): number | undefined => parseAnswer(Buffer.from(received, 'latin1'))?.status;

  it('2000 idle sockets and 300 slow heads: told 408 or cut in 15 s, the others are served', async function () {
    this.timeout(90_000);
    await underPressure('2000 idle sockets, 300 slow heads', async () => {
      const idle = await hold(2000);
      const slow = await hold(300, Buffer.from('GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: '));
      const drip = setInterval(() => {
        for (const { socket } of slow) if (socket.writable) socket.write('x');
      }, 1000);
      try {
        await eventually('all are cut', 20_000, () => expect([...idle, ...slow].filter(({ ended }) => !ended)).to.have.length(0), 500);
      } finally {
        clearInterval(drip);
      }
      expect(slow.filter(one => statusOf(one) === 408).length, 'told 408').to.be.greaterThan(290);
    });
  });

  it('300 slow bodies: told 408 in 40 s, the others are served', async function () {
    this.timeout(120_000);
    await underPressure('300 slow bodies', async () => {
      const head = bytesOf({ line: 'POST /descriptors/?namespace=shop', headers: { 'Content-Length': '1000000' } });
      const slow = await hold(300, head);
      const drip = setInterval(() => {
        for (const { socket } of slow) if (socket.writable) socket.write(' ');
      }, 1000);
      try {
        await eventually('all are cut', 45_000, () => expect(slow.filter(({ ended }) => !ended)).to.have.length(0), 500);
      } finally {
        clearInterval(drip);
      }
      expect(slow.filter(one => statusOf(one) === 408).length, 'told 408').to.be.greaterThan(290);
    });
  });

  it('100 bodies of 10 MB that do not say so: each told 413, none of it kept', async function () {
    this.timeout(120_000);
    const head = bytesOf({
      line: 'POST /descriptors/?namespace=shop',
      headers: { 'Transfer-Encoding': 'chunked', 'Content-Length': undefined },
    });
    const chunk = Buffer.concat([Buffer.from('186a0\r\n'), Buffer.alloc(100_000, 'x'), Buffer.from('\r\n')]);
    const press = async () => {
      const senders = await hold(100, head);
      await Promise.all(
        senders.map(async one => {
          const { socket } = one;
          // Like curl, it stops when it is answered: who goes on for longer than the server reads on is cut, and may never see the answer.
          for (let sent = 0; sent < 100 && socket.writable && one.received === ''; sent++) {
            if (!socket.write(chunk)) await new Promise(resolve => socket.once('drain', resolve).once('close', resolve));
            // While the server reads as quickly as this writes, no write waits: without a look at what has come, seconds pass.
            await turnOfLoop();
          }
        }),
      );
      await eventually('all are cut', 10_000, () => expect(senders.filter(({ ended }) => !ended)).to.have.length(0));
      expect(senders.filter(one => statusOf(one) === 413).length, 'told 413').to.equal(senders.length);
    };
    await underPressure('100 bodies of 10 MB', press, { byLoop: true });
  });

  it('300 followers of a log that do not read: bounded', async function () {
    this.timeout(120_000);
    const made = await besieged.send({
      line: 'POST /descriptors/?namespace=shop',
      body: demo('shop', { appName: 'followed', promotion: 'manual' }),
    });
    const begun = await besieged.send({
      line: `POST /deployments/?namespace=shop&descriptorId=${(JSON.parse(made.text) as { id: string }).id}`,
    });
    const { id } = JSON.parse(begun.text) as { id: string };
    await underPressure('300 followers that do not read', async () => {
      const followers = await hold(300, bytesOf({ line: `GET /deployments/${id}/logs?namespace=shop&follow=true` }), 10);
      for (const { socket } of followers) socket.pause();
      await sleep(5000);
    });
    expect((await besieged.send({ line: `POST /deployments/${id}/abort?namespace=shop` })).status).to.be.oneOf([202, 409]);
  });
}

describe('pressure', () => {
  if (findEtcd('3.6') === undefined && findEtcd('3.4') === undefined) {
    if (process.env['TEAL_TEST_REQUIRE_ALL']) it('can run here', () => void anyEtcd());
    else it.skip('is left out: there is no etcd on this machine');
  } else onEtcd();
});
