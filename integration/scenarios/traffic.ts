/** The way of the traffic: what clients outside see while versions, hosts and modes change. */

import { expect } from 'chai';
import type { TrafficReport } from '../support/ingress.ts';
import { eventually } from '../support/wait.ts';
import type { World } from '../support/world.ts';
import { scenario, type Scenario } from './scenario.ts';

/** Long enough that requests under way and late proxies find the old version still there. */
const drained = { drainSeconds: 6, env: { STOP_DELAY: '2s' }, podspec: { terminationGracePeriodSeconds: 10 } };

const nothingLost = (report: TrafficReport, versions: string[]) => {
  expect(report.lost).to.deep.equal([]);
  expect(report.versions).to.deep.equal(versions);
  expect(report.asked).to.be.greaterThan(10);
};

/** No route for the host: the proxy's own 404. */
const unanswered = (world: World, host: string) =>
  eventually(`${host} is no longer answered`, 15_000, async () =>
    expect((await world.ingress.get(host, '/version')).version).to.equal(undefined),
  );

/** While a proxy loads a change, workers that know it and workers that do not answer side by side for a moment. */
const allAnswer = (world: World, version: string) =>
  eventually(`only ${version} answers`, 30_000, async () => {
    for (let time = 0; time < 10; time++) expect((await world.ingress.get(world.host, '/version')).version).to.equal(version);
  });

const accept = async (world: World, descriptor: object) =>
  world.user.client.call('POST', '/deployments/', { query: { descriptorId: await world.user.describe(descriptor as never) } });

export const trafficScenarios: Scenario[] = [
  scenario('a versioned switch loses no request', async world => {
    await world.user.deploy(world.routed(drained));
    await world.answers(world.host, 'v1');
    const report = await world.traffic(async () => {
      const { id } = await world.user.deploy(world.routed({ ...drained, image: 'v2' }));
      await world.answers(world.host, 'v2');
      await world.user.settled(id);
    });
    nothingLost(report, ['v1', 'v2']);
    await world.stands(['Ingress shop', 'Ingress shop-2', 'ReplicationController shop-2', 'Service shop', 'Service shop-2']);
  }),

  scenario('a switch by stable Service loses no request and does not touch the Ingress', async world => {
    const wish = { ...drained, routing: 'stable-service' };
    await world.user.deploy(world.routed(wish));
    await world.answers(world.host, 'v1');
    const before = await world.object('Ingress', 'shop');
    expect(before?.['spec'].rules[0].http.paths[0].backend.service.name).to.equal('shop');
    expect(await world.standing()).to.deep.equal(['Ingress shop', 'ReplicationController shop-1', 'Service shop', 'Service shop-1']);
    const report = await world.traffic(async () => {
      const { id } = await world.user.deploy(world.routed({ ...wish, image: 'v2' }));
      await world.answers(world.host, 'v2');
      await world.user.settled(id);
    });
    nothingLost(report, ['v1', 'v2']);
    const after = await world.object('Ingress', 'shop');
    expect(after?.metadata.generation ?? 0).to.equal(before?.metadata.generation ?? 0);
    expect(after?.metadata.annotations).to.deep.equal(before?.metadata.annotations);
    expect(after?.['spec']).to.deep.equal(before?.['spec']);
  }),

  scenario('a rollback under traffic loses no request', async world => {
    await world.user.deploy(world.routed(drained));
    const two = await world.user.deploy(world.routed({ ...drained, image: 'v2', drainSeconds: 60 }));
    await allAnswer(world, 'v2');
    const report = await world.traffic(async () => {
      await world.user.client.call('POST', `/deployments/${two.id}/rollback`);
      await world.answers(world.host, 'v1');
    });
    nothingLost(report, ['v2', 'v1']);
  }),

  scenario('a change of the routing mode, there and back, loses no request', async world => {
    await world.user.deploy(world.routed(drained));
    await world.answers(world.host, 'v1');
    const report = await world.traffic(async () => {
      const two = await world.user.deploy(world.routed({ ...drained, image: 'v2', routing: 'stable-service' }));
      await world.answers(world.host, 'v2');
      await world.user.settled(two.id);
      expect((await world.object('Ingress', 'shop'))?.['spec'].rules[0].http.paths[0].backend.service.name).to.equal('shop');
      const three = await world.user.deploy(world.routed({ ...drained, image: 'v3' }));
      await world.answers(world.host, 'v3');
      await world.user.settled(three.id);
    });
    nothingLost(report, ['v1', 'v2', 'v3']);
    expect(await world.pointing()).to.deep.equal({ service: '3', ingress: '3' });
  }),

  scenario('the old version keeps running through its drain and then goes', async world => {
    const one = await world.user.deploy(world.routed());
    const two = await world.user.deploy(world.routed({ image: 'v2', drainSeconds: 6 }));
    expect(await world.user.show(one.id)).to.include({ status: 'UNDEPLOYED', phase: 'draining' });
    expect((await world.pods({ version: '1' })).length).to.equal(1);
    expect(await world.standing()).to.include.members(['ReplicationController shop-1', 'Service shop-1', 'Ingress shop-1']);
    await world.user.settled(two.id);
    expect((await world.user.show(one.id)).phase).to.equal('settled');
    await world.stands(['Ingress shop', 'Ingress shop-2', 'ReplicationController shop-2', 'Service shop', 'Service shop-2'], 3000);
  }),

  scenario('a version is reachable under its preview host before it has the traffic', async world => {
    const { user } = await world.start({ args: ['--preview-domain', 'preview.example.test'] });
    await user.deploy(world.routed());
    const id = await user.start(await user.describe(world.routed({ image: 'v2', promotion: 'manual' })));
    await user.reaches(id, 'waiting');
    await world.answers(`shop-2.${world.namespace}.preview.example.test`, 'v2');
    await world.answers(world.host, 'v1');
    await user.client.call('POST', `/deployments/${id}/promote`);
    await user.ended(id);
    await world.answers(world.host, 'v2');
  }),

  scenario('a version without frontend after one with it takes the Ingress away, and the next brings it back', async world => {
    await world.user.deploy(world.routed());
    await world.answers(world.host, 'v1');
    await world.user.deploy(world.demo({ image: 'v2' }));
    await world.stands(['ReplicationController shop-2', 'Service shop', 'Service shop-2']);
    await unanswered(world, world.host);
    await world.user.deploy(world.routed({ image: 'v3' }));
    await world.answers(world.host, 'v3');
  }),

  scenario('a changed frontend moves the app to the new host and leaves the old one', async world => {
    await world.user.deploy(world.routed());
    await world.answers(world.host, 'v1');
    await world.user.deploy(world.routed({ image: 'v2', frontend: `new.${world.host}` }));
    await world.answers(`new.${world.host}`, 'v2');
    await unanswered(world, world.host);
  }),

  scenario(
    'www is redirected while redirectWww is on and not after it was turned off',
    async world => {
      const www = `www.${world.host}`;
      await world.user.deploy(world.routed({ redirectWww: true }));
      await eventually('www is redirected', 15_000, async () => {
        const page = await world.ingress.get(www, '/some/path');
        expect(page.status).to.be.within(301, 308);
        expect(page.headers['location']).to.match(new RegExp(`^https?://${world.host}(:\\d+)?/some/path$`));
      });
      await world.answers(world.host, 'v1');
      await world.user.deploy(world.routed({ image: 'v2' }));
      await world.answers(world.host, 'v2');
      await eventually('www is no longer redirected', 15_000, async () => expect((await world.ingress.get(www, '/')).status).to.equal(404));
      expect((await world.standing()).filter(name => /www/.test(name))).to.deep.equal([]);
    },
    {
      leftOut: {
        'real-traefik':
          'the Traefik of the test cluster has neither CRDs nor a file provider, one of which a redirect needs; dialects.test.ts shows it with a Traefik that has them',
      },
    },
  ),

  scenario('a wish that the controller cannot fulfil becomes a warning, in the answer and in the log', async world => {
    const reply = await world.user.client.call('POST', '/descriptors/', {
      body: world.routed({ additionHttpHeaders: [{ Header: 'X-Not-Listed', Value: 'x' }] }),
    });
    expect(reply.status).to.equal(201);
    expect(reply.headers['warning']).to.include('X-Not-Listed');
    const done = await world.user.deploy(world.routed({ additionHttpHeaders: [{ Header: 'X-Not-Listed', Value: 'x' }] }));
    expect(await world.user.log(done.id)).to.include('X-Not-Listed');
    await world.answers(world.host, 'v1');
  }),

  scenario('a host belongs to one app: another app, or its www, is refused until it is free', async world => {
    const one = await world.user.deploy(world.routed());
    for (const wish of [{}, { frontend: `www.${world.host}` }]) {
      const reply = await accept(world, world.routed({ appName: 'other', ...wish }));
      expect(reply.status).to.equal(409);
      expect(reply.json()).to.include({ code: 'HOST_TAKEN' });
    }
    const { user, namespace } = await world.another();
    const { namespace: _, ...elsewhere } = world.routed({ appName: 'other' });
    const reply = await user.client.call('POST', '/deployments/', { query: { descriptorId: await user.describe(elsewhere) } });
    expect([reply.status, namespace === world.namespace]).to.deep.equal([409, false]);
    await world.user.undeploy(one.id);
    await world.user.deploy(world.routed({ appName: 'other', image: 'v2' }));
    await world.answers(world.host, 'v2');
  }),

  scenario("a host of somebody else's Ingress is refused", async world => {
    const backend = { service: { name: 'their', port: { number: 80 } } };
    await world.kube.create({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'their', namespace: world.namespace },
      spec: { rules: [{ host: world.host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
    });
    const descriptorId = await world.user.describe(world.routed());
    await eventually('the foreign Ingress is seen', 5000, async () => {
      const reply = await world.user.client.call('POST', '/deployments/', { query: { descriptorId } });
      if (reply.status === 202) await world.user.remove(/deployments\/([^/]+)/.exec(reply.headers['location'] ?? '')?.[1] ?? '');
      expect(reply.status).to.equal(409);
      expect(reply.json()).to.include({ code: 'HOST_TAKEN' });
    });
  }),

  scenario('undeploying takes the host away before the pods', async world => {
    // Its pods serve for as long as a proxy may take to follow: ingress-nginx looks at changes once in 3.3 s.
    const patient = { ...drained, env: { STOP_DELAY: '5s' } };
    const { id } = await world.user.deploy(world.routed(patient));
    await world.answers(world.host, 'v1');
    const report = await world.traffic(async () => {
      await world.user.undeploy(id);
      await unanswered(world, world.host);
    });
    // Whatever is lost is lost because the host is gone (404), or for the moment in which a proxy still has it (503): nobody is sent to a half-dead pod.
    expect(report.lost.filter(({ status }) => ![404, 503].includes(status))).to.deep.equal([]);
    expect(report.versions).to.deep.equal(['v1']);
  }),
];
