import { expect } from 'chai';
import { keys } from '../store/keys.ts';
import { app, deployment } from '../testing/builders.ts';
import { namespace, openRoom, type Room } from '../testing/deployments-room.ts';
import type { Deployment } from './record.ts';
import { slack, surplus } from './retention.ts';

const settled = (id: string, changes: Partial<Deployment> = {}) =>
  deployment(id, id, { status: 'UNDEPLOYED', phase: 'settled', settledAt: 'then', deployedAt: 'then', ...changes });
const failed = (id: string) => deployment(id, id, { status: 'FAILURE', phase: 'settled', settledAt: 'then' });
const live = (id: string) => deployment(id, id, { status: 'DEPLOYED', phase: 'serving', settledAt: 'then', deployedAt: 'then' });

describe('the surplus of a history', () => {
  it('is what is older than the newest that are kept', () => {
    const history = [live('5'), settled('4'), settled('3'), failed('2'), settled('1')];
    expect(surplus(app({ serving: '5' }), history, 3)).to.deep.equal(['2', '1']);
    expect(surplus(app({ serving: '5' }), history, 5)).to.deep.equal([]);
  });

  it('is never what is live, under way, queued or not settled', () => {
    const draining = settled('3', { phase: 'draining' });
    delete draining.settledAt;
    const history = [failed('6'), failed('5'), live('4'), draining, deployment('2', '2'), failed('1')];
    expect(surplus(app({ serving: '4', other: '3', queue: ['2'] }), history, 1)).to.deep.equal(['5', '1']);
  });

  it('is never the version that a rollback would bring back, however many failed since', () => {
    const history = [failed('7'), failed('6'), live('5'), failed('4'), settled('3'), settled('2')];
    expect(surplus(app({ serving: '5' }), history, 2)).to.deep.equal(['4', '2']);
    const again = [live('3'), settled('2', { version: '3' }), settled('1')];
    expect(surplus(app({ serving: '3' }), again, 1), 'the same version is no way back').to.deep.equal(['2']);
  });

  it('is everything old of an app that was undeployed', () => {
    expect(surplus(app(), [settled('3'), settled('2'), settled('1')], 1)).to.deep.equal(['2', '1']);
  });
});

describe('retention', () => {
  const keep = 12;
  const ids = async (room: Room) => (await room.deployments.list({ namespace, appName: 'shop' })).deployments.map(({ id }) => id);

  /** Accepts, fails and settles one; answers its id. */
  async function failedIn(room: Room): Promise<string> {
    const { id } = await room.deploy();
    await room.write(id, { phase: 'starting' }, { queue: [] });
    await room.write(id, { status: 'FAILURE', phase: 'settled', settledAt: new Date().toISOString() }, {});
    return id;
  }

  it('lets history grow by a little, then removes the oldest with log, health data and index, and keeps the live one', async () => {
    const room = await openRoom({ keep });
    const first = await room.deploy();
    await room.serve(first.id);
    const made: string[] = [];
    for (let count = 1; count < keep + slack; count++) made.unshift(await failedIn(room));
    expect(await ids(room)).to.deep.equal([...made, first.id]);
    made.unshift(await failedIn(room));
    const expected = [...made.slice(0, keep), first.id];
    // Nobody waits for the pruning; mocha's time limit ends this when it never comes.
    while ((await ids(room)).length > expected.length) await new Promise(resolve => setTimeout(resolve, 5));
    expect(await ids(room)).to.deep.equal(expected);
    const everything = await room.everything();
    for (const gone of made.slice(keep)) expect(everything).not.to.include(gone);
    expect((await room.store.range(keys.deploymentsOfApp(namespace, 'shop'))).entries.length).to.equal(keep + 1);
    expect((await room.deploy()).version).to.equal(String(made.length + 2));
  });
});
