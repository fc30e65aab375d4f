import { expect } from 'chai';
import type { ServerResponse } from 'node:http';
import { systemClock } from '../../lib/clock.ts';
import { silentLogger, type Logger } from '../../lib/log.ts';
import { sendJson, startFakeApiServer, statusObject, type Asked, type FakeApiServer } from '../../testing/fake-api-server.ts';
import type { Cluster, Mirror } from '../cluster.ts';
import type { KubeObject } from '../objects.ts';
import { createCluster, loadConnection, type ClusterOptions } from './index.ts';

const object = (name: string, version: number, labels: Record<string, string> = { app: 'x' }): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'n', uid: `uid-${name}`, resourceVersion: String(version), labels },
});
const line = (type: string, what: unknown) => `${JSON.stringify({ type, object: what })}\n`;
const bookmark = (version: number) =>
  line('BOOKMARK', { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: String(version) } });

type Watcher = (asked: Asked, reply: ServerResponse, nth: number) => void;

describe('list and watch', () => {
  const endings: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  /** Lists come from `lists` in turn (the last one again and again), watches are played by `onWatch`. */
  async function play(lists: [version: number, objects: KubeObject[]][], onWatch: Watcher, options: Partial<ClusterOptions> = {}) {
    let listed = 0;
    let watched = 0;
    const server = await startFakeApiServer((asked, reply) => {
      // Of these the server leaves every question without an answer.
      if (asked.path.includes('/services/')) return;
      if (asked.query.get('watch') !== '1') {
        const [version, items] = lists[Math.min(listed++, lists.length - 1)] ?? [0, []];
        sendJson(reply, 200, { kind: 'ConfigMapList', metadata: { resourceVersion: String(version) }, items });
        return;
      }
      onWatch(asked, reply, watched++);
    });
    endings.push(() => server.stop());
    const timings = { backoffBaseMs: 20, backoffCapMs: 100, shortWatchMs: 0, graceMs: 0, ...options.timings };
    const cluster = createCluster({
      ...(await loadConnection({ url: server.url })),
      clock: systemClock,
      log: silentLogger,
      requestTimeoutMs: 1_000,
      ...options,
      timings,
    });
    endings.push(() => cluster.close());
    return { server, cluster, watches: () => server.asked.filter(isWatch), listings: () => server.asked.filter(asked => !isWatch(asked)) };
  }
  const isWatch = (asked: Asked) => asked.query.get('watch') === '1';
  const from = (asked: Asked | undefined) => asked?.query.get('resourceVersion');

  function open(cluster: Cluster, selector = { labels: 'app=x' }): { mirror: Mirror; events: string[] } {
    const mirror = cluster.mirror('ConfigMap', 'n', selector);
    const events: string[] = [];
    mirror.subscribe(({ type, object: { metadata } }) => events.push(`${type} ${metadata.name}@${metadata.resourceVersion}`));
    return { mirror, events };
  }
  async function until(what: string, isTrue: () => boolean, withinMs = 4_000): Promise<void> {
    const start = performance.now();
    while (!isTrue()) {
      if (performance.now() - start > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
      await systemClock.sleep(5);
    }
  }
  const start = (reply: ServerResponse, ...lines: string[]) => {
    reply.writeHead(200, { 'content-type': 'application/json' });
    reply.flushHeaders();
    for (const text of lines) reply.write(text);
  };

  it("lists, then watches from the list's version with bookmarks and a time limit", async () => {
    const { cluster, server, watches } = await play([[7, [object('a', 3)]]], (_asked, reply) => start(reply));
    const { mirror } = open(cluster);
    await mirror.synced();
    await until('live', () => mirror.live);
    expect(server.asked[0]?.query.toString()).to.equal('labelSelector=app%3Dx&limit=500');
    const query = watches()[0]?.query;
    expect(Object.fromEntries(query ?? [])).to.include({
      labelSelector: 'app=x',
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: '7',
    });
    expect(Number(query?.get('timeoutSeconds'))).to.be.within(240, 300);
    expect(mirror.get('n', 'a')).to.deep.equal(object('a', 3));
  });

  it('puts events in, in order, and tells each change once', async () => {
    const { cluster } = await play([[7, [object('a', 3)]]], (_asked, reply) => {
      const events =
        line('ADDED', object('b', 8)) +
        line('MODIFIED', object('a', 9)) +
        line('MODIFIED', object('a', 9)) +
        line('DELETED', object('b', 10));
      start(reply);
      // Cut anywhere.
      for (const byte of Buffer.from(events).toString('latin1')) reply.write(byte, 'latin1');
    });
    const { mirror, events } = open(cluster);
    await until('all events', () => events.length === 4);
    expect(events).to.deep.equal(['added a@3', 'added b@8', 'modified a@9', 'deleted b@10']);
    expect(mirror.list('n', { app: 'x' }).map(({ metadata }) => metadata.name)).to.deep.equal(['a']);
  });

  for (const [what, answer] of [
    ['as an event', (reply: ServerResponse) => start(reply, line('ERROR', statusObject(410, 'Expired', 'too old resource version')))],
    ['as the answer', (reply: ServerResponse) => sendJson(reply, 410, statusObject(410, 'Expired', 'too old resource version'))],
  ] as const) {
    it(`lists again after 410 ${what}, and tells what has vanished meanwhile`, async () => {
      const lists: [number, KubeObject[]][] = [
        [7, [object('a', 3), object('b', 4)]],
        [20, [object('b', 15)]],
      ];
      const { cluster, watches, listings } = await play(lists, (_asked, reply, nth) => (nth === 0 ? answer(reply) : start(reply)));
      const { mirror, events } = open(cluster);
      await until('the second watch', () => watches().length === 2 && mirror.live);
      expect(listings()).to.have.length(2);
      expect(from(watches()[1])).to.equal('20');
      expect(events).to.deep.equal(['added a@3', 'added b@4', 'deleted a@3', 'modified b@15']);
    });
  }

  it('lists at once when it is asked to, whatever its silent watch has not told, and goes on from there', async () => {
    const lists: [number, KubeObject[]][] = [
      [7, [object('a', 3)]],
      [9, [object('b', 8)]],
    ];
    const { cluster, watches } = await play(lists, (_asked, reply) => start(reply));
    const { mirror, events } = open(cluster);
    await until('live', () => mirror.live);
    const asked = [mirror.refresh(), mirror.refresh()];
    await Promise.all(asked);
    expect(events).to.deep.equal(['added a@3', 'deleted a@3', 'added b@8']);
    await until('the next watch', () => watches().length === 2 && mirror.live);
    expect(from(watches()[1])).to.equal('9');
  });

  it('wants a list that begins after it was asked, not the one that is under way', async () => {
    let answer = () => {};
    let listed = 0;
    const server = await startFakeApiServer((asked, reply) => {
      if (isWatch(asked)) return start(reply);
      const version = ++listed;
      const give = () => sendJson(reply, 200, { kind: 'ConfigMapList', metadata: { resourceVersion: String(version) }, items: [] });
      if (version === 1) answer = give;
      else give();
    });
    endings.push(() => server.stop());
    const cluster = createCluster({ ...(await loadConnection({ url: server.url })), clock: systemClock, log: silentLogger });
    endings.push(() => cluster.close());
    const mirror = cluster.mirror('ConfigMap', 'n');
    await until('the first list', () => listed === 1);
    const refreshed = mirror.refresh();
    answer();
    await refreshed;
    expect(listed).to.equal(2);
  });

  it('says that a list will never come when it is closed', async () => {
    const { cluster } = await play([[7, []]], (_asked, reply) => start(reply));
    const { mirror } = open(cluster);
    await until('live', () => mirror.live);
    const refreshed = mirror.refresh().then(
      () => 'done',
      () => 'never',
    );
    await mirror.close();
    expect(await refreshed).to.equal('never');
  });

  it('goes on from the last version, bookmarks included, when the connection breaks', async () => {
    const { cluster, watches, listings } = await play([[7, []]], (_asked, reply, nth) => {
      start(reply, ...(nth === 0 ? [line('ADDED', object('a', 8))] : nth === 1 ? [bookmark(30)] : []));
      if (nth < 2) setTimeout(() => reply.socket?.destroy(), 20);
    });
    open(cluster);
    await until('the third watch', () => watches().length === 3);
    expect(watches().map(from)).to.deep.equal(['7', '8', '30']);
    expect(listings()).to.have.length(1);
  });

  it('drops a line that was cut by the end of the connection, and gets the event again', async () => {
    const { cluster, watches } = await play([[7, []]], (_asked, reply, nth) => {
      const text = line('ADDED', object('a', 8));
      start(reply, nth === 0 ? text.slice(0, 40) : text);
      if (nth === 0) setTimeout(() => reply.end(), 20);
    });
    const { events } = open(cluster);
    await until('the event', () => events.length === 1);
    expect(watches().map(from)).to.deep.equal(['7', '7']);
  });

  for (const garbage of ['not json\n', '{"type":"ADDED"}\n', '{"type":"NEWS","object":{}}\n', 'null\n']) {
    it(`makes the connection anew after the line ${JSON.stringify(garbage)}`, async () => {
      const { cluster, watches } = await play([[7, []]], (_asked, reply, nth) =>
        nth === 0
          ? start(reply, line('ADDED', object('a', 8)), garbage, line('ADDED', object('ignored', 9)))
          : start(reply, line('ADDED', object('b', 10))),
      );
      const { events } = open(cluster);
      await until('the event after it', () => events.includes('added b@10'));
      expect(watches().map(from)).to.deep.equal(['7', '8']);
      expect(events).to.deep.equal(['added a@8', 'added b@10']);
    });
  }

  it('notices a watch that has gone silent and goes on without listing', async () => {
    const { cluster, watches, listings } = await play(
      [[7, []]],
      (_asked, reply, nth) => start(reply, ...(nth === 0 ? [line('ADDED', object('a', 8))] : [])),
      {
        timings: { idleMs: 150 },
      },
    );
    const { mirror } = open(cluster);
    await until('the second watch', () => watches().length === 2);
    expect((watches()[1]?.at ?? 0) - (watches()[0]?.at ?? 0)).to.be.within(140, 1_000);
    expect(from(watches()[1])).to.equal('8');
    expect(listings()).to.have.length(1);
    expect(mirror.list('n')).to.have.length(1);
  });

  it('doubts a silent watch at once when another request gets no answer', async () => {
    const { cluster, watches } = await play([[7, []]], (_asked, reply) => start(reply), { timings: { doubtMs: 50 } });
    const { mirror } = open(cluster);
    await until('live', () => mirror.live);
    await systemClock.sleep(60);
    await cluster.read({ kind: 'Service', namespace: 'n', name: 'a' }, { timeoutMs: 30 }).catch(() => {});
    await until('the second watch', () => watches().length === 2);
  });

  it('waits longer and longer while watches fail, and lists again after three answers', async () => {
    const { cluster, watches, listings } = await play([[7, []]], (_asked, reply, nth) =>
      nth < 4 ? sendJson(reply, 500, statusObject(500, 'InternalError', 'no')) : start(reply),
    );
    const { mirror } = open(cluster);
    await until('the fifth watch', () => watches().length === 5 && mirror.live);
    expect(listings().length).to.be.within(2, 3);
  });

  it('asks at a bounded rate while watches end at once', async () => {
    const { cluster, server } = await play([[7, []]], (_asked, reply) => reply.writeHead(200).end(), {
      timings: { shortWatchMs: 5_000, backoffBaseMs: 50, backoffCapMs: 200 },
    });
    open(cluster);
    await systemClock.sleep(1_000);
    expect(server.asked.length).to.be.within(4, 20);
  });

  it('honours Retry-After of a refused watch', async () => {
    const { cluster, watches } = await play([[7, []]], (_asked, reply, nth) =>
      nth === 0 ? sendJson(reply, 429, statusObject(429, 'TooManyRequests', 'later'), { 'retry-after': '1' }) : start(reply),
    );
    open(cluster);
    await until('the second watch', () => watches().length === 2);
    expect((watches()[1]?.at ?? 0) - (watches()[0]?.at ?? 0)).to.be.at.least(990);
  });

  it('keeps trying until the API server is back, is not live meanwhile, and keeps its copy', async () => {
    const { cluster, server } = await play([[7, [object('a', 3)]]], (_asked, reply) => start(reply));
    const { mirror } = open(cluster);
    await until('live', () => mirror.live);
    await server.stop();
    await until('not live', () => !mirror.live);
    expect(mirror.list('n')).to.have.length(1);
    await systemClock.sleep(200);
    const asked: Asked[] = [];
    const again: FakeApiServer = await startFakeApiServer((one, reply) => {
      asked.push(one);
      start(reply, line('ADDED', object('b', 12)));
    }, server.port);
    endings.push(() => again.stop());
    await until('the new event', () => mirror.get('n', 'b') !== undefined);
    expect(asked.map(from)).to.deep.equal(['7']);
  });

  it('lists again when its period is over', async () => {
    const lists: [number, KubeObject[]][] = [
      [7, [object('a', 3)]],
      [9, [object('b', 8)]],
    ];
    const { cluster, listings } = await play(
      lists,
      (_asked, reply) => {
        start(reply);
        setTimeout(() => reply.end(), 60);
      },
      { timings: { relistMs: 50 } },
    );
    const { events } = open(cluster);
    await until('the second list', () => listings().length >= 2 && events.length >= 3);
    expect(events).to.deep.equal(['added a@3', 'deleted a@3', 'added b@8']);
  });

  it("takes everything anew when the server's history went back", async () => {
    const lists: [number, KubeObject[]][] = [
      [700, [object('a', 300), object('b', 400)]],
      [20, [object('a', 15)]],
    ];
    const { cluster, watches } = await play(lists, (_asked, reply, nth) =>
      nth === 0 ? sendJson(reply, 410, statusObject(410, 'Expired', 'gone')) : start(reply),
    );
    const { mirror, events } = open(cluster);
    await until('the second watch', () => watches().length === 2 && mirror.live);
    expect(events.slice(2)).to.deep.equal(['deleted b@400', 'modified a@15']);
    expect(from(watches()[1])).to.equal('20');
  });

  it('counts a kind that is not served as empty, and is not live', async () => {
    const server = await startFakeApiServer((_asked, reply) =>
      reply.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n'),
    );
    endings.push(() => server.stop());
    const cluster = createCluster({ ...(await loadConnection({ url: server.url })), clock: systemClock, log: silentLogger });
    endings.push(() => cluster.close());
    const mirror = cluster.mirror('Middleware', '');
    await mirror.synced();
    expect(mirror.list('')).to.deep.equal([]);
    expect(mirror.live).to.equal(false);
    await systemClock.sleep(100);
    expect(server.asked).to.have.length(1);
    await mirror.refresh();
    expect(server.asked).to.have.length(2);
  });

  it('logs a subscriber that throws, and goes on', async () => {
    const errors: string[] = [];
    const log: Logger = { ...silentLogger, error: message => errors.push(message), child: () => log };
    const { cluster } = await play([[7, [object('a', 3)]]], (_asked, reply) => start(reply, line('ADDED', object('b', 8))), { log });
    const mirror = cluster.mirror('ConfigMap', 'n', { labels: 'app=x' });
    mirror.subscribe(() => {
      throw new Error('mine');
    });
    const { events } = open(cluster);
    await until('both events', () => events.length === 2);
    expect(errors).to.have.length(2);
    expect(mirror.list('n')).to.have.length(2);
  });

  it('shares one watch among all who ask for the same, and ends it with the last of them', async () => {
    let ended = 0;
    const { cluster, server } = await play([[7, [object('a', 3)]]], (_asked, reply) => {
      start(reply);
      reply.on('close', () => ended++);
    });
    const first = open(cluster);
    const second = open(cluster);
    const other = open(cluster, { labels: 'app=y' });
    await Promise.all([first, second, other].map(({ mirror }) => mirror.synced()));
    await until('two watches', () => server.asked.filter(isWatch).length === 2);
    expect(server.asked).to.have.length(4);
    await first.mirror.close();
    await first.mirror.close();
    expect(second.mirror.live).to.equal(true);
    expect(ended).to.equal(0);
    await second.mirror.close();
    await until('its end', () => ended === 1);
    const again = open(cluster);
    await again.mirror.synced();
    expect(server.asked.filter(asked => !isWatch(asked))).to.have.length(3);
  });

  it('learns only what its watch would have brought', async () => {
    const { cluster } = await play([[7, []]], (_asked, reply) => start(reply));
    const { mirror, events } = open(cluster);
    await mirror.synced();
    mirror.learn(object('a', 8));
    mirror.learn(object('b', 9, { app: 'other' }));
    mirror.learn({ ...object('c', 10), metadata: { ...object('c', 10).metadata, namespace: 'elsewhere' } });
    mirror.learn({ ...object('d', 11), kind: 'Service' });
    mirror.learn(object('a', 5));
    expect(events).to.deep.equal(['added a@8']);
    mirror.learn(object('a', 12, {}));
    expect(events.slice(1)).to.deep.equal(['deleted a@12']);
  });

  it('a mirror closed before its first list says so to those who wait', async () => {
    const server = await startFakeApiServer(() => {});
    endings.push(() => server.stop());
    const cluster = createCluster({ ...(await loadConnection({ url: server.url })), clock: systemClock, log: silentLogger });
    const mirror = cluster.mirror('ConfigMap', 'n');
    const waiting = mirror.synced().then(
      () => 'synced',
      (error: unknown) => String(error),
    );
    await cluster.close();
    expect(await waiting).to.include('closed');
  });
});
