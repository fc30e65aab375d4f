/** Host names of etcd and of the API server that do not resolve: when Teal starts, and while it runs. */

import { expect } from 'chai';
import { createClient } from '../support/client.ts';
import { readContract } from '../support/contract.ts';
import { demo } from '../support/demo.ts';
import { startEtcd, type RunningEtcd } from '../support/etcd.ts';
import { anyEtcd, findEtcd } from '../support/find-etcd.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { createOwnNames, type OwnNames } from '../support/own-names.ts';
import { openTarget, type Target } from '../support/targets.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { startTeal, type TealProcess } from '../support/teal-process.ts';
import { createUser, type User } from '../support/user.ts';
import { always, eventually } from '../support/wait.ts';

const contract = readContract();
const etcdName = 'etcd.own.test';
const apiName = 'api.own.test';
const quick = ['--timeout', '60', '--confirm', '1', '--drain', '0', '--health-via', 'api-proxy'];
const unknown = 'its host name cannot be resolved';

function withEtcd(): void {
  let target: Target;
  let etcd: RunningEtcd;
  let store: TcpProxy;
  let api: TcpProxy;
  let gateway: Gateway;
  let names: OwnNames;
  let teal: TealProcess | undefined;
  const namespace = `names-${process.pid}`;

  const to = (url: string) => startTcpProxy({ host: '127.0.0.1', port: Number(new URL(url).port) });
  before(async function () {
    this.timeout(120_000);
    target = await openTarget('sandbox');
    await target.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    etcd = await startEtcd({ bin: anyEtcd(), extraArgs: ['--unsafe-no-fsync'] });
    store = await to(etcd.endpoint);
    // The simulated API server does not answer to names.
    gateway = await startGateway(target.kube.connection);
    api = await to(gateway.url);
    names = await createOwnNames();
  });
  afterEach(async () => {
    if (teal?.running) await teal.kill();
  });
  after(async () => {
    await Promise.all([store.stop(), api.stop(), names.dispose()]);
    await gateway.stop();
    await etcd.stop();
    await target.close();
  });

  async function start(): Promise<User> {
    const args = ['--etcd', `http://${etcdName}:${store.port}`, '--kubernetes', `http://${apiName}:${api.port}`];
    teal = await startTeal([...args, ...target.routingArgs, ...quick], { nodeFlags: names.nodeFlags, env: names.env });
    return createUser(createClient({ url: teal.url, namespace, contract }));
  }
  const app = (image: string, more = {}) => demo(namespace, { image, frontend: `${namespace}.example.test`, ...more });
  const readiness = async ({ client }: User) => {
    const { status, text } = await client.call('GET', '/readyz', { namespace: null });
    return { status, text };
  };

  const isReady = async (user: User) => {
    const { status, text } = await readiness(user);
    expect(status, text).to.equal(200);
  };

  it('an etcd that has no address ends the start with its name and that it cannot be resolved', async function () {
    this.timeout(120_000);
    await names.set(apiName);
    const refusal = await start().then(
      () => 'it started',
      (error: unknown) => String(error),
    );
    expect(refusal).to.include('before it was ready (1)').and.include(`the host name of etcd cannot be resolved`).and.include(etcdName);
  });

  it('an API server that has no address is told by readiness, and is there as soon as it has one', async function () {
    this.timeout(120_000);
    await names.set(etcdName);
    const user = await start();
    await eventually('readiness says so', 30_000, async () => {
      const { status, text } = await readiness(user);
      expect(status).to.equal(503);
      expect(text).to.include(`[-] cluster: ${unknown}`).and.include('[+] store ok').and.not.to.include(apiName);
    });
    await names.set(etcdName, apiName);
    await eventually('it is ready', 60_000, () => isReady(user));
  });

  it('when both names are gone and all connections are cut, etcd is reached at its last address, readiness says what is wrong with the API server, and a deployment waits for its name', async function () {
    this.timeout(240_000);
    await names.set(etcdName, apiName);
    const user = await start();
    const first = await user.deploy(app('v1'));
    const second = await user.start(await user.describe(app('v2', { promotion: 'manual' })));
    await user.reaches(second, 'waiting');
    await names.set();
    for (const proxy of [store, api]) proxy.cut();
    await eventually('readiness says so', 60_000, async () => {
      const { status, text } = await readiness(user);
      expect(status).to.equal(503);
      expect(text).to.include('[+] store ok').and.include(`[-] cluster: ${unknown}`);
    });
    expect((await user.client.call('POST', `/deployments/${second}/promote`)).status).to.equal(202);
    await always('what is stored is told, nothing fails and nothing moves', 5000, async () => {
      expect((await user.show(second)).status).to.equal('DEPLOYING');
      expect((await user.show(first.id)).status).to.equal('DEPLOYED');
    });
    await names.set(etcdName, apiName);
    await eventually('it is ready', 60_000, () => isReady(user));
    expect((await user.settled(second)).status).to.equal('DEPLOYED');
  });
}

describe('host names that do not resolve', () => {
  if (findEtcd('3.6') === undefined && findEtcd('3.4') === undefined) {
    if (process.env['TEAL_TEST_REQUIRE_ALL']) it('can be had here', () => void anyEtcd());
    else it.skip('are left out: there is no etcd on this machine');
  } else withEtcd();
});
