/** Facts about single objects: versions, preconditions, finalizers, lists. */

import { expect } from 'chai';
import { compareVersions } from '../../../src/cluster/kubernetes/resource-version.ts';
import { refOf } from '../../../src/cluster/objects.ts';
import { configMap, controller, edit, precondition, refusal, removeNow, service, type Json, type World } from './world.ts';

export function objectFacts(theWorld: () => World): void {
  const fresh = (prefix: string, data = {}, metadata = {}) => {
    const { namespace, unique } = theWorld();
    return configMap(namespace, unique(prefix), data, metadata);
  };

  it('a new object gets uid, resourceVersion and creationTimestamp, and keeps the rest', async () => {
    const { cluster } = theWorld();
    const made = await cluster.create(fresh('new', { a: '1' }, { labels: { app: 'x' }, annotations: { 'teal/epoch': '1' } }));
    expect(made.metadata.uid).to.match(/^[0-9a-f-]{36}$/);
    expect(made.metadata.resourceVersion).to.match(/^\d+$/);
    expect(Date.parse(made.metadata.creationTimestamp ?? '')).to.be.within(Date.now() - 120_000, Date.now() + 120_000);
    expect(made).to.deep.include({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } });
    expect(made.metadata).to.deep.include({ labels: { app: 'x' }, annotations: { 'teal/epoch': '1' } });
    expect(await cluster.read(refOf(made))).to.deep.equal(made);
  });

  it('a second object of the same name is ALREADY_EXISTS', async () => {
    const { cluster } = theWorld();
    const first = fresh('twice');
    await cluster.create(first);
    const error = await refusal(cluster.create(first), 'ALREADY_EXISTS');
    expect(error).to.include({ status: 409, outcome: 'none' });
  });

  it('an object that is not there reads as undefined', async () => {
    const { cluster, namespace } = theWorld();
    expect(await cluster.read({ kind: 'Service', namespace, name: 'nobody' })).to.equal(undefined);
    expect(await cluster.read({ kind: 'Service', namespace: 'no-such-namespace', name: 'nobody' })).to.equal(undefined);
  });

  it('versions are numbers that grow with every write, across kinds', async () => {
    const { cluster, namespace, unique } = theWorld();
    const first = await cluster.create(fresh('grow'));
    const second = await cluster.create(service(namespace, unique('grow'), { app: 'none' }));
    const third = await cluster.replace({ ...first, data: { changed: 'yes' } });
    expect(compareVersions(first.metadata.resourceVersion, second.metadata.resourceVersion)).to.be.lessThan(0);
    expect(compareVersions(second.metadata.resourceVersion, third.metadata.resourceVersion)).to.be.lessThan(0);
    expect(third.metadata.uid).to.equal(first.metadata.uid);
  });

  it('an update based on an old version is CONFLICT and changes nothing', async () => {
    const { cluster } = theWorld();
    const first = await cluster.create(fresh('stale', { owner: 'none' }));
    const second = await cluster.replace({ ...first, data: { owner: 'a' } });
    const error = await refusal(cluster.replace({ ...first, data: { owner: 'b' } }), 'CONFLICT');
    expect(error).to.include({ status: 409, outcome: 'none' });
    expect(await cluster.read(refOf(first))).to.deep.equal(second);
  });

  it('an update that changes nothing keeps the version', async () => {
    const { cluster } = theWorld();
    const first = await cluster.create(fresh('same', { a: '1' }));
    expect((await cluster.replace(first)).metadata.resourceVersion).to.equal(first.metadata.resourceVersion);
  });

  it('an update of an object that is gone is NOT_FOUND, and CONFLICT when another has its name', async () => {
    const { cluster } = theWorld();
    const first = await cluster.create(fresh('gone'));
    await cluster.remove(refOf(first), precondition(first), 'Background');
    await refusal(cluster.replace({ ...first, data: { a: '1' } }), 'NOT_FOUND');
    const { uid: _uid, resourceVersion: _version, ...metadata } = first.metadata;
    await cluster.create({ ...first, metadata });
    await refusal(cluster.replace({ ...first, data: { a: '1' } }), 'CONFLICT');
  });

  it('an update keeps labels, annotations and fields of others that it carries along', async () => {
    const { cluster, namespace, unique } = theWorld();
    const made = await cluster.create(service(namespace, unique('others'), { app: 'none' }, { annotations: { theirs: 'kept' } }));
    const changed = await cluster.replace({ ...made, spec: { ...made['spec'], selector: { app: 'other' } } });
    expect(changed.metadata.annotations).to.deep.equal({ theirs: 'kept' });
    expect(changed['spec'].clusterIP).to.equal(made['spec'].clusterIP);
    expect(changed['spec'].selector).to.deep.equal({ app: 'other' });
  });

  it('generation counts changes of the spec only', async () => {
    const { cluster, namespace, unique } = theWorld();
    const made = await cluster.create(controller(namespace, unique('generation'), { replicas: 0 }));
    expect(made.metadata.generation).to.equal(1);
    const change = (how: (object: Json) => void) => edit(cluster, refOf(made), how);
    expect((await change(object => (object.metadata.annotations = { 'teal/epoch': '2' }))).metadata.generation).to.equal(1);
    expect((await change(object => (object.spec.template.metadata.labels.more = 'x'))).metadata.generation).to.equal(2);
  });

  it('a delete meant for another uid or version is CONFLICT and deletes nothing', async () => {
    const { cluster } = theWorld();
    const first = await cluster.create(fresh('guarded'));
    const second = await cluster.replace({ ...first, data: { a: '1' } });
    await refusal(cluster.remove(refOf(first), precondition(first), 'Background'), 'CONFLICT');
    const wrongUid = { ...precondition(second), uid: '00000000-0000-4000-8000-000000000000' };
    await refusal(cluster.remove(refOf(first), wrongUid, 'Background'), 'CONFLICT');
    expect(await cluster.read(refOf(first))).to.deep.equal(second);
  });

  it('a delete returns nothing when the object is gone, and NOT_FOUND the second time', async () => {
    const { cluster, namespace, unique } = theWorld();
    for (const object of [
      fresh('delete'),
      service(namespace, unique('delete'), { app: 'none' }),
      controller(namespace, unique('delete'), { replicas: 0 }),
    ]) {
      const made = await cluster.create(object);
      const answer = await removeNow(cluster, refOf(made));
      expect(answer, made.kind).to.equal(undefined);
      expect(await cluster.read(refOf(made))).to.equal(undefined);
      await refusal(cluster.remove(refOf(made), precondition(made), 'Background'), 'NOT_FOUND');
    }
  });

  it('a finalizer keeps a deleted object, marked by deletionTimestamp, until the finalizer goes', async () => {
    const { cluster } = theWorld();
    const made = await cluster.create(fresh('finalizer', {}, { finalizers: ['teal.test/hold'] }));
    const kept = await cluster.remove(refOf(made), precondition(made), 'Background');
    expect(kept?.metadata.deletionTimestamp).to.be.a('string');
    expect(kept?.metadata.finalizers).to.deep.equal(['teal.test/hold']);
    const read = await cluster.read(refOf(made));
    expect(read?.metadata.deletionTimestamp).to.equal(kept?.metadata.deletionTimestamp);
    await refusal(
      cluster.create({ ...fresh('x'), metadata: { name: made.metadata.name, namespace: made.metadata.namespace ?? '' } }),
      'ALREADY_EXISTS',
    );
    await cluster.replace({ ...(read ?? made), metadata: { ...(read ?? made).metadata, finalizers: [] } });
    expect(await cluster.read(refOf(made))).to.equal(undefined);
  });

  it('a list holds what its selectors name, and each object says what it is', async () => {
    const { cluster, namespace } = theWorld();
    const one = await cluster.create(fresh('listed', {}, { labels: { set: 'listed', v: '1' } }));
    const two = await cluster.create(fresh('listed', {}, { labels: { set: 'listed', v: '2' } }));
    const names = async (selector: { labels?: string; fields?: string }) =>
      (await cluster.list('ConfigMap', namespace, selector)).map(({ metadata }) => metadata.name).sort();
    expect(await names({ labels: 'set=listed' })).to.deep.equal([one.metadata.name, two.metadata.name].sort());
    expect(await names({ labels: 'set=listed,v!=1' })).to.deep.equal([two.metadata.name]);
    expect(await names({ labels: 'set in (listed),v notin (2)' })).to.deep.equal([one.metadata.name]);
    expect(await names({ labels: 'set,!v' })).to.deep.equal([]);
    expect(await names({ fields: `metadata.name=${two.metadata.name}` })).to.deep.equal([two.metadata.name]);
    expect(await cluster.list('ConfigMap', namespace, { labels: 'set=listed,v=1' })).to.deep.equal([one]);
    expect((await cluster.list('ConfigMap', '', { labels: 'set=listed' })).length).to.be.at.least(2);
    expect(await cluster.list('ConfigMap', 'no-such-namespace')).to.deep.equal([]);
  });

  it('a long list comes in pages that all show the version of the first', async () => {
    const { cluster, raw, core } = theWorld();
    await Promise.all(Array.from({ length: 7 }, () => cluster.create(fresh('page', {}, { labels: { set: 'pages' } }))));
    const first = await raw('GET', `${core('configmaps')}?labelSelector=set%3Dpages&limit=3`);
    expect(first.body.items).to.have.length(3);
    expect(first.body.metadata.continue).to.be.a('string').and.not.equal('');
    await cluster.create(fresh('page', {}, { labels: { set: 'pages' } }));
    const seen: string[] = first.body.items.map((item: Json) => item.metadata.name);
    let next: string = first.body.metadata.continue;
    while (next) {
      const page = await raw('GET', `${core('configmaps')}?labelSelector=set%3Dpages&limit=3&continue=${encodeURIComponent(next)}`);
      expect(page.body.metadata.resourceVersion).to.equal(first.body.metadata.resourceVersion);
      seen.push(...page.body.items.map((item: Json) => item.metadata.name));
      next = page.body.metadata.continue ?? '';
    }
    expect(new Set(seen).size).to.equal(7);
    expect(await cluster.list('ConfigMap', theWorld().namespace, { labels: 'set=pages' })).to.have.length(8);
  });

  it('a continue token that is not one is BAD_REQUEST', async () => {
    const { raw, core } = theWorld();
    expect((await raw('GET', `${core('configmaps')}?limit=3&continue=nonsense`)).status).to.equal(400);
  });

  it("every answer carries a Date, from which the server's clock is known", () => {
    const time = theWorld().cluster.time();
    expect(time).to.be.within(Date.now() - 3_600_000, Date.now() + 3_600_000);
  });
}
