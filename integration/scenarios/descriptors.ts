/** Descriptors over REST. */

import { expect } from 'chai';
import { idOf } from '../support/user.ts';
import type { World } from '../support/world.ts';
import { scenario, type Scenario } from './scenario.ts';

interface Described {
  id: string;
  created: string;
  lastModified: string;
  [field: string]: unknown;
}

interface Faulty {
  code: string;
  title: string;
  status: number;
  errors: { pointer: string; message: string }[];
}

const unknownId = '00000000-0000-7000-8000-000000000000';

const create = (world: World, body: unknown, options: object = {}) => world.user.client.call('POST', '/descriptors/', { body, ...options });
const read = async (world: World, id: string) => (await world.user.client.call('GET', `/descriptors/${id}/`)).json<Described>();
const listed = async (world: World, query = {}) => (await world.user.client.call('GET', '/descriptors/', { query })).json<Described[]>();

export const descriptorScenarios: Scenario[] = [
  scenario('creating a descriptor answers 201 with a path-absolute Location that leads to the stored descriptor', async world => {
    const sent = world.routed({
      replicas: 2,
      webhooks: [{ key: 'k1', description: 'hook' }],
      additionHttpHeaders: [{ Header: 'X-TEST', Value: 'some test' }],
    });
    const reply = await create(world, sent);
    expect(reply.status).to.equal(201);
    expect(reply.headers['location']).to.match(new RegExp(`^/descriptors/[0-9a-f-]{36}/\\?namespace=${world.namespace}$`));
    const followed = await world.user.client.call('GET', reply.headers['location'] ?? '', { namespace: null });
    expect(followed.status).to.equal(200);
    expect(followed.headers['content-type']).to.equal('application/json; charset=utf-8');
    expect(followed.json()).to.deep.equal(reply.json()).and.to.deep.include(sent);
    expect(followed.text).to.include('\n  "appName": "shop"');
    expect(followed.headers['etag']).to.be.a('string');
  }),

  scenario('a descriptor without optional fields gets the documented defaults', async world => {
    const bare = { appName: 'bare', newVersion: '#', podspec: { containers: [{ name: 'demo', image: 'demo-app:v1' }] } };
    const stored = (await create(world, bare)).json();
    expect(stored).to.include({
      namespace: world.namespace,
      deploymentType: 'blue-green',
      replicas: 1,
      redirectWww: false,
      useCompression: false,
    });
    expect(stored).not.to.have.property('frontend');
    expect(stored['podspec']).to.deep.equal(bare.podspec);
  }),

  scenario('id, created and lastModified that a client sends are ignored, so that what was read can be sent back', async world => {
    const first = await read(world, await world.user.describe(world.demo()));
    const second = await create(world, { ...first, created: '1999-01-01T00:00:00Z' });
    expect(second.status).to.equal(201);
    expect(idOf(second)).not.to.equal(first.id);
    expect(second.json<Described>().created).not.to.match(/^1999/);
  }),

  scenario("the body's namespace must be the query's or absent", async world => {
    const { namespace: _, ...without } = world.demo();
    expect((await create(world, without)).json()).to.include({ namespace: world.namespace });
    const reply = await create(world, { ...without, namespace: 'elsewhere' });
    expect(reply.status).to.equal(400);
    expect(reply.json<Faulty>().errors.map(({ pointer }) => pointer)).to.deep.equal(['/namespace']);
  }),

  scenario('a bad descriptor is refused with every fault and its JSON pointer, and nothing is stored', async world => {
    const reply = await create(world, {
      appName: 'My_App',
      newVersion: '#',
      replicas: 0,
      frontend: 'https://x.example.test',
      useHealthCheck: true,
      podspec: { containers: [] },
    });
    expect(reply.status).to.equal(400);
    expect(reply.headers['content-type']).to.match(/^application\/problem\+json/);
    const problem = reply.json<Faulty>();
    expect(problem).to.include({ code: 'INVALID', status: 400 });
    expect(problem.errors.map(({ pointer }) => pointer)).to.include.members([
      '/appName',
      '/replicas',
      '/frontend',
      '/healthCheckPath',
      '/healthCheckType',
      '/podspec/containers',
    ]);
    expect(problem.errors.find(({ pointer }) => pointer === '/appName')?.message).to.include('my-app');
    expect(await listed(world)).to.deep.equal([]);
  }),

  scenario('an unknown field is refused with the nearest known name', async world => {
    const reply = await create(world, { ...world.demo(), replica: 2 });
    expect(reply.status).to.equal(400);
    const [fault] = reply.json<Faulty>().errors;
    expect(fault?.pointer).to.equal('/replica');
    expect(fault?.message).to.include('replicas');
  }),

  scenario('fields of the original deployer are dropped with a warning', async world => {
    const reply = await create(world, { ...world.demo(), email: 'a@example.test', password: 'x', readinessPort: 1 });
    expect(reply.status).to.equal(201);
    expect(reply.json()).not.to.have.any.keys('email', 'password', 'readinessPort');
    expect(reply.headers['warning']).to.match(/299/).and.include('email');
  }),

  scenario('text that is not JSON is 400, a form content type is read as JSON, another media type is 415', async world => {
    expect((await create(world, '{"appName":')).status).to.equal(400);
    const form = await create(world, JSON.stringify(world.demo()), { headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    expect(form.status).to.equal(201);
    const image = await create(world, JSON.stringify(world.demo()), { headers: { 'content-type': 'image/png' } });
    expect(image.status).to.equal(415);
  }),

  scenario('the list of descriptors is [] when empty, newest first, and filtered by app name', async world => {
    expect(await listed(world)).to.deep.equal([]);
    const ids: string[] = [];
    for (const appName of ['one', 'two', 'one']) ids.push(await world.user.describe(world.demo({ appName })));
    expect((await listed(world)).map(({ id }) => id)).to.deep.equal([...ids].reverse());
    expect((await listed(world, { appname: 'one' })).map(({ id }) => id)).to.deep.equal([ids[2], ids[0]]);
    expect(await listed(world, { appname: 'three' })).to.deep.equal([]);
  }),

  scenario('pages of descriptors are linked until the last one', async world => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await world.user.describe(world.demo({ appName: `app-${n}` })));
    const seen: string[] = [];
    let path: string | undefined = world.user.client.pathOf('/descriptors/', { query: { limit: 2 } });
    for (let page = 0; path !== undefined; page++) {
      expect(page).to.be.lessThan(4);
      const reply = await world.user.client.call('GET', path, { namespace: null });
      const batch = reply.json<Described[]>();
      expect(batch.length).to.be.at.most(2);
      seen.push(...batch.map(({ id }) => id));
      path = /<([^>]+)>; rel="next"/.exec(reply.headers['link'] ?? '')?.[1];
    }
    expect(seen).to.deep.equal(ids.reverse());
  }),

  scenario('a limit or continue that makes no sense is one problem answer, for descriptors and deployments', async world => {
    for (const path of ['/descriptors/', '/deployments/']) {
      for (const query of [{ limit: 'abc' }, { limit: '0' }, { limit: '-1' }, { limit: '1.5' }, { continue: '%%%' }]) {
        const reply = await world.user.client.call('GET', path, { query });
        expect(reply.status, `${path} ${JSON.stringify(query)}`).to.equal(400);
        expect(reply.json<Faulty>().errors[0]?.pointer).to.equal(`?${Object.keys(query)[0]}`);
      }
    }
  }),

  scenario('replacing a descriptor answers 204, keeps id and created, and drops what was left out', async world => {
    const before = await read(world, await world.user.describe(world.routed({ replicas: 3 })));
    const reply = await world.user.client.call('PUT', `/descriptors/${before.id}/`, { body: world.demo() });
    expect(reply.status).to.equal(204);
    expect(reply.text).to.equal('');
    const after = await read(world, before.id);
    expect(after).to.include({ id: before.id, created: before.created, replicas: 1 });
    expect(after).not.to.have.property('frontend');
    expect(Date.parse(after.lastModified)).to.be.greaterThan(Date.parse(before.lastModified));
  }),

  scenario('replacing is validated like creating, must keep the app name, and is 404 for an unknown id', async world => {
    const id = await world.user.describe(world.demo());
    const before = await read(world, id);
    const put = (body: unknown, to = id) => world.user.client.call('PUT', `/descriptors/${to}/`, { body });
    expect((await put({ ...world.demo(), replicas: -1 })).status).to.equal(400);
    const renamed = await put(world.demo({ appName: 'other' }));
    expect(renamed.status).to.equal(400);
    expect(renamed.json<Faulty>().errors[0]?.pointer).to.equal('/appName');
    expect((await put(world.demo(), '01890000-0000-7000-8000-000000000000')).status).to.equal(404);
    expect(await read(world, id)).to.deep.equal(before);
  }),

  scenario('If-Match with an old ETag is 412 and changes nothing', async world => {
    const id = await world.user.describe(world.demo());
    const etag = (await world.user.client.call('GET', `/descriptors/${id}/`)).headers['etag'] ?? '';
    const put = (headers: Record<string, string>) =>
      world.user.client.call('PUT', `/descriptors/${id}/`, { body: world.demo({ replicas: 2 }), headers });
    expect((await put({ 'if-match': etag })).status).to.equal(204);
    expect((await put({ 'if-match': etag })).status).to.equal(412);
  }),

  scenario('deleting a descriptor answers 200 without content and undeploys nothing', async world => {
    const { descriptor } = await world.user.deploy(world.demo());
    const reply = await world.user.client.call('DELETE', `/descriptors/${descriptor.id}/`);
    expect([reply.status, reply.text]).to.deep.equal([200, '']);
    for (const method of ['GET', 'DELETE'] as const)
      expect((await world.user.client.call(method, `/descriptors/${descriptor.id}/`)).status).to.equal(404);
    expect(await world.standing()).to.deep.equal(['ReplicationController shop-1', 'Service shop', 'Service shop-1']);
  }),

  scenario('bulk delete keeps the newest descriptor of the app unless told not to', async world => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push(await world.user.describe(world.demo()));
    const other = await world.user.describe(world.demo({ appName: 'other' }));
    const clear = async (query: Record<string, string>) =>
      (await world.user.client.call('DELETE', '/descriptors/', { query })).json<{ deleted: string[] }>().deleted;
    expect(await clear({ appname: 'shop' })).to.have.members(ids.slice(0, 2));
    expect(await clear({ appname: 'shop' })).to.deep.equal([]);
    expect(await clear({ appname: 'shop', keepLatest: 'false' })).to.deep.equal(ids.slice(2));
    expect(await clear({ appname: 'nobody' })).to.deep.equal([]);
    expect((await listed(world)).map(({ id }) => id)).to.deep.equal([other]);
  }),

  scenario('bulk deletes without appname, or with a flag that is none, are 400', async world => {
    const { client } = world.user;
    for (const path of ['/descriptors/', '/deployments/']) expect((await client.call('DELETE', path)).status).to.equal(400);
    expect((await client.call('DELETE', '/descriptors/', { query: { appname: 'shop', keepLatest: 'maybe' } })).status).to.equal(400);
    expect((await client.call('DELETE', '/deployments/', { query: { appname: 'shop', undeploy: 'maybe' } })).status).to.equal(400);
  }),

  scenario('validate says whether a descriptor is valid, with faults and warnings, and stores nothing', async world => {
    const ask = async (body: unknown, options: object = { namespace: null }) =>
      (await world.user.client.call('POST', '/descriptors/validate', { body, ...options })).json<{
        valid: boolean;
        errors: { pointer: string }[];
        warnings: string[];
      }>();
    const good = await ask(world.demo());
    expect([good.valid, good.errors]).to.deep.equal([true, []]);
    expect(good.warnings.join()).to.match(/preStop/i);
    const bad = await ask({ ...world.demo(), replicas: 'two' });
    expect([bad.valid, bad.errors.map(({ pointer }) => pointer)]).to.deep.equal([false, ['/replicas']]);
    expect(await listed(world)).to.deep.equal([]);
  }),

  scenario('validate with cluster=true also asks the API server, which must be given a namespace', async world => {
    const ask = (body: unknown, options: object = {}) =>
      world.user.client.call('POST', '/descriptors/validate', { body, query: { cluster: 'true' }, ...options });
    expect((await ask(world.demo(), { namespace: null })).status).to.equal(400);
    expect((await ask(world.demo())).json()).to.include({ valid: true });
    const refused = await ask(world.demo({ container: { volumeMounts: [{ name: 'nowhere', mountPath: '/x' }] } }));
    expect(refused.json<{ valid: boolean }>().valid).to.equal(false);
    expect(await world.standing()).to.deep.equal([]);
  }),

  scenario('every route but validate needs the namespace, and a namespace must be a name', async world => {
    const id = '01890000-0000-7000-8000-000000000000';
    const routes = [
      ['GET', '/descriptors/'],
      ['POST', '/descriptors/'],
      ['GET', `/descriptors/${id}/`],
      ['PUT', `/descriptors/${id}/`],
      ['DELETE', `/descriptors/${id}/`],
      ['DELETE', '/descriptors/?appname=shop'],
      ['GET', '/deployments/'],
      ['POST', `/deployments/?descriptorId=${id}`],
      ['GET', `/deployments/${id}/`],
      ['PUT', `/deployments/${id}/`],
      ['DELETE', `/deployments/${id}/`],
      ['DELETE', '/deployments/?appname=shop'],
      ['GET', `/deployments/${id}/logs`],
      ['GET', `/deployments/${id}/healthcheckdata`],
      ['POST', `/deployments/${id}/promote`],
      ['POST', `/deployments/${id}/abort`],
      ['POST', `/deployments/${id}/rollback`],
    ] as const;
    for (const [method, path] of routes) {
      const body =
        method === 'PUT' || path === '/descriptors/' ? (method === 'POST' || method === 'PUT' ? world.demo() : undefined) : undefined;
      for (const namespace of [null, 'Not_A_Namespace', '../kube-system']) {
        const reply = await world.user.client.call(method, path, { namespace, body });
        expect(reply.status, `${method} ${path} ${String(namespace)}`).to.equal(400);
        expect(reply.json<Faulty>().errors[0]?.pointer).to.equal('?namespace');
      }
    }
  }),

  scenario('slashes may be doubled and the last one left out', async world => {
    const id = await world.user.describe(world.demo());
    for (const path of [`/descriptors/${id}`, `/descriptors/${id}/`, `//descriptors/${id}/`, `//descriptors//${id}//`]) {
      expect((await world.user.client.call('GET', path)).status, path).to.equal(200);
    }
    for (const path of ['/descriptors', '//descriptors/', '/deployments', '//deployments//'])
      expect((await world.user.client.call('GET', path)).status, path).to.equal(200);
  }),

  scenario('unknown paths are 404 and wrong methods 405, as problems', async world => {
    const missing = await world.user.client.call('GET', '/nothing/here');
    expect([missing.status, missing.json<Faulty>().code]).to.deep.equal([404, 'NOT_FOUND']);
    const wrong = await world.user.client.call('PATCH', '/descriptors/');
    expect([wrong.status, wrong.json<Faulty>().code]).to.deep.equal([405, 'METHOD_NOT_ALLOWED']);
    expect(wrong.headers['allow']).to.include('POST');
  }),

  scenario("a container's own variables come back as they were sent, also those that Teal or the store sets", async world => {
    const env = { APP_NAME: 'mine', FROM_STORE: 'mine', OTHER: 'x' };
    const sent = world.demo({ env, environment: { FROM_STORE: 'map' } });
    const stored = await read(world, await world.user.describe(sent));
    expect(stored['podspec']).to.deep.equal(sent['podspec']);
    expect(stored['environment']).to.deep.equal({ FROM_STORE: 'map' });
  }),

  scenario('the audit tells who changed what, newest first, what was refused too', async world => {
    const id = await world.user.describe(world.demo());
    await world.user.client.call('PUT', `/descriptors/${id}/`, { body: world.demo({ replicas: 3 }) });
    await world.user.client.call('DELETE', `/descriptors/${unknownId}/`);
    const reply = await world.user.client.call('GET', '/audit/');
    expect(reply.status, reply.text).to.equal(200);
    const records = reply.json<{ action: string; outcome: string; target?: { id: string }; change?: { fields?: unknown[] } }[]>();
    expect(records.map(({ action, outcome, target }) => [action, outcome, target?.id])).to.deep.equal([
      ['deleteDescriptor', 'refused', unknownId],
      ['replaceDescriptor', 'done', id],
      ['createDescriptor', 'done', id],
    ]);
    expect(records[1]?.change?.fields).to.deep.equal([{ pointer: '/replicas', before: 1, after: 3 }]);
  }),

  scenario('live, ready, version, metrics, document and its page are there without a namespace', async world => {
    const { client } = world.user;
    for (const path of ['/livez', '/readyz', '/version', '/metrics', '/openapi.json', '/apidocs/'])
      expect((await client.call('GET', path, { namespace: null })).status, path).to.equal(200);
    expect((await client.call('GET', '/version', { namespace: null })).json()).to.include({ node: process.version });
  }),
];
