import { expect } from 'chai';
import { namespace, openRoom, problem, refusal, type Room } from '../testing/deployments-room.ts';

const rollback = (room: Room, id: string) => room.deployments.rollback({ namespace, id, principal: 'tester' });

/** Two versions were deployed; the first one still drains. */
async function twoVersions(descriptor: Parameters<Room['deploy']>[0] = {}, deps: Parameters<typeof openRoom>[0] = {}) {
  const room = await openRoom(deps);
  const first = await room.deploy({ ...descriptor });
  await room.serve(first.id);
  const second = await room.deploy(descriptor.newVersion === '1.0' ? { ...descriptor, newVersion: '2.0' } : descriptor);
  await room.serve(second.id);
  return { room, first: first.id, second: second.id };
}

const drained = (room: Room, id: string) =>
  room.write(id, { phase: 'settled', settledAt: '2026-01-01T00:00:00.000Z' }, { other: undefined as never });

describe('rolling back while the previous version still runs', () => {
  it('puts a deployment first in the queue that takes over its objects and keeps its version', async () => {
    const { room, first, second } = await twoVersions();
    const waiting = await room.deploy();
    const { deployment, cancelled } = await rollback(room, second);
    expect(deployment).to.include({ objectsOf: first, rollbackOf: second, version: '1', status: 'DEPLOYING', phase: 'queued' });
    expect(deployment.descriptor).to.eql((await room.deployments.get(namespace, first)).descriptor);
    expect(cancelled).to.eql([waiting.id]);
    const { queue, counter } = await room.app();
    expect(queue).to.eql([deployment.id]);
    expect(counter).to.equal(3);
    const stopped = await room.deployments.get(namespace, waiting.id);
    expect(stopped).to.include({ status: 'UNDEPLOYED', phase: 'settled' });
    expect(stopped.reason?.code).to.equal('ROLLED_BACK');
    expect(stopped.log.endSeq).to.equal(stopped.log.next - 1);
  });

  it('is the same rollback when it is asked for twice', async () => {
    const { room, second } = await twoVersions();
    const { deployment } = await rollback(room, second);
    const again = await rollback(room, second);
    expect(again.deployment.id).to.equal(deployment.id);
    expect((await room.app()).queue).to.eql([deployment.id]);
  });

  it('is the same rollback when it is asked for again after it has left the queue', async () => {
    const { room, first, second } = await twoVersions();
    await drained(room, first);
    const { deployment } = await rollback(room, second);
    await room.write(deployment.id, { phase: 'verifying' }, { queue: [], other: deployment.id });
    expect((await rollback(room, second)).deployment.id).to.equal(deployment.id);
    expect((await room.deployments.get(namespace, deployment.id)).wishes).to.deep.equal({});
  });

  it('races the end of the drain: the loser deploys anew', async () => {
    const { room, first, second } = await twoVersions();
    const [{ deployment }] = await Promise.all([
      rollback(room, second),
      room.write(first, { phase: 'retiring' }, {}).catch(() => undefined),
    ]);
    const { phase } = await room.deployments.get(namespace, first);
    expect(deployment.objectsOf).to.equal(phase === 'draining' ? first : deployment.id);
    expect(deployment.version).to.equal(phase === 'draining' ? '1' : '3');
  });

  it('does not take over what shall be deleted', async () => {
    const { room, first, second } = await twoVersions();
    await room.deployments.remove({ namespace, id: first, principal: 'tester', deleteDeployment: true });
    const { deployment } = await rollback(room, second);
    expect(deployment).to.include({ objectsOf: deployment.id, version: '3' });
  });
});

describe('rolling back later', () => {
  it('is refused when the policy of now forbids new pods of that version; those that still run come back all the same', async () => {
    let strict = false;
    const policyFaults = () => (strict ? [{ pointer: '/podspec/hostNetwork', message: 'no' }] : []);
    const later = await twoVersions({}, { policyFaults });
    await drained(later.room, later.first);
    const running = await twoVersions({}, { policyFaults });
    strict = true;
    expect(await refusal(rollback(later.room, later.second))).to.equal('POLICY_VIOLATION');
    expect((await rollback(running.room, running.second)).deployment.objectsOf).to.equal(running.first);
  });

  it('deploys the previous descriptor anew with the next number', async () => {
    const { room, first, second } = await twoVersions();
    await drained(room, first);
    const { deployment } = await rollback(room, second);
    expect(deployment).to.include({ objectsOf: deployment.id, rollbackOf: second, version: '3' });
    expect(deployment.descriptor.id).to.equal((await room.deployments.get(namespace, first)).descriptor.id);
  });

  it('keeps a fixed version', async () => {
    const { room, first, second } = await twoVersions({ newVersion: '1.0' });
    await drained(room, first);
    expect((await rollback(room, second)).deployment.version).to.equal('1.0');
  });

  it('passes over what never served, what failed after serving, and what came later', async () => {
    const { room, first, second } = await twoVersions();
    await drained(room, first);
    const never = await room.deploy();
    await room.deployments.remove({ namespace, id: never.id, principal: 'tester', deleteDeployment: false });
    const bad = await room.deploy();
    await room.serve(bad.id);
    await room.write(bad.id, { status: 'FAILURE', phase: 'settled' }, { serving: second, other: undefined as never });
    await room.write(second, { status: 'DEPLOYED', phase: 'serving' });
    const { deployment } = await rollback(room, second);
    expect(deployment.descriptor.id).to.equal((await room.deployments.get(namespace, first)).descriptor.id);
  });

  it('looks further back than one page of history', async () => {
    const { room, first, second } = await twoVersions();
    await drained(room, first);
    await room.write(second, { status: 'UNDEPLOYING' });
    await room.write(second, { status: 'FAILURE', phase: 'settled' }, { serving: undefined as never });
    for (let count = 0; count < 25; count++) {
      const { id } = await room.deploy();
      await room.deployments.remove({ namespace, id, principal: 'tester', deleteDeployment: false });
    }
    const live = await room.deploy();
    await room.serve(live.id);
    expect((await rollback(room, live.id)).deployment.descriptor.id).to.equal((await room.deployments.get(namespace, first)).descriptor.id);
  });

  it('is refused when nothing else was deployed before', async () => {
    const room = await openRoom();
    const { id } = await room.deploy();
    await room.serve(id);
    expect(await refusal(rollback(room, id))).to.equal('NO_PREVIOUS');
  });
});

describe('rolling back beside other work', () => {
  it('cancels a candidate before its switch and names it', async () => {
    const { room, first, second } = await twoVersions();
    await drained(room, first);
    const candidate = await room.deploy();
    const queued = await room.deploy();
    await room.write(candidate.id, { phase: 'verifying' }, { queue: [queued.id], other: candidate.id });
    const { deployment, cancelled } = await rollback(room, second);
    expect(cancelled).to.eql([queued.id, candidate.id]);
    const told = await room.deployments.get(namespace, candidate.id);
    expect(told.wishes).to.eql({ cancel: true });
    expect(told.reason?.code).to.equal('ROLLED_BACK');
    expect(told.status).to.equal('DEPLOYING');
    expect(await room.app()).to.deep.include({ queue: [deployment.id], other: candidate.id, serving: second });
  });

  it('goes before any number of others, and ends and names them all', async () => {
    const { room, second } = await twoVersions();
    const waiting: string[] = [];
    for (let count = 0; count < 100; count++) waiting.push((await room.deploy()).id);
    const { deployment, cancelled } = await rollback(room, second);
    expect(cancelled).to.deep.equal(waiting);
    expect((await room.app()).queue).to.deep.equal([deployment.id]);
    for (const id of waiting) expect(await room.deployments.get(namespace, id)).to.include({ status: 'UNDEPLOYED', phase: 'settled' });
    const left = (await room.store.range('/deployer/claims/')).entries.map(({ key }) => key);
    expect(left.filter(key => waiting.some((_, index) => key.endsWith(`/shop-${index + 3}`)))).to.deep.equal([]);
  });

  it('ends nobody when it is refused', async () => {
    let strict = false;
    const { room, first, second } = await twoVersions({}, { policyFaults: () => (strict ? [{ pointer: '/podspec', message: 'no' }] : []) });
    await drained(room, first);
    for (let count = 0; count < 15; count++) await room.deploy();
    strict = true;
    expect(await refusal(rollback(room, second))).to.equal('POLICY_VIOLATION');
    expect((await room.app()).queue).to.have.length(15);
  });

  it('is refused while the traffic is being switched', async () => {
    const { room, first, second } = await twoVersions();
    await drained(room, first);
    const candidate = await room.deploy();
    await room.write(
      candidate.id,
      { phase: 'switching' },
      { queue: [], other: candidate.id, intent: { from: second, to: candidate.id, why: 'deploy', at: 0 } },
    );
    expect(await problem(rollback(room, second))).to.include({ code: 'SWITCH_IN_PROGRESS', retryAfter: 5 });
    expect(await refusal(rollback(room, candidate.id))).to.equal('SWITCH_IN_PROGRESS');
  });

  it('is refused for what is not live, or is being undeployed', async () => {
    const { room, first, second } = await twoVersions();
    expect(await refusal(rollback(room, first))).to.equal('NOT_LIVE');
    await room.deployments.remove({ namespace, id: second, principal: 'tester', deleteDeployment: false });
    expect(await refusal(rollback(room, second))).to.equal('NOT_LIVE');
    expect(await refusal(rollback(room, '00000000-0000-7000-8000-000000000000'))).to.equal('NOT_FOUND');
  });
});
