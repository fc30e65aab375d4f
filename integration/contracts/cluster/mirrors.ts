/** Facts about our mirrors on a living API server. */

import { expect } from 'chai';
import type { Mirror, MirrorEvent } from '../../../src/cluster/cluster.ts';
import { refOf, type KubeObject } from '../../../src/cluster/objects.ts';
import { eventually } from '../../support/wait.ts';
import { configMap, precondition, type World } from './world.ts';

export function mirrorFacts(theWorld: () => World): void {
  const mirrors: Mirror[] = [];
  afterEach(async () => {
    await Promise.all(mirrors.splice(0).map(mirror => mirror.close()));
  });

  async function open(set: string): Promise<{ mirror: Mirror; events: string[] }> {
    const { cluster, namespace } = theWorld();
    const mirror = cluster.mirror('ConfigMap', namespace, { labels: `set=${set}` });
    mirrors.push(mirror);
    const events: string[] = [];
    mirror.subscribe(({ type, object }: MirrorEvent) => events.push(`${type} ${object.metadata.name}`));
    await mirror.synced();
    await eventually('a connected watch', 10_000, () => expect(mirror.live).to.equal(true));
    return { mirror, events };
  }
  const labelled = (set: string): KubeObject => configMap(theWorld().namespace, theWorld().unique('mirrored'), {}, { labels: { set } });

  it('a mirror holds what was there before and follows what others do', async () => {
    const { cluster, namespace, raw, core } = theWorld();
    const before = await cluster.create(labelled('follow'));
    const { mirror } = await open('follow');
    expect(mirror.get(namespace, before.metadata.name)?.metadata.uid).to.equal(before.metadata.uid);
    await raw('PUT', `${core('configmaps')}/${before.metadata.name}`, { ...before, data: { by: 'others' } });
    await eventually('their change', 5_000, () =>
      expect(mirror.get(namespace, before.metadata.name)?.['data']).to.deep.equal({ by: 'others' }),
    );
    await raw('DELETE', `${core('configmaps')}/${before.metadata.name}`);
    await eventually('their delete', 5_000, () => expect(mirror.list(namespace)).to.deep.equal([]));
  });

  it('a refreshed mirror is not older than the moment when it was asked to', async () => {
    const { cluster, namespace, raw, core } = theWorld();
    const { mirror, events } = await open('refresh');
    const made = await cluster.create(labelled('refresh'));
    await mirror.refresh();
    expect(mirror.get(namespace, made.metadata.name)?.metadata.uid).to.equal(made.metadata.uid);
    await raw('DELETE', `${core('configmaps')}/${made.metadata.name}`);
    await mirror.refresh();
    expect(mirror.list(namespace)).to.deep.equal([]);
    expect(events).to.deep.equal([`added ${made.metadata.name}`, `deleted ${made.metadata.name}`]);
  });

  it('an answer that was learned is there at once and is not told a second time by the watch', async () => {
    const { cluster, namespace } = theWorld();
    const { mirror, events } = await open('learn');
    const made = await cluster.create(labelled('learn'));
    mirror.learn(made);
    expect(mirror.get(namespace, made.metadata.name)?.metadata.uid).to.equal(made.metadata.uid);
    const marker = await cluster.create(labelled('learn'));
    await eventually('the event after it', 5_000, () => expect(events).to.include(`added ${marker.metadata.name}`));
    expect(events.filter(event => event.endsWith(made.metadata.name))).to.deep.equal([`added ${made.metadata.name}`]);
  });

  it('a forgotten object does not come back with late events', async () => {
    const { cluster, namespace } = theWorld();
    const { mirror, events } = await open('forget');
    const made = await cluster.create(labelled('forget'));
    await cluster.remove(refOf(made), precondition(made), 'Background');
    mirror.forget(refOf(made), made.metadata.uid ?? '');
    mirror.learn(made);
    const marker = await cluster.create(labelled('forget'));
    await eventually('the event after it', 5_000, () => expect(events).to.include(`added ${marker.metadata.name}`));
    expect(mirror.list(namespace).map(({ metadata }) => metadata.name)).to.deep.equal([marker.metadata.name]);
  });

  it('an object that loses its label leaves the mirror, and returns with it', async () => {
    const { cluster, namespace } = theWorld();
    const { mirror, events } = await open('label');
    const made = await cluster.create(labelled('label'));
    await eventually('it', 5_000, () => expect(mirror.list(namespace)).to.have.length(1));
    const stripped = await cluster.replace({ ...made, metadata: { ...made.metadata, labels: {} } });
    await eventually('its leaving', 5_000, () => expect(mirror.list(namespace)).to.deep.equal([]));
    const back = await cluster.replace({ ...stripped, metadata: { ...stripped.metadata, labels: { set: 'label' } } });
    mirror.learn(back);
    expect(mirror.list(namespace)).to.have.length(1);
    expect(events).to.deep.equal([`added ${made.metadata.name}`, `deleted ${made.metadata.name}`, `added ${made.metadata.name}`]);
  });
}
