import { expect } from 'chai';
import type { KubeObject } from '../../cluster/objects.ts';
import { controller, core, eventually, ingress, networking, service, startTestSandbox, type SandboxClient } from '../../testing/sandbox.ts';

const configMap = (name: string, extra: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...extra },
  data: { a: '1' },
});

describe('simulated API server', () => {
  let sandbox: SandboxClient;
  beforeEach(async () => {
    sandbox = await startTestSandbox({ historyLimit: 20, bookmarkMs: 30 });
  });
  afterEach(() => sandbox.stop());

  it('refuses a write that is based on an older state', async () => {
    const first = await sandbox.make(configMap('x'));
    const path = `${core}/configmaps/x`;
    const second = await sandbox.call('PUT', path, { ...first, data: { a: '2' } });
    expect(second.status).to.equal(200);
    expect(Number(second.body.metadata.resourceVersion)).to.be.greaterThan(Number(first.metadata.resourceVersion));
    const stale = await sandbox.call('PUT', path, { ...first, data: { a: '3' } });
    expect([stale.status, stale.body.reason]).to.deep.equal([409, 'Conflict']);
    expect((await sandbox.call('GET', path)).body.data).to.deep.equal({ a: '2' });
  });

  it('keeps the resourceVersion where a write changes nothing', async () => {
    const first = await sandbox.make(service('s', { app: 's' }));
    const again = await sandbox.call('PUT', `${core}/services/s`, first);
    expect(again.body.metadata.resourceVersion).to.equal(first.metadata.resourceVersion);
  });

  it('deletes only what the preconditions name', async () => {
    const made = await sandbox.make(configMap('x'));
    const path = `${core}/configmaps/x`;
    for (const preconditions of [{ uid: 'other' }, { resourceVersion: '1' }])
      expect((await sandbox.call('DELETE', path, { preconditions })).status).to.equal(409);
    const { uid, resourceVersion } = made.metadata;
    expect((await sandbox.call('DELETE', path, { preconditions: { uid, resourceVersion } })).status).to.equal(200);
    expect((await sandbox.call('GET', path)).status).to.equal(404);
  });

  it('keeps a deleted object until its last finalizer is gone', async () => {
    await sandbox.make(configMap('x', { finalizers: ['test.example/hold'] }));
    const path = `${core}/configmaps/x`;
    const deleted = await sandbox.call('DELETE', path);
    expect(deleted.body.metadata.deletionTimestamp).to.be.a('string');
    expect((await sandbox.call('GET', path)).status).to.equal(200);
    await sandbox.call('PATCH', path, { metadata: { finalizers: null } }, { 'content-type': 'application/merge-patch+json' });
    expect((await sandbox.call('GET', path)).status).to.equal(404);
  });

  const refusals: [title: string, path: string, object: unknown, status: number, fields: string[]][] = [
    ['a Service without ports', `${core}/services`, { ...service('s', {}), spec: {} }, 422, ['spec.ports']],
    ['a name that starts with a digit', `${core}/services`, service('1s', { a: 'b' }), 422, ['metadata.name']],
    [
      'an RC without template',
      `${core}/replicationcontrollers`,
      { kind: 'ReplicationController', metadata: { name: 'x' }, spec: {} },
      422,
      ['spec.selector', 'spec.template'],
    ],
    [
      'a container without image',
      `${core}/replicationcontrollers`,
      controller('x', { a: 'b' }, { image: '' }),
      422,
      ['spec.template.spec.containers[0].image'],
    ],
    ['an object without name', `${core}/configmaps`, { kind: 'ConfigMap' }, 422, ['metadata.name']],
    ['an Ingress host with capitals', `${networking}/ingresses`, ingress('i', 'A_b', 's'), 422, ['spec.rules[0].host']],
    ['a text where a number belongs', `${core}/replicationcontrollers`, { metadata: { name: 'x' }, spec: { replicas: 'two' } }, 400, []],
    ['an object of another namespace', `${core}/configmaps`, configMap('x', { namespace: 'other' }), 400, []],
    ['anything in a namespace that is not there', '/api/v1/namespaces/none/configmaps', configMap('x'), 404, []],
  ];
  for (const [title, path, object, status, fields] of refusals) {
    it(`refuses ${title} with ${status}`, async () => {
      const answer = await sandbox.call('POST', path, object);
      expect([answer.status, answer.body.kind]).to.deep.equal([status, 'Status']);
      if (fields.length > 0) expect((answer.body.details.causes as { field: string }[]).map(cause => cause.field)).to.deep.equal(fields);
    });
  }

  it('never changes the address of a Service', async () => {
    const made = await sandbox.make(service('s', { app: 's' }));
    const moved = { ...made, spec: { ...made.spec, clusterIP: '10.96.200.200', clusterIPs: ['10.96.200.200'] } };
    const refused = await sandbox.call('PUT', `${core}/services/s`, moved);
    expect([refused.status, refused.body.details.causes[0].field]).to.deep.equal([422, 'spec.clusterIPs[0]']);
    const { clusterIP: _, clusterIPs: __, ...rest } = made.spec as Record<string, unknown>;
    const kept = await sandbox.call('PUT', `${core}/services/s`, { ...made, spec: { ...rest, sessionAffinity: 'ClientIP' } });
    expect(kept.body.spec.clusterIP).to.equal(made.spec.clusterIP);
  });

  it('warns of unknown fields in a dry run and stores nothing', async () => {
    const rc = controller('x', { a: 'b' }, { imagePullPolicyy: 'Always' });
    const answer = await sandbox.call('POST', `${core}/replicationcontrollers?dryRun=All`, rc);
    expect(answer.status).to.equal(201);
    expect(answer.headers.get('warning')).to.equal('299 - "unknown field \\"spec.template.spec.containers[0].imagePullPolicyy\\""');
    expect((await sandbox.call('GET', `${core}/replicationcontrollers/x`)).status).to.equal(404);
    expect((await sandbox.call('POST', `${core}/replicationcontrollers?dryRun=Yes`, rc)).status).to.equal(422);
    expect((await sandbox.call('POST', `${core}/replicationcontrollers?fieldValidation=Strict`, rc)).status).to.equal(400);
  });

  it('lists page by page as of one moment', async () => {
    for (const name of ['a', 'b', 'c']) await sandbox.make(service(name, { app: name }));
    const first = await sandbox.call('GET', `${core}/services?limit=2`);
    await sandbox.call('DELETE', `${core}/services/c`);
    const second = await sandbox.call(
      'GET',
      `${core}/services?limit=2&continue=${(first.body.metadata as { continue?: string }).continue}`,
    );
    const names = [...first.body.items, ...second.body.items].map((item: KubeObject) => item.metadata.name);
    expect(names).to.deep.equal(['a', 'b', 'c']);
    expect(second.body.metadata.resourceVersion).to.equal(first.body.metadata.resourceVersion);
  });

  it('selects by labels and fields', async () => {
    await sandbox.make(configMap('a', { labels: { app: 'shop', version: '1' } }));
    await sandbox.make(configMap('b', { labels: { app: 'shop', version: '2' } }));
    const names = async (query: string) =>
      (await sandbox.call('GET', `${core}/configmaps?${query}`)).body.items.map((item: KubeObject) => item.metadata.name);
    expect(await names('labelSelector=app%3Dshop,version!%3D2')).to.deep.equal(['a']);
    expect(await names('labelSelector=version%20in%20(2,3)')).to.deep.equal(['b']);
    expect(await names('labelSelector=app,!version')).to.deep.equal([]);
    expect(await names('fieldSelector=metadata.name%3Db')).to.deep.equal(['b']);
    expect((await sandbox.call('GET', `${core}/configmaps?fieldSelector=spec.x%3Db`)).status).to.equal(400);
  });

  it('resumes a watch where a list ended, and shows what enters and leaves the selection', async () => {
    const list = await sandbox.call('GET', `${core}/configmaps`);
    const made = await sandbox.make(configMap('x', { labels: { app: 'shop' } }));
    const path = `${core}/configmaps/x`;
    await sandbox.call('PUT', path, { ...made, metadata: { ...made.metadata, labels: { app: 'other' } } });
    const watch = await sandbox.watch(
      `${core}/configmaps?watch=true&labelSelector=app%3Dshop&resourceVersion=${list.body.metadata.resourceVersion}`,
    );
    const seen = [await watch.next(), await watch.next()];
    expect(seen.map(event => event?.type)).to.deep.equal(['ADDED', 'DELETED']);
    await sandbox.make(configMap('y', { labels: { app: 'shop' } }));
    expect((await watch.next())?.object.metadata.name).to.equal('y');
    watch.close();
  });

  it('sends bookmarks with the newest revision', async () => {
    const watch = await sandbox.watch(`${core}/secrets?watch=true&allowWatchBookmarks=true`);
    const made = await sandbox.make(configMap('x'));
    await eventually('a bookmark past the change', async () => {
      const event = await watch.next();
      expect(event?.type).to.equal('BOOKMARK');
      return Number(event?.object.metadata.resourceVersion) >= Number(made.metadata.resourceVersion);
    });
    watch.close();
  });

  it('says 410 to a watch from before its history', async () => {
    const { body } = await sandbox.call('GET', `${core}/configmaps`);
    for (let count = 0; count < 40; count++) await sandbox.make(configMap(`x-${count}`));
    const watch = await sandbox.watch(`${core}/configmaps?watch=true&resourceVersion=${body.metadata.resourceVersion}`);
    const event = await watch.next();
    expect([event?.type, event?.object.code, event?.object.reason]).to.deep.equal(['ERROR', 410, 'Expired']);
    expect(await watch.next()).to.equal(undefined);
  });

  it('takes nothing into a namespace that is being deleted, then removes it with all it holds', async () => {
    await sandbox.call('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
    const path = '/api/v1/namespaces/shop/configmaps';
    await sandbox.call('POST', path, configMap('held', { finalizers: ['test.example/hold'] }));
    await sandbox.call('DELETE', '/api/v1/namespaces/shop');
    const refused = await sandbox.call('POST', path, configMap('late'));
    expect([refused.status, refused.body.details.causes[0].reason]).to.deep.equal([403, 'NamespaceTerminating']);
    await sandbox.call('PATCH', `${path}/held`, { metadata: { finalizers: null } }, { 'content-type': 'application/merge-patch+json' });
    await eventually('the namespace is gone', async () => (await sandbox.call('GET', '/api/v1/namespaces/shop')).status === 404);
  });

  it('names unknown paths and wrong methods as Kubernetes does', async () => {
    const unknown = await sandbox.call('GET', `${core}/foos`);
    expect([unknown.status, unknown.body.reason]).to.deep.equal([404, 'NotFound']);
    const method = await sandbox.call('PUT', `${core}/services`, {});
    expect([method.status, method.body.reason]).to.deep.equal([405, 'MethodNotAllowed']);
  });
});
