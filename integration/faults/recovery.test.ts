/** What the crash matrix does not reach: recoveries that die themselves, ends that come too late for a deadline, and builds of different age on one store. */

import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/store.ts';
import { beginLife, leaseMs, runCell, type Life } from '../crash/cell.ts';
import { laneArgs } from '../crash/fleet.ts';
import { openLane, type Lane } from '../crash/lane.ts';
import { anyEtcd, findEtcd } from '../support/find-etcd.ts';
import { openTarget, type Target } from '../support/targets.ts';
import { always } from '../support/wait.ts';

const suffix = randomBytes(2).toString('hex');
const args = [...laneArgs, '--health-via', 'api-proxy'];
const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

describe('recovery', () => {
  let target: Target;
  let lane: Lane;

  before(async function () {
    this.timeout(120_000);
    target = await openTarget('sandbox');
    lane = await openLane({ target, namespace: `recovery-${suffix}`, replicas: 1, args });
  });
  after(async function () {
    this.timeout(60_000);
    await lane.close();
    await target.close();
  });

  async function serving(change: (life: Life) => void = () => undefined): Promise<Life> {
    const life = await beginLife(lane, target);
    await runCell(life, 'deploy', { at: 'never' });
    change(life);
    return life;
  }

  for (const phase of ['starting', 'switching', 'confirming', 'draining']) {
    it(`killed in ${phase} and then five times in a row while it recovers, a redeployment ends as if nothing had happened`, async function () {
      this.timeout(240_000);
      const life = await serving();
      let deaths = 0;
      const recovering = async () => {
        // Registering is the second call of a new process; claiming the app, the fence and the work follow.
        for (let n = 2; n <= 6; n++) {
          const order = { at: 'call', n, moment: n % 2 === 0 ? 'committed' : 'before', deed: 'kill', seed: n } as const;
          await lane.mend(order).catch(() => undefined);
          const exit = await Promise.race([lane.server.process.exited, pause(15_000)]);
          if (exit?.signal === 'SIGKILL') deaths++;
          else await lane.server.process.kill();
        }
      };
      const { strike } = await runCell(life, 'redeploy', { at: 'phase', phase, deed: 'kill', seed: 1 }, { recovering });
      expect(strike?.what).to.include(phase);
      expect(deaths, 'deaths during recovery').to.equal(5);
    });
  }

  for (const phase of ['starting', 'confirming']) {
    it(`an exception that nobody catches in ${phase} ends Teal in order with exit code 1, and the next start goes on`, async function () {
      this.timeout(120_000);
      const life = await serving();
      const { strike } = await runCell(life, 'redeploy', { at: 'phase', phase, deed: 'throw', seed: 1 });
      expect(strike?.what).to.include(phase);
    });
  }

  it('a healthy version gets the traffic also when nobody was there for longer than its time to become healthy', async function () {
    this.timeout(120_000);
    const life = await serving(app => {
      const { describe } = app;
      app.describe = wish => describe({ ...wish, timeoutSeconds: 8 });
    });
    const { strike } = await runCell(life, 'redeploy', { at: 'phase', phase: 'switching', deed: 'kill', seed: 1 }, { forMs: 9000 });
    expect(strike?.what).to.include('switching');
  });

  it('a version that never became healthy fails soon after the next start when its time ended while nobody was there', async function () {
    this.timeout(120_000);
    const life = await serving();
    const user = life.user();
    const id = await user.start(await user.describe(life.describe({ env: { READY_DELAY: '300s' }, timeoutSeconds: 6 })));
    await user.reaches(id, 'verifying');
    await lane.server.process.kill();
    await pause(7000);
    await lane.mend();
    const record = await life.user().ended(id, 5000);
    expect([record.status, record.reason?.code]).to.deep.equal(['FAILURE', 'TIMEOUT']);
    expect((await life.user().show(life.serving?.id ?? '')).status).to.equal('DEPLOYED');
  });
});

function onEtcd(): void {
  let target: Target;
  let lane: Lane;
  let store: Store;

  before(async function () {
    this.timeout(120_000);
    target = await openTarget('sandbox');
    lane = await openLane({ target, namespace: `builds-${suffix}`, etcd: anyEtcd(), replicas: 1, args });
    store = await openEtcdStore({ endpoints: [lane.server.etcd ?? ''] }, { clock: systemClock, log: silentLogger });
  });
  after(async function () {
    this.timeout(60_000);
    await store.close();
    await lane.close();
    await target.close();
  });

  type Record_ = Record<string, unknown>;
  /** Changes a stored record as another build would: by compare-and-set. */
  async function rewrite(key: string, change: (record: Record_) => Record_): Promise<void> {
    for (;;) {
      const entry = await store.get(key);
      if (!entry) throw new Error(`${key} is not there`);
      const before = JSON.parse(entry.value) as Record_;
      // Every build writes a later time with every change.
      const { lastModified } = before;
      const later = typeof lastModified === 'string' ? { lastModified: new Date(Date.parse(lastModified) + 1).toISOString() } : {};
      const value = JSON.stringify({ ...change(before), ...later });
      const outcome = await store.transact({ compare: [{ key, revision: entry.revision }], writes: [{ put: key, value }] });
      if (outcome.committed) return;
    }
  }
  const stored = async (key: string) => JSON.parse((await store.get(key))?.value ?? '{}') as Record_;

  async function waiting(): Promise<{ life: Life; id: string; app: string; record: string }> {
    const life = await beginLife(lane, target);
    await runCell(life, 'deploy', { at: 'never' });
    const user = life.user();
    const id = await user.start(await user.describe(life.describe({ image: 'v2', promotion: 'manual' })));
    await user.reaches(id, 'waiting');
    return { life, id, app: keys.app(lane.namespace, life.name), record: keys.deployment(lane.namespace, id) };
  }

  it('what a newer build wrote into records beside ours is still there after our work on them', async function () {
    this.timeout(120_000);
    const { life, id, app, record } = await waiting();
    for (const key of [app, record]) await rewrite(key, before => ({ ...before, ofANewerBuild: { kept: true } }));
    expect((await life.user().client.call('POST', `/deployments/${id}/promote`)).status).to.equal(202);
    const done = await life.user().settled(id, 30_000);
    expect(done.status).to.equal('DEPLOYED');
    for (const key of [app, record]) expect((await stored(key))['ofANewerBuild'], key).to.deep.equal({ kept: true });
    expect(done, 'what the API shows').to.not.have.property('ofANewerBuild');
  });

  it('records without the fields that were added since the first build are worked on as ever', async function () {
    this.timeout(120_000);
    const { life, id, app, record } = await waiting();
    await rewrite(app, ({ uids: _uids, newest: _newest, highestFixed: _fixed, ...rest }) => rest);
    await rewrite(record, ({ replicas: _replicas, environmentNames: _names, waitingSince: _since, ...rest }) => rest);
    expect((await life.user().client.call('POST', `/deployments/${id}/promote`)).status).to.equal(202);
    life.serving = { id, version: (await life.user().settled(id, 30_000)).version };
    await runCell(life, 'redeploy', { at: 'never' });
    await runCell(life, 'undeploy', { at: 'never' });
  });

  it('an app in a format of the future is left alone, and the other apps go on', async function () {
    this.timeout(120_000);
    const { app, record } = await waiting();
    for (const key of [app, record]) await rewrite(key, before => ({ ...before, schema: 2, owner: undefined }));
    const before = [await store.get(app), await store.get(record)];
    await lane.server.process.kill();
    await lane.mend();
    const other = await beginLife(lane, target);
    await runCell(other, 'deploy', { at: 'never' });
    await always('nobody touches it', leaseMs + 2000, async () =>
      expect([await store.get(app), await store.get(record)]).to.deep.equal(before),
    );
    await runCell(other, 'redeploy', { at: 'never' });
  });
}

describe('builds of different age on one store', () => {
  if (findEtcd('3.6') === undefined && findEtcd('3.4') === undefined) {
    if (process.env['TEAL_TEST_REQUIRE_ALL']) it('can run here', () => void anyEtcd());
    else it.skip('is left out: there is no etcd on this machine');
  } else onEtcd();
});
