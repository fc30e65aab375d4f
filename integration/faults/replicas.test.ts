/** Two and three replicas on one etcd: the work is spread, every one of them answers, and none changes what another has taken over, whatever cuts it off. */

import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { App } from '../../src/deployments/record.ts';
import { keys } from '../../src/store/keys.ts';
import { beginLife, leaseMs, runCell } from '../crash/cell.ts';
import { laneArgs } from '../crash/fleet.ts';
import { openLane, type Lane } from '../crash/lane.ts';
import type { History } from '../history/history.ts';
import { gapsInLog, livesOf, wrongTimes, wrongTransitions } from '../history/oracles/records.ts';
import { changedAfter, epochsThatWentBack, lateWrites, sharedEpochs, strays } from '../history/oracles/writers.ts';
import { demo, type DemoWish, type Json } from '../support/demo.ts';
import { startEtcd, type RunningEtcd } from '../support/etcd.ts';
import { anyEtcd, findEtcd } from '../support/find-etcd.ts';
import { openStream } from '../support/stream.ts';
import { openTarget, whyNotHere, type Target } from '../support/targets.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import type { TealProcess } from '../support/teal-process.ts';
import { always, eventually } from '../support/wait.ts';

const suffix = randomBytes(2).toString('hex');
const etcdBinary = findEtcd('3.6') ?? findEtcd('3.4');
const args = [...laneArgs, '--health-via', 'api-proxy'];

let named = 0;
const newApp = () => `app-${++named}`;
const describeApp = (lane: Lane, appName: string, wish: DemoWish = {}): Json =>
  demo(lane.namespace, { appName, frontend: `${appName}-${lane.namespace}.example.test`, drainSeconds: 1, ...wish });

/** Everything that any oracle has to say about these apps. */
function faultsIn(history: History, namespace: string, apps: readonly string[]): string[] {
  const { calls, facts, changes } = history;
  return [
    ...epochsThatWentBack(changes),
    ...apps.flatMap(app => {
      const lives = livesOf(facts, namespace, app);
      return [
        ...lateWrites(calls, facts, namespace, app),
        ...sharedEpochs(calls, namespace, app),
        ...strays(history, namespace, app, Date.now()),
        ...wrongTransitions(lives),
        ...wrongTimes(lives),
      ];
    }),
  ];
}

/** The member that claimed the app last, by who wrote the newest epoch. */
function ownerOf(lane: Lane, app: string): TealProcess {
  const claims = lane
    .history()
    .calls.filter(call => call.app === `${lane.namespace}/${app}` && call.outcome === 'done' && typeof call.owner === 'string');
  const newest = claims.sort((a, b) => (b.epoch ?? 0) - (a.epoch ?? 0))[0];
  const member = lane.members.find(({ pid }) => String(pid) === newest?.process);
  if (!member) throw new Error(`nobody owns ${app}`);
  return member;
}

const placeOf = (lane: Lane, member: TealProcess): number => lane.members.indexOf(member);
const processOf = (member: TealProcess): string => String(member.pid);

/** Starts a deployment that takes some seconds to become healthy, and finds who works on it. */
async function ownedDeployment(lane: Lane, seconds: number): Promise<{ app: string; id: string; owner: TealProcess }> {
  const app = newApp();
  const user = lane.user();
  const id = await user.start(await user.describe(describeApp(lane, app, { env: { READY_DELAY: `${seconds}s` } })));
  await user.reaches(id, 'verifying');
  return { app, id, owner: ownerOf(lane, app) };
}

async function endsOn(lane: Lane, place: number, id: string, withinMs = 40_000) {
  const user = lane.user(place);
  const record = await user.ended(id, withinMs);
  if (record.status !== 'DEPLOYED') throw new Error(`${record.status} ${JSON.stringify(record.reason)}; log:\n${await user.log(id)}`);
  return user.settled(id, 20_000);
}

const survivor = (lane: Lane, victim: TealProcess): number => lane.members.findIndex(member => member !== victim && member.running);

function inGroups(): void {
  let target: Target;
  before(async () => {
    target = await openTarget('sandbox');
  });
  after(() => target.close());

  describe('three replicas', () => {
    let lane: Lane;
    before(async function () {
      this.timeout(120_000);
      lane = await openLane({ target, namespace: `three-${suffix}`, etcd: anyEtcd(), replicas: 3, args });
    });
    after(async function () {
      this.timeout(60_000);
      await lane.close();
    });

    it('share the work, whoever was asked, and never write to one app together', async function () {
      this.timeout(180_000);
      const apps = Array.from({ length: 18 }, newApp);
      const ids = await Promise.all(
        apps.map(async (app, index) => {
          const user = lane.user(index % 3);
          return user.start(await user.describe(describeApp(lane, app)));
        }),
      );
      await Promise.all(ids.map((id, index) => endsOn(lane, (index + 1) % 3, id, 90_000)));
      const history = lane.history();
      const changed = new Map<string, Set<string>>();
      for (const { port, n, outcome, app, process } of history.calls)
        if (port === 'cluster' && n > 0 && outcome === 'done' && app !== undefined)
          changed.set(app, (changed.get(app) ?? new Set()).add(process));
      const workers = new Set([...changed.values()].flatMap(processes => [...processes]));
      expect(workers.size, 'replicas that worked').to.equal(3);
      expect(faultsIn(history, lane.namespace, apps)).to.deep.equal([]);
    });

    it('answer on each of them: what one accepted the others show, stream to the same byte, and take wishes for', async function () {
      this.timeout(60_000);
      const app = newApp();
      const [first, second, third] = [lane.user(0), lane.user(1), lane.user(2)];
      const id = await first.start(await first.describe(describeApp(lane, app, { promotion: 'manual' })));
      expect((await second.show(id)).id).to.equal(id);
      const streams = [first, second, third].map(({ client }) => openStream(client.url + client.pathOf(`/deployments/${id}/logs`)));
      await Promise.all(streams.map(({ opened }) => opened));
      await third.reaches(id, 'waiting');
      expect((await second.client.call('POST', `/deployments/${id}/promote`)).status).to.equal(202);
      await endsOn(lane, 2, id);
      const closes = await Promise.all(streams.map(({ closed }) => closed));
      expect(closes.map(({ code }) => code)).to.deep.equal([1000, 1000, 1000]);
      const texts = new Set(streams.map(stream => stream.text()));
      expect(texts.size, [...texts].join('\n--\n')).to.equal(1);
      expect([...texts][0]).to.include('Promoted');
      const record = livesOf(lane.history().facts, lane.namespace, app).get(id)?.at(-1)?.record;
      for (const user of [first, second, third]) expect(gapsInLog(record ?? ({ id } as never), await user.lines(id))).to.deep.equal([]);
    });

    it('go on when the owner of many apps is killed: each app is taken over once, and the API answers all the while', async function () {
      this.timeout(120_000);
      const started = await Promise.all(Array.from({ length: 9 }, () => ownedDeployment(lane, 8)));
      const victim = started[0]?.owner;
      if (!victim) throw new Error('there is an owner');
      const orphans = started.filter(({ owner }) => owner === victim);
      await victim.kill();
      const place = survivor(lane, victim);
      const user = lane.user(place);
      const from = performance.now();
      const accepted = await user.start(await user.describe(describeApp(lane, newApp())));
      expect(performance.now() - from, 'ms until a survivor accepts').to.be.lessThan(leaseMs / 2);
      await Promise.all([...started.map(({ id }) => endsOn(lane, place, id)), endsOn(lane, place, accepted)]);
      const history = lane.history();
      for (const { app } of orphans) {
        const taken = history.facts
          .filter(({ key, value }) => key === keys.app(lane.namespace, app) && value !== undefined)
          .map(({ value }) => JSON.parse(value ?? '') as App)
          .filter(({ owner }) => owner !== undefined);
        const epochs = new Map(taken.map(({ epoch, owner }) => [epoch, owner]));
        expect(
          taken.every(({ epoch, owner }) => epochs.get(epoch) === owner),
          `one owner per epoch of ${app}`,
        ).to.equal(true);
        expect(epochs.size, `epochs of ${app}`).to.equal(2);
      }
      expect(
        faultsIn(
          history,
          lane.namespace,
          started.map(({ app }) => app),
        ),
      ).to.deep.equal([]);
      await lane.mend();
    });

    it('a paused owner changes nothing more when it wakes after its lease', async function () {
      this.timeout(120_000);
      const { app, id, owner } = await ownedDeployment(lane, 8);
      owner.signal('SIGSTOP');
      lane.asleep.add(owner);
      await endsOn(lane, survivor(lane, owner), id);
      const woken = Date.now();
      owner.signal('SIGCONT');
      lane.asleep.delete(owner);
      await always('it changes nothing', 4000, () => {
        const own = changedAfter(lane.history().calls, processOf(owner), woken);
        if (own.length > 0) throw new Error(own.join(', '));
      });
      // It has a new lease and is a good replica again.
      expect((await lane.user(placeOf(lane, owner)).show(id)).status).to.equal('DEPLOYED');
      const user = lane.user(placeOf(lane, owner));
      await endsOn(lane, placeOf(lane, owner), await user.start(await user.describe(describeApp(lane, newApp()))));
      expect(faultsIn(lane.history(), lane.namespace, [app])).to.deep.equal([]);
    });
  });

  describe('a replica that is cut off', () => {
    let etcd: RunningEtcd;
    let lane: Lane;
    const toEtcd: TcpProxy[] = [];
    const toCluster: TcpProxy[] = [];

    before(async function () {
      this.timeout(120_000);
      etcd = await startEtcd({ bin: anyEtcd(), extraArgs: ['--unsafe-no-fsync'] });
      const api = new URL(target.kube.connection.url);
      for (let place = 0; place < 2; place++) {
        toEtcd.push(await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(etcd.endpoint).port) }));
        toCluster.push(await startTcpProxy({ host: api.hostname, port: Number(api.port) }));
      }
      const different = toEtcd.map(({ port }, place) => ({
        args: ['--etcd', `http://127.0.0.1:${port}`, '--kubernetes', `http://127.0.0.1:${toCluster[place]?.port ?? 0}`],
      }));
      lane = await openLane({ target, namespace: `cut-${suffix}`, etcdUrl: etcd.endpoint, replicas: 2, args, different });
    });
    after(async function () {
      this.timeout(60_000);
      await lane.close();
      for (const proxy of [...toEtcd, ...toCluster]) await proxy.stop();
      await etcd.stop();
    });

    async function ready(place: number): Promise<void> {
      await eventually('it is ready', 30_000, async () => {
        const answer = await fetch(`${lane.members[place]?.url ?? ''}/readyz`);
        if (answer.status !== 200) throw new Error(await answer.text());
      });
    }

    it('from etcd only: the other takes over within the lease, and the old owner changes nothing after it', async function () {
      this.timeout(120_000);
      const { app, id, owner } = await ownedDeployment(lane, 8);
      const place = placeOf(lane, owner);
      const proxy = toEtcd[place];
      if (!proxy) throw new Error('every member has a proxy');
      proxy.mode = 'hold';
      const cut = Date.now();
      await endsOn(lane, 1 - place, id);
      expect(changedAfter(lane.history().calls, processOf(owner), cut + leaseMs)).to.deep.equal([]);
      proxy.mode = 'pass';
      proxy.cut();
      const healed = Date.now();
      await ready(place);
      await always('it changes nothing', 3000, () =>
        expect(changedAfter(lane.history().calls, processOf(owner), healed)).to.deep.equal([]),
      );
      expect(faultsIn(lane.history(), lane.namespace, [app])).to.deep.equal([]);
    });

    it('from Kubernetes only, for longer than its lease: it keeps the app, and ends the work when it is back', async function () {
      this.timeout(120_000);
      const { app, id, owner } = await ownedDeployment(lane, 4);
      const place = placeOf(lane, owner);
      const proxy = toCluster[place];
      if (!proxy) throw new Error('every member has a proxy');
      proxy.mode = 'hold';
      await always('nobody else touches it', leaseMs + 2000, () => expect(ownerOf(lane, app)).to.equal(owner));
      const user = lane.user(1 - place);
      await endsOn(lane, 1 - place, await user.start(await user.describe(describeApp(lane, newApp()))), 30_000).catch((error: unknown) => {
        // The cut-off replica may have claimed it: then it waits as well.
        if (!/DEPLOYING/.test(String(error))) throw error;
      });
      proxy.mode = 'pass';
      proxy.cut();
      await endsOn(lane, 1 - place, id);
      await ready(place);
      expect(faultsIn(lane.history(), lane.namespace, [app])).to.deep.equal([]);
    });
  });

  describe('two replicas whose clocks are an hour apart', () => {
    let lane: Lane;
    before(async function () {
      this.timeout(120_000);
      const different = [{}, { env: { TEAL_CLOCK_SHIFT: String(3_600_000) } }];
      lane = await openLane({ target, namespace: `clocks-${suffix}`, etcd: anyEtcd(), replicas: 2, args, different });
    });
    after(async function () {
      this.timeout(60_000);
      await lane.close();
    });

    it('take over from each other without a wrong deadline, and no time goes back', async function () {
      this.timeout(180_000);
      const apps: string[] = [];
      for (const victim of [0, 1]) {
        const started: Awaited<ReturnType<typeof ownedDeployment>>[] = [];
        const owners = () => started.map(({ owner }) => placeOf(lane, owner));
        // On a busy machine one replica may be the quicker one ten times.
        for (let round = 0; round < 4 && !owners().includes(victim); round++)
          started.push(...(await Promise.all(Array.from({ length: 10 }, () => ownedDeployment(lane, 8)))));
        apps.push(...started.map(({ app }) => app));
        expect(owners(), 'owners').to.include(victim);
        await lane.members[victim]?.kill();
        await Promise.all(started.map(({ id }) => endsOn(lane, 1 - victim, id)));
        await lane.mend();
      }
      expect(faultsIn(lane.history(), lane.namespace, apps)).to.deep.equal([]);
    });

    it('keep the promised pause before the switch, whoever wrote and whoever reads the time', async function () {
      this.timeout(90_000);
      for (const place of [0, 1]) {
        const app = newApp();
        const user = lane.user(place);
        await endsOn(lane, 1 - place, await user.start(await user.describe(describeApp(lane, app))));
        const id = await user.start(await user.describe(describeApp(lane, app, { image: 'v2', promotionSeconds: 3 })));
        await user.reaches(id, 'waiting');
        const from = performance.now();
        await endsOn(lane, place, id);
        expect(performance.now() - from, 'ms of the pause, the confirmation and the drain').to.be.within(3500, 20_000);
      }
    });

    it('list the newest first and roll back to the version before, also when the slow clock accepted last', async function () {
      this.timeout(90_000);
      const app = newApp();
      const [slow, fast] = [lane.user(0), lane.user(1)];
      const first = await fast.start(await fast.describe(describeApp(lane, app)));
      await endsOn(lane, 1, first);
      const second = await slow.start(await slow.describe(describeApp(lane, app, { image: 'v2' })));
      await endsOn(lane, 0, second);
      expect((await slow.list({ appname: app })).map(({ id }) => id)).to.deep.equal([second, first]);
      const reply = await slow.client.call('POST', `/deployments/${second}/rollback`);
      expect(reply.status, reply.text).to.equal(202);
    });
  });
}

describe('replicas', () => {
  if (etcdBinary === undefined && process.env['TEAL_TEST_REQUIRE_ALL']) it('can run here', () => void anyEtcd());
  else if (etcdBinary === undefined) it.skip('is left out: there is no etcd on this machine');
  else inGroups();
});

describe('replicas on the real cluster', () => {
  it('the second replica ends a redeployment whose owner is killed right after the intent, and no request is lost', async function () {
    this.timeout(240_000);
    const why = etcdBinary === undefined ? 'there is no etcd' : await whyNotHere('real-nginx');
    if (why !== undefined) {
      if (process.env['TEAL_TEST_REQUIRE_ALL']) throw new Error(why);
      this.skip();
    }
    const target = await openTarget('real-nginx');
    const lane = await openLane({ target, namespace: `replicas-${suffix}`, etcd: anyEtcd(), replicas: 2, args: laneArgs });
    try {
      const life = await beginLife(lane, target);
      await runCell(life, 'deploy', { at: 'never' });
      const { strike } = await runCell(life, 'redeploy', { at: 'phase', phase: 'switching', deed: 'kill', seed: 1 });
      expect(strike?.what).to.match(/switching/);
    } finally {
      await lane.close();
      await target.close();
    }
  });
});
