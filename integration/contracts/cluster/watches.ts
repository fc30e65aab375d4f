/** Facts about raw watches, on which our mirrors are built. */

import { expect } from 'chai';
import { compareVersions } from '../../../src/cluster/kubernetes/resource-version.ts';
import { refOf, type KubeObject } from '../../../src/cluster/objects.ts';
import { eventually } from '../../support/wait.ts';
import { configMap, precondition, type RawWatch, type World } from './world.ts';

/** A real API server sends bookmarks about once a minute, so this watch is started before all other facts and asked after them. */
export function bookmarkFacts(theWorld: () => World): { begin: () => Promise<void> } {
  let quiet: RawWatch | undefined;
  let from = '';
  after(() => quiet?.stop());

  it('a quiet watch gets bookmarks, at least about every minute, that move its version on', async function () {
    this.timeout(90_000);
    const first = await eventually('a bookmark', 80_000, () => {
      const event = quiet?.events[0];
      if (!event) throw new Error('nothing came');
      return event;
    });
    expect(first.type).to.equal('BOOKMARK');
    expect(first.object.kind).to.equal('ConfigMap');
    expect(compareVersions(first.object.metadata.resourceVersion, from)).to.be.greaterThan(0);
  });

  return {
    async begin() {
      const { raw, core, watch } = theWorld();
      from = (await raw('GET', `${core('configmaps')}?limit=1`)).body.metadata.resourceVersion as string;
      quiet = watch(
        `${core('configmaps')}?watch=1&allowWatchBookmarks=true&labelSelector=set%3Dnobody&resourceVersion=${from}&timeoutSeconds=300`,
      );
    },
  };
}

export function watchFacts(theWorld: () => World): void {
  const path = (query: string) => `${theWorld().core('configmaps')}?watch=1&allowWatchBookmarks=true&${query}`;
  const labelled = (set: string) => configMap(theWorld().namespace, theWorld().unique('watched'), {}, { labels: { set } });
  const version = async () => {
    const { body } = await theWorld().raw('GET', `${theWorld().core('configmaps')}?limit=1`);
    return body.metadata.resourceVersion as string;
  };
  const without = (object: KubeObject): KubeObject => ({ ...object, metadata: { ...object.metadata, labels: {} } });

  it('a watch tells every change after its version, in order, each with the version it made', async () => {
    const { cluster, watch } = theWorld();
    const from = await version();
    const made = await cluster.create(labelled('order'));
    const watching = watch(path(`labelSelector=set%3Dorder&resourceVersion=${from}`));
    await eventually('the event from before the watch', 10_000, () => expect(watching.events).to.have.length(1));
    const changed = await cluster.replace({ ...made, data: { a: '1' } });
    await cluster.remove(refOf(made), precondition(changed), 'Background');
    await eventually('three events', 10_000, () => expect(watching.events).to.have.length(3));
    await watching.stop();
    expect(watching.events.map(({ type }) => type)).to.deep.equal(['ADDED', 'MODIFIED', 'DELETED']);
    expect(watching.events[0]?.object).to.deep.equal(made);
    expect(watching.events[1]?.object).to.deep.equal(changed);
    const last = watching.events[2]?.object as KubeObject;
    expect(last.metadata.uid).to.equal(made.metadata.uid);
    expect(compareVersions(last.metadata.resourceVersion, changed.metadata.resourceVersion)).to.be.greaterThan(0);
  });

  it('a watch by label tells DELETED when the label goes, with a newer version, and ADDED when it comes back', async () => {
    const { cluster, watch } = theWorld();
    const made = await cluster.create(labelled('strip'));
    const watching = watch(path(`labelSelector=set%3Dstrip&resourceVersion=${made.metadata.resourceVersion}`));
    const stripped = await cluster.replace(without(made));
    const back = await cluster.replace({ ...stripped, metadata: { ...stripped.metadata, labels: { set: 'strip' } } });
    await eventually('two events', 10_000, () => expect(watching.events).to.have.length(2));
    await watching.stop();
    expect(watching.events.map(({ type }) => type)).to.deep.equal(['DELETED', 'ADDED']);
    const gone = watching.events[0]?.object as KubeObject;
    expect(gone.metadata.resourceVersion).to.equal(stripped.metadata.resourceVersion);
    expect(watching.events[1]?.object).to.deep.equal(back);
  });

  it('a finalizer makes a delete a MODIFIED, and DELETED comes with the removal of the finalizer', async () => {
    const { cluster, watch, namespace, unique } = theWorld();
    const made = await cluster.create(
      configMap(namespace, unique('held'), {}, { labels: { set: 'held' }, finalizers: ['teal.test/hold'] }),
    );
    const watching = watch(path(`labelSelector=set%3Dheld&resourceVersion=${made.metadata.resourceVersion}`));
    const kept = await cluster.remove(refOf(made), precondition(made), 'Background');
    if (!kept) throw new Error('the finalizer did not keep it');
    await cluster.replace({ ...kept, metadata: { ...kept.metadata, finalizers: [] } });
    await eventually('two events', 10_000, () => expect(watching.events).to.have.length(2));
    await watching.stop();
    expect(watching.events.map(({ type }) => type)).to.deep.equal(['MODIFIED', 'DELETED']);
    expect(watching.events[0]?.object.metadata.deletionTimestamp).to.be.a('string');
  });

  it('a watch ends by itself after timeoutSeconds', async () => {
    const from = performance.now();
    const watching = theWorld().watch(path(`resourceVersion=${await version()}&timeoutSeconds=2`));
    expect(await watching.ended).to.equal(200);
    expect(performance.now() - from).to.be.within(1_500, 10_000);
  });

  /** Of a kind that hardly changes, a server that was just made still knows everything; leases change every other second. */
  it('a watch from a version that is long gone is told 410, as an event or as the answer', async function () {
    this.timeout(300_000);
    const told = async (from: string) => {
      const watching = theWorld().watch(from);
      const status = await watching.ended;
      const [first] = watching.events;
      return status === 200 && first?.type === 'ERROR' ? first.object : { kind: 'Status', code: status };
    };
    const first = await told(path('resourceVersion=1&timeoutSeconds=5'));
    if (first['code'] !== 200) return expect(first).to.include({ kind: 'Status', code: 410 });
    await eventually('the first lease is forgotten', 280_000, async () =>
      expect(await told('/apis/coordination.k8s.io/v1/leases?watch=1&resourceVersion=1&timeoutSeconds=2')).to.include({
        kind: 'Status',
        code: 410,
      }),
    );
  });
}
