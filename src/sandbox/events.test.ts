import { expect } from 'chai';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createRegistry } from './api/registry.ts';
import { resources } from './api/resources.ts';
import { createEventRecorder } from './events.ts';
import { createRules } from './rules/index.ts';
import { createStorage } from './storage.ts';

describe('events of the simulated cluster', () => {
  it('are counted when they come again, and kept for an hour after they were seen last', async () => {
    const clock = createFakeClock();
    const storage = createStorage(100);
    const registry = createRegistry({ storage, rules: createRules(), clock });
    const events = createEventRecorder({ registry, storage, clock });
    registry.create(resources.namespaces, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const about = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', uid: name } });
    const record = (name: string) => events.record(about(name), 'kubelet', 'Warning', 'BackOff', 'again');
    const kept = () => storage.list(resources.events, 'shop').map(event => [event['involvedObject'].name, event['count']]);
    record('a');
    record('b');
    await clock.advance(1_800_000);
    record('a');
    expect(kept()).to.have.deep.members([
      ['a', 2],
      ['b', 1],
    ]);
    await clock.advance(1_800_000);
    record('c');
    expect(kept()).to.have.deep.members([
      ['a', 2],
      ['c', 1],
    ]);
    await clock.advance(3_600_000);
    record('a');
    expect(kept()).to.deep.equal([['a', 1]]);
  });
});
