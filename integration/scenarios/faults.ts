/** One request to the API server goes wrong: what the original lost or leaked then, Teal must not. */

import { expect } from 'chai';
import type { SpoilWish } from '../support/world.ts';
import { eventually } from '../support/wait.ts';
import { scenario, type Scenario } from './scenario.ts';

type Call = Pick<SpoilWish, 'method' | 'kind' | 'name'>;

const onlyVersion = (version: string) => [
  'Ingress shop',
  `Ingress shop-${version}`,
  `ReplicationController shop-${version}`,
  'Service shop',
  `Service shop-${version}`,
];

/** Every write of a redeployment. A version in a name stands for any. */
const writes: [string, Call][] = [
  ['creating the RC', { method: 'POST', kind: 'ReplicationController' }],
  ['creating the versioned Service', { method: 'POST', kind: 'Service' }],
  ['creating the preview Ingress', { method: 'POST', kind: 'Ingress' }],
  ['changing the Service', { method: 'PUT', kind: 'Service', name: 'shop' }],
  ['changing the Ingress', { method: 'PUT', kind: 'Ingress', name: 'shop' }],
  ['scaling the old RC down', { method: 'PUT', kind: 'ReplicationController', name: 'shop-\\d+' }],
  ['deleting the old RC', { method: 'DELETE', kind: 'ReplicationController', name: 'shop-\\d+' }],
  ['deleting the old versioned Service', { method: 'DELETE', kind: 'Service', name: 'shop-\\d+' }],
  ['deleting the old preview Ingress', { method: 'DELETE', kind: 'Ingress', name: 'shop-\\d+' }],
];

const named = (how: SpoilWish['with']): string => (typeof how === 'object' ? JSON.stringify(how) : String(how));

/** Ways in which one answer can go wrong. */
const passing = (method: Call['method']): SpoilWish['with'][] => [
  500,
  'lost-answer',
  'reset',
  429,
  ...(method === 'POST' ? [] : [409 as const]),
];

const overcome = writes.map(([what, call]) =>
  scenario(
    `when ${what} goes wrong once, in whatever way, the deployment succeeds and leaks nothing`,
    async world => {
      const { user, spoil } = await world.faulty();
      await user.deploy(world.routed());
      let version = 1;
      for (const how of passing(call.method)) {
        const spoiled = spoil({ ...call, with: how, times: 1 });
        const done = await user.deploy(world.routed({ image: `v${1 + (version % 3)}` }));
        version++;
        expect(done.version, named(how)).to.equal(String(version));
        await user.settled(done.id);
        expect(spoiled.struck(), `${named(how)} struck`).to.equal(1);
        spoiled.heal();
        await world.stands(onlyVersion(String(version)), 3000);
        expect(await world.pointing()).to.deep.equal({ service: String(version), ingress: String(version) });
      }
    },
    { limitMs: 240_000 },
  ),
);

/** The second deployment cannot succeed: it fails, and the first is as it was. */
const refused = (what: string, call: Call, how: SpoilWish['with'], code: RegExp): Scenario =>
  scenario(
    `when ${what} is answered with ${named(how)} for good, the deployment fails and Service, Ingress and pods of the old version are intact`,
    async world => {
      const { user, server, spoil } = await world.faulty();
      const first = await user.deploy(world.routed());
      await world.answers(world.host, 'v1');
      const spoiled = spoil({ ...call, with: how });
      const report = await world.traffic(async () => {
        const failed = await user.deploy(world.routed({ image: 'v2', timeoutSeconds: world.short(8), confirmSeconds: 0 }), 'FAILURE');
        expect(failed.reason?.code, failed.reason?.message).to.match(code);
      });
      expect(spoiled.struck()).to.be.greaterThan(0);
      expect(report.lost).to.deep.equal([]);
      expect(await world.standing()).to.deep.equal(onlyVersion('1'));
      expect(await world.pointing()).to.deep.equal({ service: '1', ingress: '1' });
      expect(await world.pods({ version: '2' })).to.deep.equal([]);
      expect((await user.show(first.id)).status).to.equal('DEPLOYED');
      expect(server.process.running).to.equal(true);
      spoiled.heal();
      await user.deploy(world.routed({ image: 'v3' }));
      await world.answers(world.host, 'v3');
    },
  );

export const faultScenarios: Scenario[] = [
  ...overcome,

  refused('creating the RC', { method: 'POST', kind: 'ReplicationController' }, 403, /REFUSED_BY_CLUSTER/),
  refused('creating the RC', { method: 'POST', kind: 'ReplicationController' }, 500, /TIMEOUT/),
  refused('creating the versioned Service', { method: 'POST', kind: 'Service' }, 500, /TIMEOUT/),
  refused('creating the versioned Service', { method: 'POST', kind: 'Service' }, 422, /REFUSED_BY_CLUSTER/),
  refused('changing the Service', { method: 'PUT', kind: 'Service', name: 'shop' }, 422, /SWITCH_REFUSED/),
  refused('changing the Service', { method: 'PUT', kind: 'Service', name: 'shop' }, 409, /SWITCH_REFUSED|TIMEOUT/),
  refused('changing the Service', { method: 'PUT', kind: 'Service', name: 'shop' }, 500, /SWITCH_REFUSED|TIMEOUT/),
  refused('changing the Ingress', { method: 'PUT', kind: 'Ingress', name: 'shop' }, 403, /SWITCH_REFUSED/),
  refused('changing the Ingress', { method: 'PUT', kind: 'Ingress', name: 'shop' }, 500, /SWITCH_REFUSED|TIMEOUT/),

  scenario('conflicts while the old RC is scaled down do not hold the deployment up', async world => {
    const { user, spoil } = await world.faulty();
    await user.deploy(world.demo());
    spoil({ method: 'PUT', kind: 'ReplicationController', name: 'shop-1', with: 409, times: 4 });
    const from = performance.now();
    await user.deploy(world.demo());
    expect(performance.now() - from).to.be.lessThan(30_000);
    await world.stands(['ReplicationController shop-2', 'Service shop', 'Service shop-2']);
  }),

  scenario('an old RC that cannot be deleted for a while does not stop later deployments and is not leaked', async world => {
    const { user, spoil } = await world.faulty();
    await user.deploy(world.demo());
    const spoiled = spoil({ method: 'DELETE', kind: 'ReplicationController', name: 'shop-1', with: 500 });
    const second = await user.deploy(world.demo({ drainSeconds: 1 }));
    await eventually('the deletion was tried', 15_000, () => expect(spoiled.struck()).to.be.greaterThan(1));
    expect((await user.show(second.id)).status).to.equal('DEPLOYED');
    const third = await user.start(await user.describe(world.demo()));
    spoiled.heal();
    expect(await user.ended(third)).to.include({ status: 'DEPLOYED', version: '3' });
    await world.stands(['ReplicationController shop-3', 'Service shop', 'Service shop-3']);
  }),

  scenario('an API server that is away for a while only delays a deployment', async world => {
    const { user, spoil } = await world.faulty();
    await user.deploy(world.routed());
    const rules = (['POST', 'PUT', 'DELETE'] as const).flatMap(method =>
      (['ReplicationController', 'Service', 'Ingress'] as const).flatMap(kind => [
        spoil({ method, kind, with: 'reset' }),
        spoil({ method, kind, name: 'shop.*', with: 'reset' }),
      ]),
    );
    const id = await user.start(await user.describe(world.routed({ image: 'v2' })));
    await eventually('several requests failed', 20_000, () =>
      expect(rules.reduce((sum, rule) => sum + rule.struck(), 0)).to.be.greaterThan(3),
    );
    for (const rule of rules) rule.heal();
    expect((await user.ended(id)).status).to.equal('DEPLOYED');
    await world.answers(world.host, 'v2');
  }),

  scenario('the first # while the API server is away is 503 with Retry-After, and nothing is written', async world => {
    const { user, spoil } = await world.faulty();
    const descriptorId = await user.describe(world.demo());
    const spoiled = spoil({ method: 'GET', kind: 'ReplicationController', with: 503 });
    const reply = await user.client.call('POST', '/deployments/', { query: { descriptorId } });
    expect(reply.status).to.equal(503);
    expect(Number(reply.headers['retry-after'])).to.be.greaterThan(0);
    expect(await user.list()).to.deep.equal([]);
    spoiled.heal();
    const id = await user.start(descriptorId);
    expect(await user.ended(id)).to.include({ status: 'DEPLOYED', version: '1' });
  }),

  scenario('an undeployment goes on until everything is gone, whatever is refused meanwhile', async world => {
    const { user, spoil } = await world.faulty();
    const { id } = await user.deploy(world.routed());
    for (const kind of ['Ingress', 'Service', 'ReplicationController'] as const)
      spoil({ method: 'DELETE', kind, name: 'shop.*', with: 500, times: 2 });
    await user.undeploy(id);
    expect(await world.standing()).to.deep.equal([]);
  }),
];

/** What a whole server goes through. */
export const lifeScenarios: Scenario[] = [
  scenario('a store that is away makes lists and everything else 503, never an empty list', async world => {
    const { user, server } = await world.start({ etcd: true });
    const { id } = await user.deploy(world.demo());
    await server.loseStore();
    for (const [method, path] of [
      ['GET', '/descriptors/'],
      ['GET', '/deployments/'],
      ['GET', `/deployments/${id}/`],
      ['GET', `/deployments/${id}/logs`],
      ['GET', `/deployments/${id}/healthcheckdata`],
    ] as const) {
      const reply = await user.client.call(method, path);
      expect(reply.status, `${method} ${path}`).to.equal(503);
      expect(reply.text).not.to.match(/127\.0\.0\.1|2379/);
    }
    expect((await user.client.call('POST', '/descriptors/', { body: world.demo() })).status).to.equal(503);
    expect((await user.client.call('GET', '/livez', { namespace: null })).status).to.equal(200);
    expect((await user.client.call('GET', '/readyz', { namespace: null })).status).to.equal(503);
    expect(server.process.running).to.equal(true);
  }),

  scenario('SIGTERM in the middle of a deployment ends with exit code 0, and the next start goes on', async world => {
    const { user, server } = await world.start();
    await user.deploy(world.routed());
    const id = await user.start(await user.describe(world.routed({ image: 'v2', env: { START_DELAY: '2s' } })));
    await user.reaches(id, 'verifying');
    const from = performance.now();
    expect(await server.process.stop()).to.deep.equal({ code: 0, signal: null });
    expect(performance.now() - from).to.be.lessThan(10_000);
    await server.start();
    const again = server.user(world.namespace);
    expect((await again.ended(id)).status).to.equal('DEPLOYED');
    await world.answers(world.host, 'v2');
  }),

  scenario('kill -9 in the middle of a deployment, and the next start finishes it', async world => {
    const { user, server } = await world.start();
    await user.deploy(world.routed());
    const id = await user.start(await user.describe(world.routed({ image: 'v2', env: { START_DELAY: '2s' } })));
    await user.reaches(id, 'verifying');
    await server.process.kill();
    await server.start();
    const again = server.user(world.namespace);
    expect((await again.ended(id)).status).to.equal('DEPLOYED');
    await again.settled(id);
    await world.stands(onlyVersion('2'));
    await world.answers(world.host, 'v2');
  }),

  scenario('when a replica dies another one takes its deployments over, within the lease and a few seconds', async world => {
    const { user, server } = await world.start({ etcd: true });
    const other = await server.replica();
    await user.deploy(world.routed());
    const id = await user.start(await user.describe(world.routed({ image: 'v2', promotion: 'manual' })));
    await user.reaches(id, 'waiting');
    await server.process.kill();
    const from = performance.now();
    const elsewhere = world.userAt(other.url);
    expect((await elsewhere.client.call('POST', `/deployments/${id}/promote`)).status).to.equal(202);
    expect((await elsewhere.ended(id)).status).to.equal('DEPLOYED');
    expect(performance.now() - from).to.be.lessThan(25_000);
    await world.answers(world.host, 'v2');
  }),

  scenario('two replicas show one truth: what one accepted the other knows at once', async world => {
    const { user, server } = await world.start({ etcd: true });
    const elsewhere = world.userAt((await server.replica()).url);
    const descriptorId = await user.describe(world.demo());
    const ids = await Promise.all([
      user.start(descriptorId),
      elsewhere.start(descriptorId),
      user.start(descriptorId),
      elsewhere.start(descriptorId),
    ]);
    for (const id of ids) {
      expect((await elsewhere.settled(id)).deployedAt).to.be.a('string');
      expect(await elsewhere.show(id)).to.deep.equal(await user.show(id));
      expect(await elsewhere.log(id)).to.equal(await user.log(id));
    }
    await world.stands(['ReplicationController shop-4', 'Service shop', 'Service shop-4']);
  }),
];
