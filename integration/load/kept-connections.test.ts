/**
 * A kept connection that its pod closes in the moment of a request, provoked on loopback with the load proof's own app and client. A relay stands for the Service: as kube-proxy it sends new connections
 * to the new pod and never moves an open one. The client is stopped over the end of the old pod, as a busy machine stops it.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { eventually, within } from '../support/wait.ts';
import { startLoadClient, type LoadClient } from './client-process.ts';
import { closingOf, explained, type Closing } from './closings.ts';
import { buildApp, canBuildApp } from './image.ts';
import type { Loss, Tally } from './messages.ts';

const stopDelayMs = 3000;
/** Requests per second; with a burst of `burstMs` they leave more connections than are used again within `stopDelayMs`. */
const rate = 20;
const burstMs = 4000;

interface Pod {
  process: ChildProcess;
  port: number;
  closings: Map<string, Closing>;
}

describe('kept connections to pods that end', function () {
  this.timeout(60_000);
  const dir = mkdtempSync(join(tmpdir(), 'teal-load-app-'));
  const binary = join(dir, 'load-app');
  const children: ChildProcess[] = [];
  let client: LoadClient;
  let service: TcpProxy;

  before(function () {
    this.timeout(180_000);
    if (canBuildApp()) return buildApp(binary);
    if (process.env['TEAL_TEST_REQUIRE_ALL']) throw new Error('there is no Go');
    this.skip();
  });
  beforeEach(async () => {
    client = await startLoadClient();
  });
  afterEach(async () => {
    client.stop();
    await service.stop();
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  after(() => rmSync(dir, { recursive: true }));

  async function startPod(name: string): Promise<Pod> {
    const env = { POD_NAME: name, VERSION: name, LISTEN: '127.0.0.1:0', STOP_DELAY: `${stopDelayMs}ms` };
    const child = spawn(binary, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const closings = new Map<string, Closing>();
    const listening = new Promise<number>(resolve => {
      createInterface(child.stdout).on('line', line => {
        const port = /^listening on .*:(\d+)$/.exec(line)?.[1];
        if (port !== undefined) resolve(Number(port));
        const closing = closingOf(line);
        if (closing) closings.set(...closing);
      });
    });
    return { process: child, port: await within(`${name} listens`, 10_000, listening), closings };
  }

  /** Holds the client until `state`; what was due meanwhile it then sends at once. */
  async function heldUntil(state: Promise<unknown>): Promise<void> {
    process.kill(client.pid, 'SIGSTOP');
    try {
      await state;
    } finally {
      process.kill(client.pid, 'SIGCONT');
    }
  }

  const passed = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

  /** From the old pod to the new one, under the load of a client that is held until the old pod has ended. */
  async function replaced(idleMs?: number): Promise<{ tally: Tally; old: Pod }> {
    const old = await startPod('old');
    const target = { host: '127.0.0.1', port: old.port };
    service = await startTcpProxy(target);
    client.begin({
      name: 'shop',
      mark: 'shop',
      url: `http://127.0.0.1:${service.port}`,
      rate,
      sockets: false,
      ...(idleMs === undefined ? {} : { idleMs }),
    });
    await eventually('the first connections', 10_000, () => expect(service.taken).to.be.above(2));
    await heldUntil(passed(burstMs));
    await eventually('a connection for each request of the burst', 10_000, () =>
      expect(service.taken).to.be.above((burstMs / 1000) * rate * 0.7),
    );
    target.port = (await startPod('new')).port;
    const ended = once(old.process, 'close');
    old.process.kill('SIGTERM');
    // Half of the time is left: this process may be late too.
    await passed(stopDelayMs / 2);
    await heldUntil(within('the old pod ends', 20_000, ended));
    const after = service.taken;
    await eventually('the client goes on', 10_000, () => expect(service.taken).to.be.above(after + rate / 5));
    return { tally: await client.finish('shop'), old };
  }

  it('are reset under requests when they may be idle for longer than the pod goes on serving; each reset is explained by the pod itself', async () => {
    const { tally, old } = await replaced();
    expect(tally.losses.length).to.be.at.least(1);
    expect(tally.losses.map(({ how }) => how)).to.deep.equal(tally.losses.map(() => 'kept reset'));
    const { losses } = explained(tally, old.closings);
    expect(losses.map(({ how, detail }) => (how === 'idle reset' ? how : `${how}: ${detail}`))).to.deep.equal(
      losses.map(() => 'idle reset'),
    );
    // None had heard anything since the pod was told to end, slow answers of before included; less what clocks and processes may differ.
    for (const { sending } of losses) expect(sending?.idleMs).to.be.above(stopDelayMs - 300);
  });

  it('lose nothing when the client ends idle ones sooner than that', async () => {
    const { tally } = await replaced(stopDelayMs / 6);
    expect(tally.losses.map(({ how, detail }) => `${how}: ${detail}`)).to.deep.equal([]);
    expect(tally.answered).to.equal(tally.sent);
    expect(Object.keys(tally.versions)).to.deep.equal(['old', 'new']);
  });

  describe('what explains a reset', () => {
    const sending = { connection: 'old/7', localPort: 4711, answers: 3, sentAt: 20_000, idleMs: 3100 };
    const closing: Closing = { at: 19_990, idleMs: 3090, served: 3 };
    const how = (loss: Partial<Loss>, closings: [string, Closing][]) => {
      const lost: Loss = { at: 20_000, kind: 'kept', how: 'kept reset', afterMs: 2, detail: '', sending, ...loss };
      const tally: Tally = {
        aim: 'shop',
        scheduled: 1,
        sent: 1,
        answered: 0,
        losses: [lost],
        at: new Float64Array(),
        ms: new Float32Array(),
        late: new Float32Array(),
        versions: {},
        sockets: { opened: 0, moved: 0, echoed: 0 },
      };
      return explained(tally, new Map(closings)).losses.map(({ how }) => how);
    };

    it('is a pod that closed this connection idle, after as many answers as the client had, in the moment of the request', () => {
      expect(how({}, [['old/7', closing]])).to.deep.equal(['idle reset']);
      expect(how({}, [['old/7', { ...closing, at: 20_300 }]])).to.deep.equal(['idle reset']);
    });

    it('is nothing else', () => {
      expect(how({}, [])).to.deep.equal(['reset']);
      expect(how({}, [['old/8', closing]])).to.deep.equal(['reset']);
      expect(how({}, [['old/7', { ...closing, served: 4 }]])).to.deep.equal(['reset']);
      expect(how({}, [['old/7', { ...closing, at: 18_000 }]])).to.deep.equal(['reset']);
      expect(how({ how: 'status 503' }, [['old/7', closing]])).to.deep.equal(['status 503']);
      expect(how({ how: 'reset' }, [['old/7', closing]])).to.deep.equal(['reset']);
    });
  });
});
