/** File handles: a crowd of connections cannot take them all, and when there are none left nothing breaks for good. */

import { expect } from 'chai';
import { readContract } from '../support/contract.ts';
import { sendCrowd } from '../support/crowd.ts';
import { demo } from '../support/demo.ts';
import { openHandles, setLimit } from '../support/limits.ts';
import { startServer, type Server } from '../support/server.ts';
import { openTarget, type Target } from '../support/targets.ts';
import { idOf, type User } from '../support/user.ts';
import { always, eventually } from '../support/wait.ts';

const handles = 256;
const contract = readContract();
const quick = ['--timeout', '60', '--confirm', '1', '--drain', '0', '--health-via', 'api-proxy'];

describe('file handles', function () {
  this.timeout(300_000);
  let target: Target;
  let server: Server;
  let user: User;
  let namespace: string;
  let named = 0;
  before(async () => (target = await openTarget('sandbox')));
  after(() => target.close());
  beforeEach(() => {
    namespace = `handles-${process.pid}-${++named}`;
    return target.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  });
  afterEach(() => server.stop());

  async function start(under: string[] = []): Promise<void> {
    server = await startServer({
      store: {},
      clusterArgs: target.clusterArgs,
      connection: target.kube.connection,
      args: [...target.routingArgs, ...quick],
      contract,
      under,
    });
    user = server.user(namespace);
  }
  const app = (image: string, more = {}) => demo(namespace, { image, frontend: `${namespace}.example.test`, ...more });
  const ready = () => user.client.call('GET', '/readyz', { namespace: null });

  it('are left for its own work when a crowd of connections wants more than there are', async () => {
    await start(['prlimit', `--nofile=${handles}:${handles}`]);
    await user.deploy(app('v1'));
    const crowd = sendCrowd(server.process.url, 2 * handles);
    try {
      await eventually('the crowd is there', 30_000, () => expect(crowd.open).to.be.greaterThan(handles / 3));
      await always('some are left', 4000, () => expect(openHandles(server.process.pid)).to.be.lessThan(0.8 * handles));
      // Its connection was there before the crowd.
      await user.deploy(app('v2'));
      expect((await ready()).status).to.equal(200);
    } finally {
      crowd.leave();
    }
    await eventually('new connections are taken again', 30_000, async () =>
      expect((await fetch(`${server.process.url}/readyz`)).status).to.equal(200),
    );
  });

  it('when none is left, changes are 503 once the store needs one, readiness says why, and all goes on by itself when the crowd has gone', async () => {
    await start();
    const { pid } = server.process;
    const first = await user.deploy(app('v1'));
    setLimit(pid, 'nofile', openHandles(pid) + 64);
    const crowd = sendCrowd(server.process.url, 2 * handles);
    const taken: string[] = [];
    const large = (count: number) => app('v1', { appName: `large-${count}`, env: { PADDING: 'x'.repeat(200_000) } });
    try {
      // The log of the embedded store ends after four megabytes; a new one is a new file.
      const refused = await eventually('the store needs a handle', 120_000, async () => {
        expect(crowd.open).to.be.greaterThan(30);
        const reply = await user.client.call('POST', '/descriptors/', { body: large(taken.length) });
        if (reply.status === 201) taken.push(idOf(reply));
        expect(reply.status).to.equal(503);
        return reply;
      });
      expect(Number(refused.headers['retry-after'])).to.be.greaterThan(0);
      const unready = await ready();
      expect(unready.status).to.equal(503);
      expect(unready.text).to.include('[-] store: this process has no file handles left');
      await always('reads go on', 3000, async () => expect((await user.show(first.id)).status).to.equal('DEPLOYED'));
    } finally {
      crowd.leave();
    }
    await eventually('it is ready by itself', 60_000, async () => expect((await ready()).status).to.equal(200));
    await user.deploy(app('v2'));
    expect(server.process.running).to.equal(true);

    await server.process.kill();
    await server.start();
    const again = server.user(namespace);
    for (const id of taken) expect((await again.client.call('GET', `/descriptors/${id}/`)).status).to.equal(200);
    expect((await again.list()).map(({ status }) => status).sort()).to.deep.equal(['DEPLOYED', 'UNDEPLOYED']);
  });
});
