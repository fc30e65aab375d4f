import { expect } from 'chai';
import { keys } from '../store/keys.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { namespace, openRoom, problem, refusal } from '../testing/deployments-room.ts';

const accept = (
  room: Awaited<ReturnType<typeof openRoom>>,
  descriptorId: string,
  more: { images?: Record<string, string>; idempotencyKey?: string; principal?: string } = {},
) => room.deployments.accept({ namespace, descriptorId, principal: 'tester', ...more });

describe('accepting a deployment', () => {
  it('writes record, number, claims, queue place and first log lines in one commit', async () => {
    const room = await openRoom();
    const before = (await room.store.range(keys.root)).revision;
    const deployment = await room.deploy({ redirectWww: true });
    expect((await room.store.range(keys.root)).revision).to.equal(before + 1);
    expect(deployment).to.include({ version: '1', status: 'DEPLOYING', phase: 'queued', objectsOf: deployment.id });
    expect(await room.app())
      .to.include({ counter: 1 })
      .and.have.property('queue')
      .that.eqls([deployment.id]);
    const claims = (await room.store.range('/deployer/claims/')).entries.map(({ key, value }) => `${key} ${value}`);
    expect(claims).to.have.members([
      '/deployer/claims/hosts/shop.example.test shop-ns/shop',
      '/deployer/claims/hosts/www.shop.example.test shop-ns/shop',
      '/deployer/claims/names/shop-ns/shop shop-ns/shop',
      '/deployer/claims/names/shop-ns/shop-1 shop-ns/shop',
      '/deployer/claims/names/shop-ns/shop-www-redirect shop-ns/shop',
    ]);
    const log = await room.deployments.log(namespace, deployment.id, 0);
    expect(log.map(({ seq, message }) => `${seq} ${message}`)).to.eql([
      `1 Deployment id: ${deployment.id}`,
      '2 Accepted as version 1, requested by tester',
    ]);
  });

  it('asks the cluster for used numbers only for the first # of an app, and goes on above them', async () => {
    const room = await openRoom();
    room.standing.names = ['shop-7', 'shop-9', 'shop', 'shop-beta', 'shop-10-x', 'other-50', 'shop-99999999999'];
    expect((await room.deploy()).version).to.equal('10');
    const { lists } = room.standing;
    expect((await room.deploy()).version).to.equal('11');
    expect(room.standing.lists).to.equal(lists);
  });

  it('writes nothing when the cluster must be asked and does not answer', async () => {
    const room = await openRoom();
    room.standing.names = undefined;
    const refused = await problem(room.deploy());
    expect(refused).to.include({ code: 'UNAVAILABLE', retryAfter: 5 });
    expect(await room.everything()).to.equal('[]');
    expect((await room.deploy({ newVersion: '1.2.3' })).version).to.equal('1.2.3');
  });

  it('raises the counter by a fixed version that is a plain integer, before and after the counter exists', async () => {
    const room = await openRoom();
    await room.deploy({ newVersion: '41' });
    expect((await room.deploy()).version).to.equal('42');
    await room.deploy({ newVersion: '100' });
    await room.deploy({ newVersion: '7' });
    await room.deploy({ newVersion: '1.5' });
    expect((await room.deploy()).version).to.equal('101');
  });

  it('refuses # when the counter has no room left in names', async () => {
    const room = await openRoom();
    await room.deploy({ newVersion: '9999999999' });
    expect(await refusal(room.deploy())).to.equal('CONFLICT');
  });

  it('passes over a number whose object name belongs to another app', async () => {
    const room = await openRoom();
    await room.deploy({ appName: 'shop-1', frontend: 'a.example.test' });
    expect((await room.deploy()).version).to.equal('2');
  });

  it('refuses a host of another app, its www. too, and a name of another app', async () => {
    const room = await openRoom();
    await room.deploy();
    expect(await refusal(room.deploy({ appName: 'other' }))).to.equal('HOST_TAKEN');
    expect(await refusal(room.deploy({ appName: 'other', frontend: 'www.shop.example.test' }))).to.equal('HOST_TAKEN');
    expect(await refusal(room.deploy({ appName: 'shop-1', frontend: 'other.example.test' }))).to.equal('NAME_TAKEN');
    expect((await room.deploy({ appName: 'other', frontend: 'other.example.test' })).version).to.equal('1');
    expect((await room.deploy()).version).to.equal('2');
  });

  it('refuses a host of an Ingress of others, and accepts when that cannot be seen', async () => {
    const room = await openRoom({
      foreignHosts: (_namespace, _app, hosts) => Promise.resolve(hosts.map(host => ({ host, holder: 'Ingress legacy/web' }))),
    });
    const refused = await problem(room.deploy());
    expect(refused.code).to.equal('HOST_TAKEN');
    expect(refused.message).to.include('Ingress legacy/web');
    const blind = await openRoom({ foreignHosts: () => Promise.reject(new Error('forbidden')) });
    expect((await blind.deploy()).version).to.equal('1');
  });

  it('holds the copy to the policy of now, points to the image that the request names, and writes nothing', async () => {
    const room = await openRoom({
      policyFaults: ({ podspec }) =>
        podspec.containers.flatMap(({ image }, index) =>
          image.startsWith('evil') ? [{ pointer: `/podspec/containers/${index}/image`, message: 'must come from elsewhere' }] : [],
        ),
    });
    const id = room.describe({
      podspec: {
        containers: [
          { name: 'web', image: 'web:1' },
          { name: 'log', image: 'log:1' },
        ],
      },
    });
    const refused = await problem(accept(room, id, { images: { log: 'evil:1' } }));
    expect(refused.code).to.equal('POLICY_VIOLATION');
    expect(refused.faults.map(({ pointer }) => pointer)).to.eql(['/images/log']);
    expect(await room.everything()).to.equal('[]');
    const stored = room.describe({ podspec: { containers: [{ name: 'web', image: 'evil:1' }] } });
    expect((await problem(accept(room, stored))).faults.map(({ pointer }) => pointer)).to.eql(['/podspec/containers/0/image']);
  });

  it('refuses to redeploy what the policy allows no more, but answers a retried request as before', async () => {
    let strict = false;
    const room = await openRoom({ policyFaults: () => (strict ? [{ pointer: '/podspec/hostNetwork', message: 'no' }] : []) });
    const descriptorId = room.describe();
    const { id } = await accept(room, descriptorId, { idempotencyKey: 'once' });
    strict = true;
    expect(await refusal(room.deployments.redeploy({ namespace, id, principal: 'tester' }))).to.equal('POLICY_VIOLATION');
    expect((await accept(room, descriptorId, { idempotencyKey: 'once' })).id).to.equal(id);
  });

  it('replaces images in the copy only', async () => {
    const room = await openRoom();
    const id = room.describe({
      podspec: {
        containers: [
          { name: 'web', image: 'web:1' },
          { name: 'log', image: 'log:1' },
        ],
        initContainers: [{ name: 'init', image: 'init:1' }],
      },
    });
    const pinned = `registry.example.com/web@sha256:${'a'.repeat(64)}`;
    const { descriptor } = await accept(room, id, { images: { web: pinned, init: 'init:2' } });
    expect(descriptor.podspec.containers.map(({ image }) => image)).to.eql([pinned, 'log:1']);
    expect(descriptor.podspec.initContainers?.map(({ image }) => image)).to.eql(['init:2']);
    expect((await accept(room, id)).descriptor.podspec.containers[0]?.image).to.equal('web:1');
  });

  it('names every container and image that cannot be used, and writes nothing', async () => {
    const room = await openRoom();
    const refused = await problem(accept(room, room.describe(), { images: { 'a/b': 'x:1', web: 'no good' } }));
    expect(refused.code).to.equal('INVALID');
    expect(refused.faults.map(({ pointer }) => pointer)).to.eql(['/images/a~1b', '/images/web']);
    expect(await room.everything()).to.equal('[]');
  });

  it('refuses an unknown descriptor', async () => {
    expect(await refusal(accept(await openRoom(), 'unknown'))).to.equal('NOT_FOUND');
  });

  it('puts warnings into record and log', async () => {
    const room = await openRoom({ warningsOf: () => ['compression needs snippets'] });
    const deployment = await room.deploy();
    expect(deployment.warnings).to.eql(['compression needs snippets']);
    expect((await room.deployments.log(namespace, deployment.id, 2)).map(({ level, message }) => `${level} ${message}`)).to.eql([
      'warn Warning: compression needs snippets',
    ]);
  });

  it('gives consecutive versions in order of the queue to twenty at once, on two replicas', async () => {
    const room = await openRoom();
    const id = room.describe();
    const other = room.replica();
    const accepted = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? room.deployments : other).accept({ namespace, descriptorId: id, principal: 'tester' }),
      ),
    );
    const versions = new Map(accepted.map(({ id: of, version }) => [of, Number(version)]));
    const { queue, counter } = await room.app();
    expect(queue.map(queued => versions.get(queued))).to.eql(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(counter).to.equal(20);
  });

  it('deploys the stored copy again, with its images and the next number', async () => {
    const room = await openRoom();
    const first = await accept(room, room.describe(), { images: { web: 'web:2' } });
    const again = await room.deployments.redeploy({ namespace, id: first.id, principal: 'other' });
    expect(again).to.include({ version: '2', principal: 'other' });
    expect(again.descriptor).to.eql(first.descriptor);
    expect(await refusal(room.deployments.redeploy({ namespace, id: '../x', principal: 'other' }))).to.equal('NOT_FOUND');
  });
});

describe('an Idempotency-Key', () => {
  it('gives the same deployment to the same request, also to ten at once', async () => {
    const room = await openRoom();
    const id = room.describe();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => accept(room, id, { idempotencyKey: 'k1', images: { web: 'web:2' } })),
    );
    expect(new Set(answers.map(answer => answer.id)).size).to.equal(1);
    expect((await room.app()).queue).to.have.length(1);
  });

  it('is refused for another request, and means nothing for another principal', async () => {
    const room = await openRoom();
    const id = room.describe();
    const first = await accept(room, id, { idempotencyKey: 'k1' });
    expect(await refusal(accept(room, id, { idempotencyKey: 'k1', images: { web: 'web:2' } }))).to.equal('IDEMPOTENCY_KEY_REUSED');
    expect((await accept(room, id, { idempotencyKey: 'k1', principal: 'other' })).id).not.to.equal(first.id);
  });

  it('is forgotten after 24 hours and then removed from the store', async () => {
    const clock = createFakeClock();
    const room = await openRoom({ clock });
    const id = room.describe();
    const first = await accept(room, id, { idempotencyKey: 'k1' });
    await clock.advance(24 * 3600 * 1000 - 1);
    expect((await accept(room, id, { idempotencyKey: 'k1' })).id).to.equal(first.id);
    await clock.advance(3600 * 1000);
    await accept(room, id);
    expect((await room.store.range(keys.allIdempotency)).entries).to.eql([]);
    expect((await accept(room, id, { idempotencyKey: 'k1' })).id).not.to.equal(first.id);
  });

  it('still gives the deployment when the descriptor has been deleted since', async () => {
    const room = await openRoom();
    const first = await accept(room, room.describe(), { idempotencyKey: 'k1' });
    const gone = first.descriptor.id;
    const blind = await openRoom({ store: room.store, findDescriptor: () => Promise.resolve(undefined) });
    expect((await accept(blind, gone, { idempotencyKey: 'k1' })).id).to.equal(first.id);
  });

  it('must be printable', async () => {
    const room = await openRoom();
    expect(await refusal(accept(room, room.describe(), { idempotencyKey: '' }))).to.equal('INVALID');
    expect(await refusal(accept(room, room.describe(), { idempotencyKey: 'a\nb' }))).to.equal('INVALID');
  });
});
