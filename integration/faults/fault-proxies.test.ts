/** The tools that make faults, held to what they promise: a suite of faults whose proxy does nothing proves nothing. */

import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { Agent, request } from 'undici';
import { startGateway, type Gateway, type Spoil } from '../support/gateway.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { always, eventually, within } from '../support/wait.ts';

describe('the TCP fault proxy', () => {
  let echo: Server;
  let proxy: TcpProxy;
  const clients: Socket[] = [];

  interface Talker {
    say(text: string): void;
    heard: string;
    closed: boolean;
  }

  function talker(): Talker {
    const socket = connect(proxy.port, '127.0.0.1');
    clients.push(socket);
    const mine: Talker = { say: text => void socket.write(text), heard: '', closed: false };
    socket.on('data', chunk => (mine.heard += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => (mine.closed = true));
    return mine;
  }
  const hears = (one: Talker, text: string) => eventually(`"${text}" is heard`, 2000, () => expect(one.heard).to.equal(text), 5);

  beforeEach(async () => {
    echo = createServer(socket => socket.on('error', () => undefined).pipe(socket));
    await new Promise<void>(resolve => echo.listen(0, '127.0.0.1', resolve));
    proxy = await startTcpProxy({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port });
  });
  afterEach(async () => {
    for (const socket of clients.splice(0)) socket.destroy();
    await proxy.stop();
    await new Promise(resolve => echo.close(resolve));
  });

  it('passes on, and later and in order when told to delay', async () => {
    const one = talker();
    one.say('now');
    await hears(one, 'now');
    proxy.delayMs = 150;
    const from = performance.now();
    one.say(' a');
    one.say('b');
    await hears(one, 'now ab');
    expect(performance.now() - from).to.be.within(290, 2000);
    one.say(' c');
    proxy.delayMs = 0;
    one.say('d');
    await hears(one, 'now ab cd');
  });

  it('loses what the server says while deaf, and everything while it holds, with open connections', async () => {
    const one = talker();
    for (const mode of ['deaf', 'hold'] as const) {
      proxy.mode = mode;
      one.say('lost');
      await always('nothing is heard', 200, () => expect(one).to.deep.include({ heard: '', closed: false }));
    }
    proxy.mode = 'pass';
    one.say('again');
    await hears(one, 'again');
  });

  it('cuts in the middle of an answer', async () => {
    const one = talker();
    proxy.mode = 'truncate';
    one.say('12345678');
    await eventually('the connection is cut', 2000, () => expect(one.closed).to.equal(true));
    expect(one.heard).to.equal('1234');
  });

  it('refuses new connections, cuts open ones, and comes back on the same port', async () => {
    const one = talker();
    one.say('x');
    await hears(one, 'x');
    proxy.mode = 'refuse';
    proxy.cut();
    const two = talker();
    await eventually('both are closed', 2000, () => expect([one.closed, two.closed]).to.deep.equal([true, true]));
    expect(two.heard).to.equal('');
    proxy.mode = 'pass';
    await proxy.leave();
    const away = talker();
    await eventually('nobody is there', 2000, () => expect(away.closed).to.equal(true));
    await proxy.comeBack();
    const three = talker();
    three.say('back');
    await hears(three, 'back');
  });
});

describe('the HTTP fault proxy', () => {
  let upstream: HttpServer;
  let gateway: Gateway;
  let agent: Agent;
  const asked: string[] = [];
  const body = 'x'.repeat(1000);

  beforeEach(async () => {
    asked.length = 0;
    upstream = createHttpServer((incoming, outgoing) => {
      asked.push(`${String(incoming.method)} ${String(incoming.url)}`);
      incoming.resume();
      outgoing.writeHead(200, { 'content-length': body.length }).end(body);
    });
    await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve));
    gateway = await startGateway({ url: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` });
    agent = new Agent();
  });
  afterEach(async () => {
    await agent.destroy();
    await gateway.stop();
    upstream.closeAllConnections();
    await new Promise(resolve => upstream.close(resolve));
  });

  /** Status and text, or the kind of failure. */
  async function ask(path = '/things', method: 'GET' | 'POST' = 'GET'): Promise<string> {
    try {
      const answer = await request(gateway.url + path, { method, dispatcher: agent, signal: AbortSignal.timeout(600) });
      const text = await answer.body.text();
      return `${answer.statusCode} ${text === body ? 'whole' : text}`;
    } catch (error) {
      return (error as Error).name === 'TimeoutError' ? 'no answer' : 'cut';
    }
  }
  const spoil = (rule: Omit<Spoil, 'path'> & { path?: RegExp }) => gateway.spoil({ path: /^\/things$/, ...rule });

  it('passes on what no rule names, and spoils by method, path and kind of request', async () => {
    spoil({ method: 'POST', with: 500 });
    expect(await ask()).to.equal('200 whole');
    expect(await ask('/others', 'POST')).to.equal('200 whole');
    expect(await ask('/things?watch=1', 'POST')).to.equal('200 whole');
    expect(await ask('/things', 'POST')).to.match(/^500 .*InternalError/);
    expect(asked).to.deep.equal(['GET /things', 'POST /others', 'POST /things?watch=1']);
  });

  it('spoils by call number: after some, each nth, so many times, until it is healed', async () => {
    const rule = spoil({ skip: 1, every: 2, times: 2, with: 409 });
    const statuses = [];
    for (let call = 0; call < 8; call++) statuses.push((await ask()).slice(0, 3));
    expect(statuses).to.deep.equal(['200', '200', '409', '200', '409', '200', '200', '200']);
    expect(rule.struck()).to.equal(2);
    const forever = spoil({ with: 410 });
    expect(await ask()).to.match(/^410 .*Expired/);
    forever.heal();
    expect(await ask()).to.equal('200 whole');
  });

  it('answers 429 with Retry-After', async () => {
    spoil({ with: { status: 429, retryAfter: 7 } });
    const answer = await request(`${gateway.url}/things`, { dispatcher: agent });
    await answer.body.dump();
    expect([answer.statusCode, answer.headers['retry-after']]).to.deep.equal([429, '7']);
  });

  it('delays', async () => {
    spoil({ with: { delayMs: 200 } });
    const from = performance.now();
    expect(await ask()).to.equal('200 whole');
    expect(performance.now() - from).to.be.greaterThan(195);
  });

  for (const [how, said, reaches] of [
    ['reset', 'cut', false],
    ['unanswered', 'no answer', false],
    ['lost-answer', 'cut', true],
    ['truncated', 'cut', true],
  ] as const) {
    it(`${how}: the client sees ${said === 'cut' ? 'a cut connection' : said}, and the server ${reaches ? 'the request' : 'nothing'}`, async () => {
      spoil({ method: 'POST', with: how });
      expect(await ask('/things', 'POST')).to.equal(said);
      expect(asked.length).to.equal(reaches ? 1 : 0);
    });
  }

  it('spoils watches: silent ones, ones that end at once, ones that are too old', async () => {
    const rules = { silent: 'no answer', ends: '200 ' } as const;
    for (const how of ['silent', 'ends'] as const) {
      const rule = spoil({ watch: true, with: how });
      expect(await ask(), 'no watch').to.equal('200 whole');
      expect(await within('the watch', 3000, ask('/things?watch=1'))).to.equal(rules[how]);
      rule.heal();
    }
    spoil({ watch: true, with: 'gone' });
    const line = (await ask('/things?watch=true')).slice(4);
    expect(JSON.parse(line)).to.deep.include({ type: 'ERROR' });
    expect((JSON.parse(line) as { object: object }).object).to.include({ code: 410, reason: 'Expired' });
  });
});
