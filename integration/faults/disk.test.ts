/** The disk under the embedded store: full, too small to grow, not writable at all. */

import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readContract } from '../support/contract.ts';
import { demo } from '../support/demo.ts';
import { setLimit } from '../support/limits.ts';
import { startServer, type Server } from '../support/server.ts';
import { openSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { openTarget, type Target } from '../support/targets.ts';
import type { Deployment, User } from '../support/user.ts';
import { always, eventually } from '../support/wait.ts';
import { createPatientUser } from './patient-user.ts';

const megabytes = 32;
const contract = readContract();
const quick = ['--timeout', '60', '--confirm', '1', '--drain', '0', '--health-via', 'api-proxy'];

/** One way in which there is no more room. */
interface Shortage {
  dir: string;
  begin(server: Server): Promise<void> | void;
  end(server: Server): Promise<void> | void;
  close(): Promise<void>;
}

async function fullDisk(): Promise<Shortage | undefined> {
  const disk = await openSmallDisk(megabytes);
  return disk && { dir: join(disk.dir, 'data'), begin: disk.fill, end: disk.makeRoom, close: disk.unmount };
}

/** As a quota does; needs no rights. */
async function noGrowth(): Promise<Shortage> {
  const dir = await mkdtemp(join(tmpdir(), 'teal-data-'));
  return {
    dir,
    begin: server => setLimit(server.process.pid, 'fsize', 1),
    end: server => setLimit(server.process.pid, 'fsize', 'unlimited'),
    close: () => rm(dir, { recursive: true, force: true }),
  };
}

describe('the disk of the embedded store', function () {
  this.timeout(300_000);
  let target: Target;
  let namespace: string;
  let named = 0;
  before(async () => (target = await openTarget('sandbox')));
  after(() => target.close());
  beforeEach(async () => {
    namespace = `disk-${process.pid}-${++named}`;
    await target.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  });

  const startOn = (dir: string) =>
    startServer({
      store: {},
      clusterArgs: target.clusterArgs,
      connection: target.kube.connection,
      args: [...target.routingArgs, ...quick, '--data-dir', dir],
      contract,
    });
  const app = (image: string, more = {}) => demo(namespace, { image, frontend: `${namespace}.example.test`, ...more });
  const ready = ({ client }: User) => client.call('GET', '/readyz', { namespace: null });

  /** Ids of the descriptors that were taken before the first refusal, and the refusal. */
  async function untilRefused(user: User) {
    const taken: string[] = [];
    for (let count = 0; count < 200; count++) {
      const reply = await user.client.call('POST', '/descriptors/', { body: app('v1', { appName: `other-${count}` }) });
      if (reply.status !== 201) return { taken, refused: reply };
      taken.push(/^\/descriptors\/([^/]+)/.exec(reply.headers['location'] ?? '')?.[1] ?? '');
    }
    throw new Error('nothing was ever refused');
  }

  async function survives(shortage: Shortage): Promise<void> {
    const server = await startOn(shortage.dir);
    try {
      const user = server.user(namespace);
      const first = await user.deploy(app('v1'));
      const second = await user.start(await user.describe(app('v2', { promotion: 'manual' })));
      await user.reaches(second, 'waiting');
      await shortage.begin(server);
      const { taken, refused } = await untilRefused(user);
      expect([refused.status, Number(refused.headers['retry-after']) > 0], refused.text).to.deep.equal([503, true]);
      expect(refused.json()).to.include({ code: 'UNAVAILABLE' });
      expect(refused.text)
        .to.include('no room left')
        .and.not.to.match(/at .*\.[jt]s:\d+/);
      const there = async (who: User) => {
        for (const id of taken) expect((await who.client.call('GET', `/descriptors/${id}/`)).status).to.equal(200);
        expect((await who.show(first.id)).status).to.equal('DEPLOYED');
      };
      await always('reads are answered, nothing is taken and nothing moves', 4000, async () => {
        await there(user);
        const asked = await user.client.call('POST', `/deployments/${second}/promote`);
        expect([asked.status, asked.json()['detail']]).to.satisfy(
          ([status, why]: [number, string]) => status === 503 && /no room/.test(why),
        );
        expect((await user.show(second)).phase).to.equal('waiting');
      });
      const unready = await ready(user);
      expect([unready.status, unready.text]).to.satisfy(
        ([status, text]: [number, string]) => status === 503 && text.includes('[-] store: has no room left'),
      );
      expect(server.process.running).to.equal(true);

      await shortage.end(server);
      await eventually('it is ready by itself', 30_000, async () => expect((await ready(user)).status).to.equal(200));
      expect((await user.client.call('POST', `/deployments/${second}/promote`)).status).to.equal(202);
      const moved = await createPatientUser(user).settled(second);
      expect(moved.status).to.equal('DEPLOYED');
      expect((await user.settled(first.id)).status).to.equal('UNDEPLOYED');
      const listed = (await user.list()).map(({ id, status }: Deployment) => `${id} ${status}`).sort();
      expect(listed).to.have.length(2);

      await server.process.kill();
      await server.start();
      const again = server.user(namespace);
      await Promise.all(taken.map(async id => expect((await again.client.call('GET', `/descriptors/${id}/`)).status).to.equal(200)));
      expect((await again.list()).map(({ id, status }) => `${id} ${status}`).sort()).to.deep.equal(listed);
      await again.deploy(app('v3'));
    } finally {
      await server.stop();
      await shortage.close();
    }
  }

  it('when it is full, changes are 503 and say why, as readiness does, reads go on, and with room again everything goes on by itself', async function () {
    const shortage = await fullDisk();
    if (shortage === undefined) this.skip();
    await survives(shortage);
  });

  it('when files may not grow, it is as with a full disk', async () => survives(await noGrowth()));

  it('a start on a full disk names the directory and the reason, and loses nothing that was acknowledged before', async function () {
    const disk = await openSmallDisk(megabytes);
    if (disk === undefined) this.skip();
    const server = await startOn(join(disk.dir, 'data'));
    try {
      const user = server.user(namespace);
      await user.deploy(app('v1'));
      await disk.fill();
      const { taken } = await untilRefused(user);
      await server.process.kill();
      const refusal = await server.start().then(
        () => 'it started',
        (error: unknown) => String(error),
      );
      expect(refusal)
        .to.include(`${disk.dir}/data`)
        .and.match(/no space left/i);
      await disk.makeRoom();
      await server.start();
      const again = server.user(namespace);
      for (const id of taken) expect((await again.client.call('GET', `/descriptors/${id}/`)).status).to.equal(200);
      expect((await again.list()).map(({ status }) => status)).to.deep.equal(['DEPLOYED']);
    } finally {
      await server.stop();
      await disk.unmount();
    }
  });

  it('a data directory that must not be written ends the start with its name and what to do', async function () {
    const { dir, close } = (await lockedDirectory()) ?? {};
    if (dir === undefined) this.skip();
    try {
      const refusal = await startOn(dir).then(
        server => server.stop().then(() => 'it started'),
        (error: unknown) => String(error),
      );
      expect(refusal).to.include(dir).and.include('name another directory with --data-dir');
    } finally {
      await close?.();
    }
  });

  /** Permissions do not hold root, a file system that is read-only does. */
  async function lockedDirectory(): Promise<{ dir: string; close(): Promise<void> } | undefined> {
    if (process.getuid?.() !== 0) {
      const parent = await mkdtemp(join(tmpdir(), 'teal-locked-'));
      await chmod(parent, 0o500);
      return { dir: join(parent, 'data'), close: () => rm(parent, { recursive: true, force: true }) };
    }
    const disk: SmallDisk | undefined = await openSmallDisk(1);
    if (disk === undefined) return undefined;
    const dir = join(disk.dir, 'data');
    await mkdir(dir);
    disk.lock();
    return { dir, close: disk.unmount };
  }
});
