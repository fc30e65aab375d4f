import { expect } from 'chai';
import { keys } from '../store/keys.ts';
import { namespace, openRoom, refusal, type Room } from '../testing/deployments-room.ts';

const principal = 'tester';
const remove = (room: Room, id: string, deleteDeployment = false) =>
  room.deployments.remove({ namespace, id, principal, deleteDeployment });
const appRevision = async (room: Room) => (await room.repository.app(namespace, 'shop')).revision;
const lastLine = async (room: Room, id: string) => (await room.deployments.log(namespace, id, 0)).at(-1)?.message;
const namesClaimed = async (room: Room) =>
  (await room.store.range(keys.nameClaims(namespace))).entries.map(({ key }) => key.slice(keys.nameClaims(namespace).length));

describe('cancelling', () => {
  it('ends a queued deployment at once, and gives back what only it claimed', async () => {
    const room = await openRoom();
    const live = await room.deploy();
    await room.serve(live.id);
    const queued = await room.deploy({ frontend: 'new.example.test' });
    await remove(room, queued.id);
    const after = await room.deployments.get(namespace, queued.id);
    expect(after).to.include({ status: 'UNDEPLOYED', phase: 'settled' });
    expect(after.reason?.code).to.equal('CANCELLED');
    expect(after.settledAt).to.be.a('string');
    expect(after.log).to.eql({ next: 4, endSeq: 3, settledSeq: 3 });
    expect((await room.app()).queue).to.eql([]);
    expect(await namesClaimed(room)).to.have.members(['shop', 'shop-1', 'shop-www-redirect']);
    expect(await room.store.get(keys.hostClaim('new.example.test'))).to.equal(undefined);
    expect(await room.store.get(keys.hostClaim('shop.example.test'))).not.to.equal(undefined);
  });

  it('removes a queued deployment altogether when its record shall go', async () => {
    const room = await openRoom();
    const queued = await room.deploy();
    await remove(room, queued.id, true);
    expect(await room.deployments.find(namespace, queued.id)).to.equal(undefined);
    const left = (await room.store.range(keys.root)).entries.map(({ key }) => key);
    expect(left).to.eql([keys.app(namespace, 'shop')]);
    expect((await room.deploy()).version).to.equal('2');
  });

  it('tells the owner of a running deployment once, by a write of the app key', async () => {
    const room = await openRoom();
    const { id } = await room.deploy();
    await room.write(id, { phase: 'verifying' }, { queue: [], other: id });
    const before = await appRevision(room);
    await remove(room, id);
    expect((await room.deployments.get(namespace, id)).wishes).to.eql({ cancel: true });
    expect(await appRevision(room)).to.be.greaterThan(before);
    expect(await lastLine(room, id)).to.equal('Cancellation requested by tester');
    const told = await appRevision(room);
    await remove(room, id);
    expect(await appRevision(room)).to.equal(told);
    await remove(room, id, true);
    expect((await room.deployments.get(namespace, id)).wishes).to.eql({ cancel: true, delete: true });
  });

  it('survives the engine writing at the same time', async () => {
    const room = await openRoom();
    const { id } = await room.deploy();
    await room.write(id, { phase: 'verifying' }, { queue: [], other: id });
    const engine = (async () => {
      for (let line = 0; line < 10; line++)
        await room.write(id, {}, {}, [{ level: 'info', message: `line ${line}` }]).catch(() => undefined);
    })();
    await Promise.all([remove(room, id), engine]);
    expect((await room.deployments.get(namespace, id)).wishes).to.eql({ cancel: true });
    const seqs = (await room.deployments.log(namespace, id, 0)).map(({ seq }) => seq);
    expect(seqs).to.eql(seqs.map((_, index) => index + 1));
  });
});

describe('undeploying', () => {
  it('makes the live deployment UNDEPLOYING and opens its log again', async () => {
    const room = await openRoom();
    const { id } = await room.deploy();
    await room.serve(id);
    await room.write(id, { settledAt: '2026-01-01T00:00:00.000Z' });
    expect((await room.deployments.get(namespace, id)).log).to.have.keys('next', 'endSeq', 'settledSeq');
    await remove(room, id, true);
    const after = await room.deployments.get(namespace, id);
    expect(after.status).to.equal('UNDEPLOYING');
    expect(after.settledAt).to.equal(undefined);
    expect(after.wishes).to.eql({ undeploy: true, delete: true });
    expect(after.log).to.have.keys('next');
    expect((await room.deployments.log(namespace, id, 0)).map(({ message }) => message)).to.include(
      'Undeployment started, namespace shop-ns, appname shop',
    );
  });

  it('can be followed by the wish to delete the record', async () => {
    const room = await openRoom();
    const { id } = await room.deploy();
    await room.serve(id);
    await remove(room, id);
    await remove(room, id, true);
    expect((await room.deployments.get(namespace, id)).wishes).to.eql({ undeploy: true, delete: true });
  });
});

describe('deleting a deployment that has ended', () => {
  async function ended(room: Room) {
    const { id } = await room.deploy();
    await room.write(id, { status: 'FAILURE', phase: 'settled', settledAt: '2026-01-01T00:00:00.000Z' }, { queue: [] });
    return id;
  }

  it('does nothing without deleteDeployment', async () => {
    const room = await openRoom();
    const id = await ended(room);
    const before = await room.everything();
    await remove(room, id);
    expect(await room.everything()).to.equal(before);
  });

  it('removes record, index, log and health data when it is settled', async () => {
    const room = await openRoom();
    const id = await ended(room);
    await room.store.transact({ compare: [], writes: [{ put: keys.health(namespace, id), value: '[]' }] });
    await remove(room, id, true);
    // The app remembers its newest id, so that the next one is greater.
    expect((await room.everything()).replace(new RegExp(`newest\\W+${id}`), '').includes(id)).to.equal(false);
    expect(await refusal(room.deployments.health(namespace, id))).to.equal('NOT_FOUND');
    expect(await refusal(room.deployments.log(namespace, id, 0))).to.equal('NOT_FOUND');
    expect(await refusal(remove(room, id, true))).to.equal('NOT_FOUND');
  });

  it('leaves it to the owner while it drains', async () => {
    const room = await openRoom();
    const first = await room.deploy();
    await room.serve(first.id);
    await room.serve((await room.deploy()).id);
    await remove(room, first.id, true);
    expect((await room.deployments.get(namespace, first.id)).wishes).to.eql({ delete: true });
  });
});

describe("clearing an app's history", () => {
  async function history(room: Room) {
    const first = await room.deploy();
    await room.serve(first.id);
    const second = await room.deploy();
    await room.serve(second.id);
    const failed = await room.deploy();
    await room.write(failed.id, { status: 'FAILURE', phase: 'settled', settledAt: '2026-01-01T00:00:00.000Z' }, { queue: [] });
    const running = await room.deploy();
    return { draining: first.id, live: second.id, failed: failed.id, running: running.id };
  }
  const clear = (room: Room, undeploy: boolean, deleteDeployment: boolean) =>
    room.deployments.clear({ namespace, appName: 'shop', principal, undeploy, deleteDeployment });

  it('deletes what is settled and keeps the rest', async () => {
    const room = await openRoom();
    const { draining, live, failed, running } = await history(room);
    expect(await clear(room, false, true)).to.eql({ deleted: [failed], undeploying: [] });
    expect((await room.deployments.list({ namespace, appName: 'shop' })).deployments.map(({ id }) => id)).to.eql([running, live, draining]);
    expect((await room.deployments.get(namespace, live)).status).to.equal('DEPLOYED');
  });

  it('undeploys the live one, and has its record deleted then, when asked', async () => {
    const room = await openRoom();
    const { live, failed } = await history(room);
    expect(await clear(room, true, false)).to.eql({ deleted: [failed], undeploying: [live] });
    expect((await room.deployments.get(namespace, live)).wishes).to.eql({ undeploy: true });
    expect(await clear(room, true, true)).to.eql({ deleted: [], undeploying: [live] });
    expect((await room.deployments.get(namespace, live)).wishes).to.eql({ undeploy: true, delete: true });
  });

  it('neither undeploys nor deletes anything while the traffic comes back to the version before, and says so', async () => {
    const room = await openRoom();
    const first = await room.deploy();
    await room.serve(first.id);
    const second = await room.deploy();
    await room.serve(second.id);
    const intent = { from: second.id, to: first.id, why: 'switch-back', at: 1 } as const;
    await room.write(second.id, { movedBack: true }, { serving: first.id, other: second.id, intent });
    const before = await room.everything();
    const subject = { namespace, principal: 'tester', deleteDeployment: true };
    expect(await refusal(room.deployments.clear({ ...subject, appName: 'shop', undeploy: true }))).to.equal('SWITCH_IN_PROGRESS');
    expect(await refusal(room.deployments.remove({ ...subject, id: first.id }))).to.equal('SWITCH_IN_PROGRESS');
    expect(await room.everything()).to.equal(before);
  });

  it('finds nothing for an app that nobody knows', async () => {
    const room = await openRoom();
    expect(await clear(room, true, true)).to.eql({ deleted: [], undeploying: [] });
    expect(await room.everything()).to.equal('[]');
  });

  it('takes more than one transaction for a long history', async () => {
    const room = await openRoom();
    const ids: string[] = [];
    for (let count = 0; count < 45; count++) {
      const { id } = await room.deploy();
      await remove(room, id);
      ids.unshift(id);
    }
    expect((await clear(room, false, false)).deleted).to.eql(ids);
    expect((await room.deployments.list({ namespace })).deployments).to.eql([]);
  });
});

describe('promoting and aborting', () => {
  const promote = (room: Room, id: string) => room.deployments.promote({ namespace, id, principal });
  const abort = (room: Room, id: string) => room.deployments.abort({ namespace, id, principal });

  async function inPhase(phase: 'starting' | 'verifying' | 'waiting' | 'switching' | 'cleaning-up', intent = false) {
    const room = await openRoom();
    const { id } = await room.deploy();
    await room.write(id, { phase }, { queue: [], other: id, ...(intent ? { intent: { to: id, why: 'deploy' as const, at: 0 } } : {}) });
    return { room, id };
  }

  it('lets a waiting deployment go on', async () => {
    const { room, id } = await inPhase('waiting');
    expect((await promote(room, id)).wishes).to.eql({ promote: true });
    expect(await lastLine(room, id)).to.equal('Promotion requested by tester');
  });

  for (const phase of ['starting', 'verifying', 'switching', 'cleaning-up'] as const) {
    it(`refuses to promote in phase ${phase}`, async () => {
      const { room, id } = await inPhase(phase);
      expect(await refusal(promote(room, id))).to.equal('NOT_WAITING');
    });
  }

  for (const phase of ['starting', 'verifying', 'waiting'] as const) {
    it(`aborts in phase ${phase}`, async () => {
      const { room, id } = await inPhase(phase);
      expect((await abort(room, id)).wishes).to.eql({ abort: true });
    });
  }

  it('refuses to abort once the switch is decided', async () => {
    const { room, id } = await inPhase('switching', true);
    expect(await refusal(abort(room, id))).to.equal('SWITCH_IN_PROGRESS');
    expect(await refusal(promote(room, id))).to.equal('NOT_WAITING');
  });

  it('ends a queued deployment that is aborted at once', async () => {
    const room = await openRoom();
    const { id } = await room.deploy();
    const after = await abort(room, id);
    expect(after).to.include({ status: 'FAILURE', phase: 'settled' });
    expect(after.reason?.code).to.equal('ABORTED');
    expect(await namesClaimed(room)).to.eql([]);
  });

  it('refuses both for a deployment that has ended', async () => {
    const room = await openRoom();
    const { id } = await room.deploy();
    await room.serve(id);
    expect(await refusal(abort(room, id))).to.equal('NOT_WAITING');
    expect(await refusal(promote(room, id))).to.equal('NOT_WAITING');
  });
});
