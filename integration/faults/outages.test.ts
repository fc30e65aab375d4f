/** Outages that no proxy can imitate: etcd's disk quota is used up, its tokens run out, the API server ends and starts again, its watches fall silent. */

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { keys } from '../../src/store/keys.ts';
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
  const everything = { permType: 'READWRITE', key: base64('/deployer/'), range_end: base64('/deployer0') };
  for (const [path, body] of [
    ['role/add', { name: 'root' }],
    ['role/add', { name: 'teal' }],
    ['role/grant', { name: 'teal', perm: everything }],
    ['user/add', { name: 'root', password: 'root-pass' }],
    ['user/grant', { user: 'root', role: 'root' }],
    ['user/add', { name: 'teal', password: 'pass' }],
    ['user/grant', { user: 'teal', role: 'teal' }],
    ['enable', {}],
  ] as const)
    expect((await ask(etcd, `/v3/auth/${path}`, body)).status, path).to.equal(200);
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

  it('when etcd is restored from an old backup, Teal writes nothing to the cluster, and readiness says why', () =>
    play(async world => {
      const { server, user } = await world.start({ faults: true, etcd: true });
      const etcd = server.faults?.etcd;
      if (!etcd) throw new Error('no etcd');
      await user.deploy(world.routed());
      await etcd.kill('SIGTERM');
      const backup = join(dir, 'backup');
      await cp(etcd.dataDir, backup, { recursive: true });
      await etcd.restart();
      await createPatientUser(user).settled((await eventually('the store is back', 20_000, () => user.list()))[0]?.id ?? '');
      await user.deploy(world.routed({ image: 'v2' }));
      await user.deploy(world.routed({ image: 'v3' }));
      await server.process.stop();
      await etcd.kill('SIGTERM');
      await rm(etcd.dataDir, { recursive: true });
      await cp(backup, etcd.dataDir, { recursive: true });
      await etcd.restart();
      await server.start();
      const again = server.user(world.namespace);
      const written = () => server.faults?.gateway.passed.filter(({ method }) => method !== 'GET').length;
      const before = written();
      await again.start(await again.describe(world.routed({ image: 'v2' })));
      await eventually('readiness tells the alarm', 20_000, async () => {
        const ready = await again.client.call('GET', '/readyz', { namespace: null });
        expect(ready.status).to.equal(503);
        expect(ready.text).to.include('STORE_BEHIND_CLUSTER');
      });
      await always('what serves is left alone', 4000, async () => {
        expect(written()).to.equal(before);
        expect((await world.ingress.get(world.host)).version).to.equal('v3');
      });
    }));

  it('a record that a newer Teal wrote is left alone and told, and all other apps go on', () =>
    play(async world => {
      const { server, user } = await world.start({ faults: true, etcd: true });
      const etcd = server.faults?.etcd;
      if (!etcd) throw new Error('no etcd');
      await user.deploy(world.routed());
      const key = keys.app(world.namespace, 'shop');
      const stored = JSON.parse((await ask(etcd, '/v3/kv/range', { key: base64(key) })).text) as { kvs: { value: string }[] };
      const app = JSON.parse(Buffer.from(stored.kvs[0]?.value ?? '', 'base64').toString()) as object;
      await ask(etcd, '/v3/kv/put', { key: base64(key), value: base64(JSON.stringify({ ...app, schema: 2, novel: true })) });
      await eventually('it is told', 10_000, () => expect(server.process.printed('a stored record is left alone')).not.to.deep.equal([]));
      await world.kube.edit('Service', world.namespace, 'shop', object => (object['spec'].selector = { app: 'shop' }));
      await user.deploy(world.demo({ appName: 'other' }));
      expect((await world.object('Service', 'shop'))?.['spec'].selector, 'not repaired by guessing').to.deep.equal({ app: 'shop' });
      const after = JSON.parse((await ask(etcd, '/v3/kv/range', { key: base64(key) })).text) as { kvs: { value: string }[] };
      expect(JSON.parse(Buffer.from(after.kvs[0]?.value ?? '', 'base64').toString())).to.deep.equal({ ...app, schema: 2, novel: true });
      expect(server.process.running).to.equal(true);
    }));

  it('an environment key that changes in the middle of a deployment is the next one to see', () =>
    play(async world => {
      const put = (etcd: RunningEtcd, value: string) =>
        ask(etcd, '/v3/kv/put', { key: base64(keys.environmentKey('COLOUR')), value: base64(value) });
      const { server, user } = await world.start({ faults: true, etcd: true, prepareEtcd: async etcd => (await put(etcd, 'green'), []) });
      const etcd = server.faults?.etcd;
      if (!etcd) throw new Error('no etcd');
      const colourOf = async (version: string) => {
        const rc = await world.object('ReplicationController', `shop-${version}`);
        const variables = rc?.['spec'].template.spec.containers[0].env as { name: string; value: string }[];
        return variables.find(({ name }) => name === 'COLOUR')?.value;
      };
      const id = await user.start(await user.describe(world.demo({ promotion: 'manual' })));
      await user.reaches(id, 'waiting');
      await put(etcd, 'blue');
      expect((await user.client.call('POST', `/deployments/${id}/promote`)).status).to.equal(202);
      expect((await user.ended(id)).status).to.equal('DEPLOYED');
      expect(await colourOf('1')).to.equal('green');
      await user.deploy(world.demo());
      expect(await colourOf('2')).to.equal('blue');
    }));
});
