/** Two runs in which the best peer loses traffic: the new version dies after the switch, and others reset the Service's selector to all versions of the app. */

import { expect } from 'chai';
import { readyWhenHealthy, type DemoWish } from '../support/demo.ts';
import { openStream } from '../support/stream.ts';
import { idOf } from '../support/user.ts';
import { always, eventually, within } from '../support/wait.ts';
import type { World } from '../support/world.ts';
import { scenario, type Scenario } from './scenario.ts';

const container = { readinessProbe: readyWhenHealthy };

/** Pods of version 2 are deleted, and the cluster refuses to make new ones. */
async function greenDies(world: World): Promise<void> {
  const hard = { pods: String((await world.pods()).length) };
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'no-more' }, spec: { hard } };
  const path = `/api/v1/namespaces/${world.namespace}/resourcequotas`;
  expect((await world.kube.call('POST', path, quota)).status).to.equal(201);
  await eventually('the quota counts', 15_000, async () => {
    const answer = JSON.parse((await world.kube.call('GET', `${path}/no-more`)).text) as { status?: { used?: { pods?: string } } };
    expect(answer.status?.used?.pods).to.equal(hard.pods);
  });
  // Room for none: what is deleted cannot come back.
  const none = { ...quota, spec: { hard: { pods: '0' } } };
  expect((await world.kube.call('PUT', `${path}/no-more`, none)).status).to.equal(200);
  for (const pod of await world.pods({ version: '2' })) await world.kube.remove('Pod', world.namespace, pod.metadata.name);
}

/** Looks on until stopped: whatever version Service `shop` selects has an RC that is neither going nor scaled to nothing. */
function watchOverSelected(world: World): { looks: () => number; stop(): Promise<string[]> } {
  const wrong = new Set<string>();
  let looks = 0;
  let going = true;
  const selected = async () => (await world.pointing()).service;
  const loop = (async () => {
    while (going) {
      const before = await selected();
      const rc = await world.object('ReplicationController', `shop-${before}`);
      // Judged only when traffic did not move between the reads.
      if ((await selected()) !== before) continue;
      looks++;
      if (rc === undefined) wrong.add(`version ${before} is selected and has no RC`);
      else if (rc.metadata.deletionTimestamp !== undefined) wrong.add(`version ${before} is selected and its RC is being deleted`);
      else if (rc['spec'].replicas < 1) wrong.add(`version ${before} is selected and scaled to nothing`);
    }
  })();
  return {
    looks: () => looks,
    async stop() {
      going = false;
      await loop;
      return [...wrong];
    },
  };
}

/**
 * Teal's part is done within 2 s: Service and Ingress point to the old version, and so traffic by Service is back. A real proxy follows when it has read its Ingresses (nginx
 * at most every 3.3 s, and a request that it has sent to a vanished pod hangs until it gives that up).
 */
async function backOnOld(world: World, from: number): Promise<void> {
  const left = (ms: number) => ms - (performance.now() - from);
  const objects = async () => expect(await world.pointing()).to.deep.equal({ service: '1', ingress: '1' });
  await eventually('Service and Ingress are back on the old version', left(2000), objects, 20);
  if (world.target.real) {
    const service = await world.object('Service', 'shop');
    const url = `http://${String(service?.['spec'].clusterIP)}:8080/version`;
    const byService = async () => {
      const answer = await fetch(url, { signal: AbortSignal.timeout(300), headers: { connection: 'close' } });
      expect(await answer.json()).to.include({ version: 'v1' });
    };
    await eventually('traffic by Service is back on the old version', left(2000), byService, 20);
  }
  const byProxy = async () => expect((await within('an answer', 500, world.ingress.get(world.host))).version).to.equal('v1');
  await eventually('traffic by the proxy is back on the old version', left(world.target.real ? 8000 : 2000), byProxy, 20);
}

async function abortedAfterDeath(world: World, phase: 'confirming' | 'draining', abort = true): Promise<void> {
  const first = await world.user.deploy(world.routed({ container }));
  const wish = phase === 'confirming' ? { confirmSeconds: 60 } : { drainSeconds: 120, autoRollback: false };
  const green = await world.user.start(await world.user.describe(world.routed({ image: 'v2', container, ...wish })));
  await world.user.reaches(green, phase === 'confirming' ? 'confirming' : 'serving');
  await world.answers(world.host, 'v2');
  const watched = watchOverSelected(world);
  await greenDies(world);
  let from = performance.now();
  if (abort && phase === 'confirming') {
    // Aborting is for what has not been switched; after that it is a cancellation.
    expect((await world.user.client.call('POST', `/deployments/${green}/abort`)).status).to.equal(409);
    expect((await world.user.remove(green)).status).to.equal(202);
  } else if (abort) {
    const reply = await world.user.client.call('POST', `/deployments/${green}/rollback`);
    expect(reply.status).to.equal(202);
    expect(idOf(reply)).not.to.equal(green);
    // Before the rollback was accepted nobody wanted traffic to move: autoRollback is off.
    from = performance.now();
  }
  await backOnOld(world, from);
  expect((await world.user.settled(green)).status).to.be.oneOf(['FAILURE', 'UNDEPLOYED']);
  await world.stands(['Ingress shop', 'Ingress shop-1', 'ReplicationController shop-1', 'Service shop', 'Service shop-1']);
  expect(await watched.stop()).to.deep.equal([]);
  expect(watched.looks()).to.be.greaterThan(5);
  expect((await world.pods({ version: '1' })).length).to.equal(1);
  if (phase === 'confirming') expect((await world.user.show(first.id)).status).to.equal('DEPLOYED');
}

interface Told {
  type: string;
  kind?: string;
  action?: string;
  id?: string;
}

/** Somebody makes Service `shop` select every version; expects that `version` has it alone again within 2 s, that the log of `serving` says so, and an event. */
async function resetAndRepaired(world: World, when: string, serving: string, version: string): Promise<void> {
  const { client } = world.user;
  const stream = openStream(client.url + client.pathOf('/stream/events'), { protocols: ['teal.v1'], headers: client.headers });
  try {
    await eventually('the event stream is open', 10_000, () => expect(stream.messages<Told>()[0]?.type).to.equal('open'));
    const lines = (await world.user.lines(serving)).length;
    await world.kube.edit('Service', world.namespace, 'shop', object => (object['spec'].selector = { app: 'shop' }));
    await eventually(
      `the selector is put back while ${when}`,
      2000,
      async () => expect((await world.object('Service', 'shop'))?.['spec'].selector).to.deep.equal({ app: 'shop', version }),
      20,
    );
    await eventually(`the log tells of it while ${when}`, 5000, async () => {
      const told = (await world.user.lines(serving)).slice(lines).map(({ message }) => message);
      expect(told.join('\n')).to.match(/Put back Service shop: somebody else changed .*selector/);
    });
    await eventually(`an event tells of it while ${when}`, 5000, () => {
      const events = stream.messages<Told>().filter(({ type, id }) => type === 'event' && id === serving);
      expect(events[0]).to.include({ kind: 'deployment', action: 'changed' });
    });
  } finally {
    stream.cut();
  }
}

/** Numbers of the log lines that tell what a candidate went through, in order. */
async function milestones(world: World, id: string): Promise<void> {
  const log = await world.user.lines(id);
  const at = (pattern: RegExp) => log.find(({ message }) => pattern.test(message))?.seq ?? Number.NaN;
  expect(at(/^Deployment healthy!/), 'healthy before switched').to.be.lessThan(at(/^Switching traffic from version 1/));
  const data = (await world.user.client.call('GET', `/deployments/${id}/healthcheckdata`)).json<{ healthy: boolean }[]>();
  expect(data.map(({ healthy }) => healthy)).to.deep.equal([true]);
}

const candidate = async (world: World, wish: DemoWish) =>
  world.user.start(await world.user.describe(world.routed({ image: 'v2', ...wish })));

const selector = "the stable Service's selector is reset to `app` only";

export const worstMoments: Scenario[] = [
  scenario('green dies after the switch and the deployment is aborted while it is confirmed: traffic is back within 2 s', world =>
    abortedAfterDeath(world, 'confirming'),
  ),

  scenario('green dies after the switch and is rolled back while the old version drains: traffic is back within 2 s', world =>
    abortedAfterDeath(world, 'draining'),
  ),

  scenario('the pods of the new version are killed right after the switch: traffic goes back by itself within 2 s', world =>
    abortedAfterDeath(world, 'confirming', false),
  ),

  scenario('a new version whose RC somebody scales is switched only when that many pods are healthy', async world => {
    await world.user.deploy(world.routed());
    const scale = (replicas: number) =>
      world.kube.edit('ReplicationController', world.namespace, 'shop-2', object => (object['spec'].replicas = replicas));
    const second = await candidate(world, { env: { HEALTHY: 'false' } });
    await world.user.reaches(second, 'verifying');
    await scale(0);
    await always('a version without pods gets no traffic', 3000, async () =>
      expect(await world.user.show(second)).to.include({ status: 'DEPLOYING', phase: 'verifying' }),
    );
    await scale(2);
    await eventually('two pods run', 30_000, async () => {
      expect((await world.pods({ version: '2' })).length).to.equal(2);
      await world.setHealth({ version: '2' }, true);
    });
    expect((await world.user.ended(second)).status).to.equal('DEPLOYED');
    expect((await world.pods({ version: '2' })).length).to.equal(2);
  }),

  scenario('an Ingress that somebody points to a version that waits is put back within 2 s, and the version still waits', async world => {
    await world.user.deploy(world.routed());
    const second = await candidate(world, { promotion: 'manual' });
    await world.user.reaches(second, 'waiting');
    await world.kube.edit(
      'Ingress',
      world.namespace,
      'shop',
      object => (object['spec'].rules[0].http.paths[0].backend.service.name = 'shop-2'),
    );
    await eventually('the backend is put back', 2000, async () => expect((await world.pointing()).ingress).to.equal('1'), 20);
    expect(await world.user.show(second)).to.include({ status: 'DEPLOYING', phase: 'waiting' });
  }),

  scenario(`${selector} while a new version is verified, waits or is queued: put back within 2 s, and no check is skipped`, async world => {
    const first = await world.user.deploy(world.routed());
    const second = await candidate(world, { promotion: 'manual', env: { HEALTHY: 'false' } });
    await world.user.reaches(second, 'verifying');
    await eventually('its pod runs', 20_000, async () => expect((await world.pods({ version: '2' })).length).to.equal(1));
    await resetAndRepaired(world, 'it is verified', first.id, '1');
    expect(await world.user.show(second)).to.include({ status: 'DEPLOYING', phase: 'verifying' });
    await eventually('it is healthy', 20_000, () => world.setHealth({ version: '2' }, true));
    await world.user.reaches(second, 'waiting');
    await resetAndRepaired(world, 'it waits', first.id, '1');
    const third = await candidate(world, {});
    await resetAndRepaired(world, 'another one is queued', first.id, '1');
    expect(await world.user.show(second)).to.include({ status: 'DEPLOYING', phase: 'waiting' });
    expect(await world.user.show(third)).to.include({ status: 'DEPLOYING', phase: 'queued' });
    expect((await world.user.client.call('POST', `/deployments/${second}/promote`)).status).to.equal(202);
    expect((await world.user.ended(second)).status).to.equal('DEPLOYED');
    expect((await world.user.ended(third)).status).to.equal('DEPLOYED');
    await milestones(world, second);
  }),

  scenario(`${selector} while the proxy is asked for a new version: put back within 2 s, and the check still decides`, async world => {
    const { server, user } = await world.start({ args: ['--ingress-class', 'a-class-that-nobody-serves', '--proxysleep', '12'] });
    const own = { ...world, server, user };
    const first = await user.deploy(world.demo());
    const second = await user.start(await user.describe(world.routed({ image: 'v2' })));
    await user.reaches(second, 'preparing-traffic');
    await resetAndRepaired(own, 'the proxy is asked', first.id, '1');
    const failed = await user.ended(second);
    expect([failed.status, failed.reason?.code]).to.deep.equal(['FAILURE', 'PROXY_NOT_READY']);
  }),

  scenario(`${selector} while a new version is confirmed, drains the old one or serves alone: put back within 2 s`, async world => {
    const first = await world.user.deploy(world.routed());
    const second = await candidate(world, { confirmSeconds: 12, drainSeconds: 12 });
    await world.user.reaches(second, 'confirming');
    await resetAndRepaired(world, 'it is confirmed', second, '2');
    expect((await world.user.ended(second)).status).to.equal('DEPLOYED');
    expect(await world.user.show(first.id)).to.include({ status: 'UNDEPLOYED', phase: 'draining' });
    await resetAndRepaired(world, 'the old version drains', second, '2');
    await within('it is settled', 30_000, world.user.settled(second));
    await resetAndRepaired(world, 'it serves alone', second, '2');
    expect((await world.user.show(second)).status).to.equal('DEPLOYED');
    await milestones(world, second);
    await world.stands(['Ingress shop', 'Ingress shop-2', 'ReplicationController shop-2', 'Service shop', 'Service shop-2']);
  }),
];
