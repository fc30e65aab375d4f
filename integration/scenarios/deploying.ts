/** First and second deployments: what is made, what is moved, what is removed, and what the API says of it. */

import { expect } from 'chai';
import type { KubeObject } from '../../src/cluster/objects.ts';
import { idOf } from '../support/user.ts';
import type { World } from '../support/world.ts';
import { scenario, type Scenario } from './scenario.ts';

const unknown = '01890000-0000-7000-8000-000000000000';

/** The backend's Service name and host of an Ingress with one rule. */
function ruleOf(ingress: KubeObject | undefined): { host: string; service: string; port: unknown } {
  const rule = ingress?.['spec'].rules[0];
  const { service } = rule.http.paths[0].backend;
  return { host: rule.host as string, service: service.name as string, port: service.port };
}

const must = async (world: World, kind: 'ReplicationController' | 'Service' | 'Ingress', name: string): Promise<KubeObject> => {
  const object = await world.object(kind, name);
  if (!object) throw new Error(`${kind} ${name} is missing`);
  return object;
};

export const deployingScenarios: Scenario[] = [
  scenario('a first deployment is accepted with 202 and its number, runs through its phases and ends DEPLOYED', async world => {
    const descriptorId = await world.user.describe(world.demo());
    const reply = await world.user.client.call('POST', '/deployments/', { query: { descriptorId } });
    expect(reply.status).to.equal(202);
    expect(reply.headers['location']).to.match(new RegExp(`^/deployments/[0-9a-f-]{36}/\\?namespace=${world.namespace}$`));
    expect(reply.json()).to.include({ id: idOf(reply), version: '1', status: 'DEPLOYING' });
    const followed = await world.user.client.call('GET', reply.headers['location'] ?? '', { namespace: null });
    expect(followed.status).to.equal(200);
    const done = await world.user.ended(idOf(reply));
    expect(done).to.include({ status: 'DEPLOYED', version: '1' });
    expect(done.descriptor).to.deep.include({ ...world.demo(), id: descriptorId });
    expect((await world.user.settled(done.id)).phase).to.equal('serving');
  }),

  scenario('a first deployment makes RC, versioned Service, Service and Ingress, marked and labelled as documented', async world => {
    const { id } = await world.user.deploy(world.routed({ replicas: 2 }));
    const labels = { name: 'shop-1', version: '1', app: 'shop' };
    const controller = await must(world, 'ReplicationController', 'shop-1');
    expect(controller.metadata.labels).to.include(labels);
    expect(controller['spec'].selector).to.deep.equal(labels);
    expect(controller['spec'].replicas).to.equal(2);
    expect(controller['spec'].template.metadata.labels).to.include(labels);
    const versioned = await must(world, 'Service', 'shop-1');
    expect(versioned['spec'].selector).to.deep.equal(labels);
    const service = await must(world, 'Service', 'shop');
    expect(service['spec'].selector).to.deep.equal({ app: 'shop', version: '1' });
    for (const { spec } of [versioned, service] as unknown as { spec: { type: string; ports: Record<string, unknown>[] } }[]) {
      expect(spec.type).to.equal('ClusterIP');
      expect(spec.ports.map(({ name, port, protocol }) => ({ name, port, protocol }))).to.deep.equal([
        { name: 'http', port: 8080, protocol: 'TCP' },
      ]);
    }
    expect(ruleOf(await must(world, 'Ingress', 'shop'))).to.deep.equal({ host: world.host, service: 'shop-1', port: { number: 8080 } });
    const preview = ruleOf(await must(world, 'Ingress', 'shop-1'));
    expect(preview.service).to.equal('shop-1');
    expect(preview.host).not.to.equal(world.host);
    for (const object of [controller, versioned, service, await must(world, 'Ingress', 'shop')]) {
      expect(object.metadata.labels, object.kind).to.include({ 'app.kubernetes.io/managed-by': 'teal', app: 'shop' });
      expect(object.metadata.annotations, object.kind).to.include.keys('teal/installation', 'teal/epoch');
    }
    expect(controller.metadata.annotations).to.include({ 'teal/deployment': id });
    await world.answers(world.host, 'v1');
    expect((await world.pods(labels)).length).to.equal(2);
  }),

  scenario('a second deployment moves Service and Ingress, removes the old version and tells both records so', async world => {
    const first = await world.user.deploy(world.routed());
    const service = await must(world, 'Service', 'shop');
    const second = await world.user.deploy(world.routed({ image: 'v2' }));
    expect(second.version).to.equal('2');
    await world.stands(['Ingress shop', 'Ingress shop-2', 'ReplicationController shop-2', 'Service shop', 'Service shop-2']);
    const moved = await must(world, 'Service', 'shop');
    expect(moved.metadata.uid).to.equal(service.metadata.uid);
    expect(moved['spec'].clusterIP).to.equal(service['spec'].clusterIP);
    expect(await world.pointing()).to.deep.equal({ service: '2', ingress: '2' });
    const old = await world.user.show(first.id);
    expect(old).to.include({ status: 'UNDEPLOYED', version: '1' });
    expect(old.reason?.code).to.equal('REPLACED');
    expect(await world.user.log(first.id)).to.include(second.id);
    expect(Date.parse((await world.user.show(second.id)).lastModified)).to.be.at.least(Date.parse(second.created));
    await world.answers(world.host, 'v2');
    expect(await world.pods({ version: '1' })).to.deep.equal([]);
  }),

  scenario('with drain 0 the old version is gone before DEPLOYED is announced', async world => {
    await world.user.deploy(world.demo());
    await world.user.deploy(world.demo({ image: 'v2' }));
    expect(await world.standing()).to.deep.equal(['ReplicationController shop-2', 'Service shop', 'Service shop-2']);
  }),

  scenario('deployments are listed newest first, by app, with limit and pages', async world => {
    expect(await world.user.list()).to.deep.equal([]);
    const ids: string[] = [];
    for (const appName of ['one', 'two', 'one']) ids.push((await world.user.deploy(world.demo({ appName }))).id);
    const newest = [...ids].reverse();
    expect((await world.user.list()).map(({ id }) => id)).to.deep.equal(newest);
    expect((await world.user.list({ appname: 'one' })).map(({ id }) => id)).to.deep.equal([ids[2], ids[0]]);
    expect(await world.user.list({ appname: 'none' })).to.deep.equal([]);
    const page = await world.user.client.call('GET', '/deployments/', { query: { limit: 2 } });
    expect(page.json<{ id: string }[]>().map(({ id }) => id)).to.deep.equal(newest.slice(0, 2));
    const next = /<([^>]+)>; rel="next"/.exec(page.headers['link'] ?? '')?.[1] ?? '';
    const rest = await world.user.client.call('GET', next, { namespace: null });
    expect(rest.json<{ id: string }[]>().map(({ id }) => id)).to.deep.equal(newest.slice(2));
    expect(rest.headers['link']).to.equal(undefined);
  }),

  scenario('deploying an unknown descriptor is 404 and a missing descriptorId 400', async world => {
    expect((await world.user.client.call('POST', '/deployments/', { query: { descriptorId: unknown } })).status).to.equal(404);
    expect((await world.user.client.call('POST', '/deployments/')).status).to.equal(400);
  }),

  scenario('every route of an unknown deployment is 404, also for an id of another namespace', async world => {
    const { id } = await world.user.deploy(world.demo());
    const stranger = (await world.another()).user.client;
    const routes = [
      ['GET', ''],
      ['PUT', ''],
      ['DELETE', ''],
      ['GET', 'logs'],
      ['GET', 'healthcheckdata'],
      ['POST', 'promote'],
      ['POST', 'abort'],
      ['POST', 'rollback'],
    ] as const;
    for (const [method, leaf] of routes) {
      const replies = [
        await world.user.client.call(method, `/deployments/${unknown}/${leaf}`),
        await stranger.call(method, `/deployments/${id}/${leaf}`),
      ];
      expect(
        replies.map(({ status }) => status),
        `${method} ${leaf}`,
      ).to.deep.equal([404, 404]);
    }
    expect((await world.user.show(id)).status).to.equal('DEPLOYED');
  }),

  scenario('images in the request replace those of the named containers, in this deployment only', async world => {
    const descriptorId = await world.user.describe(world.demo());
    const id = await world.user.start(descriptorId, { images: { demo: 'demo-app:v3' } });
    expect((await world.user.ended(id)).status).to.equal('DEPLOYED');
    const [container] = (await must(world, 'ReplicationController', 'shop-1'))['spec'].template.spec.containers as { image: string }[];
    expect(container?.image).to.equal('demo-app:v3');
    expect(JSON.stringify((await world.user.client.call('GET', `/descriptors/${descriptorId}/`)).json())).to.include('demo-app:v1');
  }),

  scenario('images for a container that the descriptor has not are 400 and nothing is accepted', async world => {
    const descriptorId = await world.user.describe(world.demo());
    for (const images of [{ nobody: 'demo-app:v1' }, { demo: 'not an image' }]) {
      const reply = await world.user.client.call('POST', '/deployments/', { query: { descriptorId }, body: { images } });
      expect(reply.status).to.equal(400);
    }
    expect(await world.user.list()).to.deep.equal([]);
  }),

  scenario('redeploying by PUT deploys the stored copy anew, whatever became of the descriptor since', async world => {
    const first = await world.user.deploy(world.demo({ env: { COLOUR: 'blue' } }));
    await world.user.client.call('PUT', `/descriptors/${first.descriptor.id}/`, { body: world.demo({ env: { COLOUR: 'green' } }) });
    await world.user.client.call('DELETE', `/descriptors/${first.descriptor.id}/`);
    const reply = await world.user.client.call('PUT', `/deployments/${first.id}/`);
    expect(reply.status).to.equal(202);
    const again = await world.user.ended(idOf(reply));
    expect(again.id).not.to.equal(first.id);
    expect(again).to.include({ status: 'DEPLOYED', version: '2' });
    expect(JSON.stringify(again.descriptor)).to.include('blue');
    expect((await world.user.show(first.id)).status).to.equal('UNDEPLOYED');
  }),

  scenario('an app without frontend gets no Ingress', async world => {
    await world.user.deploy(world.demo());
    await world.stands(['ReplicationController shop-1', 'Service shop', 'Service shop-1']);
  }),

  scenario('pods without ports get no Service and switch without traffic', async world => {
    const worker = { container: { ports: [], readinessProbe: undefined }, healthCheckPort: 8080 };
    await world.user.deploy(world.demo(worker));
    await world.stands(['ReplicationController shop-1']);
    await world.user.deploy(world.demo(worker));
    await world.stands(['ReplicationController shop-2']);
  }),

  scenario('the Service goes when the next version has no ports, and comes when it has', async world => {
    await world.user.deploy(world.demo());
    await world.user.deploy(world.demo({ container: { ports: [], readinessProbe: undefined } }));
    await world.stands(['ReplicationController shop-2']);
    await world.user.deploy(world.demo());
    await world.stands(['ReplicationController shop-3', 'Service shop', 'Service shop-3']);
  }),

  scenario('names and protocols of ports are kept, unnamed ones of several get a name', async world => {
    const ports = [
      { containerPort: 8080 },
      { name: 'dns', containerPort: 5353, protocol: 'UDP' },
      { name: 'metrics', containerPort: 9100 },
    ];
    await world.user.deploy(world.demo({ container: { ports } }));
    for (const name of ['shop', 'shop-1']) {
      const found = (await must(world, 'Service', name))['spec'].ports as { name: string; port: number; protocol: string }[];
      expect(found.map(({ port, protocol }) => [port, protocol])).to.have.deep.members([
        [8080, 'TCP'],
        [5353, 'UDP'],
        [9100, 'TCP'],
      ]);
      expect(found.find(({ port }) => port === 5353)?.name).to.equal('dns');
      expect(new Set(found.map(port => port.name)).size).to.equal(3);
    }
  }),

  scenario('changed ports of the next version reach the Service that stays', async world => {
    await world.user.deploy(world.routed());
    await world.user.deploy(
      world.routed({
        image: 'v2',
        env: { PORT: '9090' },
        healthCheckPort: 9090,
        container: {
          ports: [{ name: 'web', containerPort: 9090 }],
          readinessProbe: { httpGet: { path: '/ready', port: 9090 }, periodSeconds: 1 },
        },
      }),
    );
    const ports = (await must(world, 'Service', 'shop'))['spec'].ports as { name: string; port: number }[];
    expect(ports.map(({ name, port }) => [name, port])).to.deep.equal([['web', 9090]]);
    await world.answers(world.host, 'v2');
  }),

  scenario('the pod spec passes through, with imagePullSecrets, labels and annotations added', async world => {
    const podspec = {
      dnsPolicy: 'Default',
      hostAliases: [{ ip: '127.0.0.9', hostnames: ['nine.example.test'] }],
      imagePullSecrets: [{ name: 'own' }],
    };
    await world.user.deploy(
      world.demo({
        podspec,
        imagePullSecrets: [{ name: 'more' }, { name: 'own' }],
        labels: { team: 'blue' },
        annotations: { 'example.test/note': 'yes' },
      }),
    );
    const { metadata, spec } = (await must(world, 'ReplicationController', 'shop-1'))['spec'].template as {
      metadata: KubeObject['metadata'];
      spec: Record<string, unknown>;
    };
    expect(spec).to.deep.include({ dnsPolicy: 'Default', hostAliases: podspec.hostAliases });
    expect(spec['imagePullSecrets']).to.have.deep.members([{ name: 'own' }, { name: 'more' }]);
    expect(metadata.labels).to.include({ team: 'blue', app: 'shop' });
    expect(metadata.annotations).to.include({ 'example.test/note': 'yes' });
  }),

  scenario('injectPreStop adds a pause before the end; without one the deployment warns', async world => {
    const { id } = await world.user.deploy(world.demo({ drainSeconds: 0 }));
    expect(await world.user.log(id)).to.match(/preStop/i);
    await world.user.deploy(world.demo({ injectPreStop: true }));
    const [container] = (await must(world, 'ReplicationController', 'shop-2'))['spec'].template.spec.containers as {
      lifecycle: { preStop: object };
    }[];
    expect(container?.lifecycle.preStop).to.be.an('object');
  }),

  scenario('the next version starts with as many pods as the serving one was scaled to', async world => {
    await world.user.deploy(world.demo());
    await world.kube.edit('ReplicationController', world.namespace, 'shop-1', object => (object['spec'].replicas = 2));
    await world.user.deploy(world.demo({ image: 'v2' }));
    expect((await must(world, 'ReplicationController', 'shop-2'))['spec'].replicas).to.equal(2);
    expect((await world.pods({ version: '2' })).length).to.equal(2);
  }),

  scenario('health data has one entry per checked pod with the text that it answered', async world => {
    const { id } = await world.user.deploy(world.demo({ replicas: 2 }));
    const data = (await world.user.client.call('GET', `/deployments/${id}/healthcheckdata`)).json<
      { podName: string; value: string; healthy: boolean }[]
    >();
    expect(data.map(({ podName }) => podName)).to.have.members((await world.pods()).map(pod => pod.metadata.name));
    for (const { value, healthy } of data) {
      expect(healthy).to.equal(true);
      expect(JSON.parse(value)).to.include({ healthy: true });
    }
  }),

  scenario('the log tells the story: number, wait, health, outcome; each line with its time', async world => {
    const { id } = await world.user.deploy(world.demo());
    const text = await world.user.log(id);
    for (const part of [id, 'New deployment version: 1', /[Ww]aiting up to 60 seconds/, /healthy/])
      expect(text).to.match(part instanceof RegExp ? part : new RegExp(part));
    for (const line of text.trimEnd().split('\n')) expect(line).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S/);
    const reply = await world.user.client.call('GET', `/deployments/${id}/logs`);
    expect(reply.headers['content-type']).to.match(/^text\/plain/);
    const lines = await world.user.lines(id);
    expect(lines.map(({ seq }) => seq)).to.deep.equal(lines.map((_, index) => index + 1));
    expect(lines.map(({ time, message }) => `${time} ${message}\n`).join('')).to.equal(text);
  }),

  scenario('the word status stands once in the answer, pretty-printed on a line of its own', async world => {
    const { id } = await world.user.deploy(world.demo());
    const { text } = await world.user.client.call('GET', `/deployments/${id}/`);
    expect(text.split('\n').filter(line => /status/i.test(line))).to.deep.equal(['  "status": "DEPLOYED",']);
  }),

  scenario('lastModified grows strictly with every change', async world => {
    const id = await world.user.start(await world.user.describe(world.demo()));
    const seen: string[] = [];
    for (let current = await world.user.show(id); ; current = await world.user.show(id)) {
      if (seen.at(-1) !== current.lastModified) seen.push(current.lastModified);
      if (current.status !== 'DEPLOYING') break;
    }
    expect(seen.length).to.be.greaterThan(1);
    expect(seen).to.deep.equal([...new Set(seen)].sort());
  }),

  scenario('wait answers when the phase changes and at once when the status is an end', async world => {
    const { client } = world.user;
    const id = await world.user.start(await world.user.describe(world.demo({ env: { START_DELAY: '1s' } })));
    const before = await world.user.show(id);
    const changed = (await client.call('GET', `/deployments/${id}/`, { query: { wait: '60s' } })).json<typeof before>();
    expect([changed.status, changed.phase]).not.to.deep.equal([before.status, before.phase]);
    await world.user.ended(id);
    const from = performance.now();
    expect((await client.call('GET', `/deployments/${id}/`, { query: { wait: '60s' } })).json()).to.include({ status: 'DEPLOYED' });
    expect(performance.now() - from).to.be.lessThan(5000);
  }),

  scenario('wait must be 1 to 60 seconds', async world => {
    const { id } = await world.user.deploy(world.demo());
    for (const wait of ['0s', '61s', '-1s', 'soon', '']) {
      const reply = await world.user.client.call('GET', `/deployments/${id}/`, { query: { wait } });
      expect(reply.status, `wait=${wait}`).to.equal(400);
    }
    expect((await world.user.client.call('GET', `/deployments/${id}/`, { query: { wait: '1s', until: 'never' } })).status).to.equal(400);
  }),

  scenario('one Idempotency-Key starts one deployment, and another request under it is 422', async world => {
    const [one, two] = [await world.user.describe(world.demo()), await world.user.describe(world.demo())];
    const ids = await Promise.all([1, 2, 3].map(() => world.user.start(one, { key: `key-${world.namespace}` })));
    expect(new Set(ids).size).to.equal(1);
    const other = await world.user.client.call('POST', '/deployments/', {
      query: { descriptorId: two },
      headers: { 'idempotency-key': `key-${world.namespace}` },
    });
    expect(other.status).to.equal(422);
    await world.user.ended(ids[0] ?? '');
    expect(await world.user.start(one, { key: `key-${world.namespace}` })).to.equal(ids[0]);
    expect((await world.user.list()).length).to.equal(1);
  }),
];
