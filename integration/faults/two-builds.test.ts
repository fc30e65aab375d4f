/** An older and a newer build share one store, as they do while Teal itself is updated, and when that is taken back. */

import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { createClient } from '../support/client.ts';
import { readContract } from '../support/contract.ts';
import { demo, type DemoWish } from '../support/demo.ts';
import { startEtcd, type RunningEtcd } from '../support/etcd.ts';
import { anyEtcd, findEtcd } from '../support/find-etcd.ts';
import { checkOut, whyNoCommit, type OlderBuild } from '../support/older-build.ts';
import { openTarget, type Target } from '../support/targets.ts';
import { startTeal, type TealProcess } from '../support/teal-process.ts';
import { createUser, type User } from '../support/user.ts';

/** The oldest build that this one must get along with. Move it when a release says that one has to stop all replicas. */
const olderCommit = '3923da340016783d9bcfab3d92d37d3e16d9eff0';

const namespace = `builds-${randomBytes(2).toString('hex')}`;
const apps = ['one', 'two', 'three', 'four', 'five', 'six'];

function together(): void {
  let target: Target;
  let etcd: RunningEtcd;
  let build: OlderBuild;
  let older: TealProcess;
  let newer: TealProcess;

  const start = (options: { command?: string[]; env?: Record<string, string> } = {}) =>
    startTeal(
      ['--etcd', etcd.endpoint, ...target.clusterArgs, ...target.routingArgs, '--lease', '5', '--confirm', '1', '--timeout', '60'],
      options,
    );
  // What an older build answers need not be what today's document says.
  const userOf = (teal: TealProcess): User =>
    createUser(createClient({ url: teal.url, namespace, ...(teal === newer ? { contract: readContract() } : {}) }));
  const describeApp = (user: User, appName: string, wish: DemoWish = {}) =>
    user.describe(demo(namespace, { appName, frontend: `${appName}.${namespace}.example.test`, ...wish }));

  async function endsWell(user: User, id: string): Promise<void> {
    const record = await user.ended(id, 60_000);
    expect(record.status, await user.log(id)).to.equal('DEPLOYED');
    await user.settled(id, 30_000);
  }

  /** Each app gets its next version, asked of both in turn; `victim` is killed when all are under way. */
  async function redeploy(victim: TealProcess, survivor: TealProcess): Promise<void> {
    const users = [victim, survivor].map(userOf);
    const ids = await Promise.all(
      apps.map(async (app, index) => {
        const user = users[index % 2] as User;
        const id = await user.start(await describeApp(user, app, { image: 'v2', env: { READY_DELAY: '3s' } }));
        await user.reaches(id, 'verifying');
        return id;
      }),
    );
    await victim.kill();
    await Promise.all(ids.map(id => endsWell(userOf(survivor), id)));
  }

  before(async function () {
    this.timeout(180_000);
    build = checkOut(olderCommit);
    target = await openTarget('sandbox');
    await target.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    etcd = await startEtcd({ bin: anyEtcd(), extraArgs: ['--unsafe-no-fsync'] });
    older = await start(build);
    newer = await start();
  });

  after(async function () {
    this.timeout(60_000);
    for (const teal of [older, newer]) if (teal.running) await teal.kill();
    await etcd.stop();
    await target.close();
    build.remove();
  });

  it('both take work, and show what the other accepted', async function () {
    this.timeout(120_000);
    const users = [older, newer].map(userOf);
    const ids = await Promise.all(
      apps.map(async (app, index) => {
        const user = users[index % 2] as User;
        return user.start(await describeApp(user, app));
      }),
    );
    await Promise.all(ids.map((id, index) => endsWell(users[(index + 1) % 2] as User, id)));
  });

  it('the newer one ends what the older one had begun', async function () {
    this.timeout(120_000);
    await redeploy(older, newer);
  });

  it('the older one ends what the newer one had begun, and rolls it back', async function () {
    this.timeout(120_000);
    older = await start(build);
    await redeploy(newer, older);
    const user = userOf(older);
    const [live] = await user.list({ appname: 'one' });
    const reply = await user.client.call('POST', `/deployments/${live?.id ?? ''}/rollback`);
    expect(reply.status, reply.text).to.equal(202);
    const [rollback] = await user.list({ appname: 'one' });
    await endsWell(user, rollback?.id ?? '');
  });

  it('one version of each app stands in the end', async () => {
    const controllers = await target.kube.list('ReplicationController', namespace);
    expect(controllers.map(({ metadata }) => metadata.labels?.['app']).sort()).to.deep.equal([...apps].sort());
  });
}

describe('an older and a newer build on one store', () => {
  const missing = whyNoCommit(olderCommit);
  if (missing !== undefined) it.skip(`they work together - left out: ${missing}`);
  else if (findEtcd('3.6') === undefined && findEtcd('3.4') === undefined && !process.env['TEAL_TEST_REQUIRE_ALL'])
    it.skip('they work together: there is no etcd on this machine');
  else together();
});
