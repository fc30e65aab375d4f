/** Outages that no proxy can imitate: etcd's disk quota is used up, its tokens run out, the API server ends and starts again, its watches fall silent. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Etcd3, Range } from 'etcd3';
import type { RunningEtcd } from '../support/etcd.ts';
import { always, eventually, within } from '../support/wait.ts';
import { openStage, type Stage, type World } from '../support/world.ts';
import { createPatientUser } from './patient-user.ts';
import { compact } from './rows.ts';

const oldOnly = (version: string) => [
  'Ingress shop',
  `Ingress shop-${version}`,
  `ReplicationController shop-${version}`,
  'Service shop',
  `Service shop-${version}`,
];

/** Asks etcd's JSON gateway. */
async function ask(etcd: RunningEtcd, path: string, body: object): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${etcd.endpoint}${path}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: answer.status, text: await answer.text() };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Puts until etcd says that there is no space. */
async function fill(etcd: RunningEtcd): Promise<void> {
  for (let count = 0; count < 200; count++) {
    const { status, text } = await ask(etcd, '/v3/kv/put', { key: base64(`/fill/${String(count)}`), value: base64('x'.repeat(200_000)) });
    if (status !== 200) {
      expect(text).to.include('database space exceeded');
      return;
    }
  }
  throw new Error('etcd never filled up');
}

/** What the manual of etcd says: delete, compact, defragment, disarm. */
async function makeRoom(etcd: RunningEtcd): Promise<void> {
  await ask(etcd, '/v3/kv/deleterange', { key: base64('/fill/'), range_end: base64('/fill0') });
  await compact(etcd.endpoint);
  expect((await ask(etcd, '/v3/maintenance/defragment', {})).status).to.equal(200);
  const alarms = JSON.parse((await ask(etcd, '/v3/maintenance/alarm', { action: 'GET' })).text) as { alarms?: { memberID: string }[] };
  for (const { memberID } of alarms.alarms ?? [])
    await ask(etcd, '/v3/maintenance/alarm', { action: 'DEACTIVATE', memberID, alarm: 'NOSPACE' });
}

/** Root with all rights, and a user for Teal with those that it needs; answers Teal's settings. */
async function withUsers(etcd: RunningEtcd, passwordFile: string): Promise<string[]> {
  const client = new Etcd3({ hosts: etcd.endpoint });
  await client.role('root').create();
  await client.role('teal').create();
  await client.role('teal').grant({ permission: 'Readwrite', range: Range.prefix('/deployer/') });
  await client.user('root').create('root-pass');
  await client.user('root').addRole('root');
  await client.user('teal').create('pass');
  await client.user('teal').addRole('teal');
  await client.auth.authEnable();
  client.close();
  await writeFile(passwordFile, 'pass\n');
  return ['--etcd-user', 'teal', '--etcd-password-file', passwordFile];
}

describe('outages', function () {
  this.timeout(240_000);
  let stage: Stage;
  let dir: string;
  before(async () => {
    stage = await openStage('sandbox');
    dir = await mkdtemp(join(tmpdir(), 'teal-outages-'));
  });
  after(async () => {
    await stage.close();
    await rm(dir, { recursive: true, force: true });
  });
  const play = (run: (world: World) => Promise<void>) => within('the outage', 230_000, stage.play(run));

  it("when etcd's disk quota is used up, writes are 503 and say so, reads and traffic go on, and with room again everything goes on", () =>
    play(async world => {
      const { server, user } = await world.start({ faults: true, etcd: true, etcdArgs: ['--quota-backend-bytes=4194304'] });
      const etcd = server.faults?.etcd;
      if (!etcd) throw new Error('no etcd');
      const first = await user.deploy(world.routed());
      const second = await user.start(await user.describe(world.routed({ image: 'v2', promotion: 'manual' })));
      await user.reaches(second, 'waiting');
      await fill(etcd);
      const report = await world.traffic(async () => {
        const refused = await user.client.call('POST', '/descriptors/', { body: world.demo() });
        expect([refused.status, Number(refused.headers['retry-after']) > 0]).to.deep.equal([503, true]);
        expect(refused.text).not.to.match(/at .*\.[jt]s:\d+/);
        expect((await user.client.call('POST', `/deployments/${second}/promote`)).status).to.equal(503);
        expect((await user.client.call('PUT', `/deployments/${first.id}/`)).status).to.equal(503);
        await always('reads are answered, and nothing moves', 3000, async () => {
          expect((await user.show(second)).phase).to.equal('waiting');
          expect(await world.pointing()).to.deep.equal({ service: '1', ingress: '1' });
        });
        await makeRoom(etcd);
        const patient = createPatientUser(user);
        await eventually('promoting works again', 20_000, async () =>
          expect((await user.client.call('POST', `/deployments/${second}/promote`)).status).to.equal(202),
        );
        expect((await patient.settled(second)).status).to.equal('DEPLOYED');
      });
      expect(report.lost).to.deep.equal([]);
      await world.stands(oldOnly('2'));
      expect((await user.list()).length, 'what was refused left nothing').to.equal(2);
      expect(server.process.running).to.equal(true);
    }));

  it('when tokens of etcd live for a second only, deployments, their watches and the lease go on', () =>
    play(async world => {
      const { server, user } = await world.start({
        faults: true,
        etcd: true,
        etcdArgs: ['--auth-token-ttl=1'],
        prepareEtcd: etcd => withUsers(etcd, join(dir, 'password')),
      });
      const first = await user.deploy(world.routed());
      await always('the app is served while tokens run out', 4000, async () =>
        expect((await world.ingress.get(world.host)).version).to.equal('v1'),
      );
      const second = await user.deploy(world.routed({ image: 'v2', drainSeconds: 3 }));
      expect((await user.settled(first.id)).status).to.equal('UNDEPLOYED');
      await user.undeploy(second.id);
      await world.stands([]);
      expect(server.process.printed('taking over an app'), 'the lease was never lost').to.deep.equal([]);
    }));

  it('when the API server has ended, nothing fails and nothing is begun; it comes back on its port and the deployment goes on', () =>
    play(async world => {
      const { server, user } = await world.start({ faults: true });
      const api = server.faults?.api;
      await user.deploy(world.routed());
      await api?.leave();
      const report = await world.traffic(async () => {
        const id = await user.start(await user.describe(world.routed({ image: 'v2' })));
        await always('the deployment is accepted and waits', 6000, async () => {
          expect((await user.show(id)).status).to.equal('DEPLOYING');
          expect(await world.standing()).to.deep.equal(oldOnly('1'));
        });
        await eventually('readiness says so', 10_000, async () =>
          expect((await user.client.call('GET', '/readyz', { namespace: null })).status).to.equal(503),
        );
        await api?.comeBack();
        const from = performance.now();
        expect((await user.settled(id)).status).to.equal('DEPLOYED');
        expect(performance.now() - from, 'ms until it has ended').to.be.lessThan(30_000);
      });
      expect(report.lost).to.deep.equal([]);
      await world.stands(oldOnly('2'));
      await eventually('it is ready', 15_000, async () =>
        expect((await user.client.call('GET', '/readyz', { namespace: null })).status).to.equal(200),
      );
    }));

  it('when every watch is silent on an open connection, a deployment still ends, and its pods are seen after at most 75 s', () =>
    play(async world => {
      const { server, user } = await world.start({ faults: true, args: ['--timeout', '200'] });
      const faults = server.faults;
      await user.deploy(world.routed());
      const silent = faults?.gateway.spoil({ path: /./, watch: true, with: 'silent' });
      const watches = faults?.gateway.passed.filter(({ query }) => query.includes('watch=1')).length ?? 0;
      faults?.api.cut();
      await eventually('all watches are silent', 15_000, () => expect(silent?.struck()).to.be.at.least(6));
      silent?.heal();
      const from = performance.now();
      const id = await user.start(await user.describe(world.routed({ image: 'v2' })));
      expect((await user.ended(id, 110_000)).status).to.equal('DEPLOYED');
      expect(performance.now() - from).to.be.lessThan(95_000);
      const asked = (faults?.gateway.passed.filter(({ query }) => query.includes('watch=1')).length ?? 0) - watches;
      expect(asked, 'watches asked for meanwhile').to.be.lessThan(60);
      await world.stands(oldOnly('2'));
    }));
});
