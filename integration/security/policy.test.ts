/** The pod policy as users and operators meet it: what is refused and how, and what a restart with stricter settings means for what waits and for what runs. */

import { expect } from 'chai';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import type { Settings } from '../../src/config.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/index.ts';
import { readContract } from '../support/contract.ts';
import { demo, type Json } from '../support/demo.ts';
import { startInProcess } from '../support/in-process.ts';
import { createKube, type Kube } from '../support/kube.ts';
import { startServer, type Server } from '../support/server.ts';
import { eventually } from '../support/wait.ts';

const container = { name: 'web', image: 'nginx' };
const image = (reference: string) => ({ containers: [{ ...container, image: reference }] });
const inContainer = (fields: Json) => ({ containers: [{ ...container, ...fields }] });
const inInit = (fields: Json) => ({ containers: [container], initContainers: [{ ...container, name: 'init', ...fields }] });
const pod = (fields: Json) => ({ containers: [container], ...fields });
const first = '/podspec/containers/0';

const strict: Partial<Settings> = { allowedSecrets: ['mine'], allowedRegistries: ['docker.io/library', 'registry.example.com/team'] };

/** Rows 36 to 43 of the list of bad inputs. */
const refused: [pointer: string, podspec: Json, rule: string][] = [
  [`${first}/securityContext/privileged`, inContainer({ securityContext: { privileged: true } }), 'pod policy baseline'],
  ['/podspec/initContainers/0/securityContext/privileged', inInit({ securityContext: { privileged: true } }), 'pod policy baseline'],
  [`${first}/securityContext/capabilities/add/0`, inContainer({ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }), 'baseline'],
  ['/podspec/volumes/0/hostPath', pod({ volumes: [{ name: 'v', hostPath: { path: '/' } }] }), 'pod policy baseline'],
  ['/podspec/hostNetwork', pod({ hostNetwork: true }), 'pod policy baseline'],
  ['/podspec/hostPID', pod({ hostPID: true }), 'pod policy baseline'],
  [`${first}/ports/0/hostPort`, inContainer({ ports: [{ containerPort: 80, hostPort: 80 }] }), 'pod policy baseline'],
  ['/podspec/serviceAccountName', pod({ serviceAccountName: 'admin' }), '--allowed-service-accounts'],
  ['/podspec/nodeName', pod({ nodeName: 'node-1' }), 'pod policy baseline'],
  ['/podspec/priorityClassName', pod({ priorityClassName: 'system-node-critical' }), 'pod policy baseline'],
  ['/podspec/tolerations/0', pod({ tolerations: [{ operator: 'Exists' }] }), 'pod policy baseline'],
  ['/podspec/volumes/0/secret/secretName', pod({ volumes: [{ name: 'v', secret: { secretName: 'db' } }] }), '--allowed-secrets'],
  [
    '/podspec/volumes/0/projected/sources/0/secret/name',
    pod({ volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 'db' } }] } }] }),
    '--allowed-secrets',
  ],
  [
    '/podspec/volumes/0/csi/nodePublishSecretRef/name',
    pod({ volumes: [{ name: 'v', csi: { driver: 'd', nodePublishSecretRef: { name: 'db' } } }] }),
    '--allowed-secrets',
  ],
  ['/podspec/initContainers/0/envFrom/0/secretRef/name', inInit({ envFrom: [{ secretRef: { name: 'db' } }] }), '--allowed-secrets'],
  [`${first}/livenessProbe/httpGet/host`, inContainer({ livenessProbe: { httpGet: { host: '169.254.169.254', port: 80 } } }), 'baseline'],
  [
    `${first}/lifecycle/postStart/tcpSocket/host`,
    inContainer({ lifecycle: { postStart: { tcpSocket: { host: 'x', port: 80 } } } }),
    'baseline',
  ],
  [`${first}/image`, image('evil.example.com/x:1'), '--allowed-registries'],
  [`${first}/image`, image('registry.example.com/teammate/x:1'), '--allowed-registries'],
  [`${first}/image`, image('bitnami/nginx'), '--allowed-registries'],
  ['/podspec/imagePullSecrets/0/name', pod({ imagePullSecrets: [{ name: 'db' }] }), '--allowed-secrets'],
];

describe('the pod policy over HTTP', () => {
  it('refuses with 403, the field, the rule and its level or setting, and stores nothing; validation says the same', async () => {
    const teal = await startInProcess(strict);
    try {
      const before = await teal.stored();
      for (const [pointer, podspec, rule] of refused) {
        const body = JSON.stringify({ appName: 'shop', newVersion: '#', podspec });
        const answer = await fetch(`${teal.url}/descriptors/?namespace=default`, { method: 'POST', body });
        const problem = (await answer.json()) as { code: string; errors: { pointer: string; message: string }[] };
        expect([answer.status, problem.code, problem.errors.map(fault => fault.pointer)], pointer).to.deep.equal([
          403,
          'POLICY_VIOLATION',
          [pointer],
        ]);
        expect(problem.errors[0]?.message, pointer).to.include(rule);
        const verdict = await fetch(`${teal.url}/descriptors/validate?namespace=default`, { method: 'POST', body });
        expect(((await verdict.json()) as { errors: unknown }).errors, pointer).to.deep.equal(problem.errors);
      }
      const good = pod({
        volumes: [{ name: 'v', secret: { secretName: 'mine' } }],
        serviceAccountName: 'default',
        imagePullSecrets: [{ name: 'mine' }],
      });
      const body = JSON.stringify({ appName: 'shop', newVersion: '#', podspec: good });
      expect(await teal.stored()).to.equal(before);
      expect((await fetch(`${teal.url}/descriptors/?namespace=default`, { method: 'POST', body })).status).to.equal(201);
    } finally {
      await teal.stop();
    }
  });
});

describe('a restart with stricter settings', function () {
  this.timeout(180_000);
  const namespace = 'default';
  let sandbox: Sandbox;
  let kube: Kube;
  let server: Server;

  before(async () => {
    sandbox = await startSandbox({ host: '127.0.0.1', clock: systemClock, log: silentLogger });
    kube = createKube({ url: sandbox.apiUrl });
    server = await startServer({
      store: {},
      clusterArgs: [],
      connection: { url: sandbox.apiUrl },
      gateway: true,
      args: ['--confirm', '0', '--drain', '0', '--lease', '5', '--log-level', 'debug'],
      env: { TEAL_POD_POLICY: 'privileged' },
      contract: readContract(),
    });
  });
  after(async () => {
    await server?.stop();
    await kube?.close();
    await sandbox?.stop();
  });

  const controllers = async () => (await kube.list('ReplicationController', namespace)).map(object => object.metadata.name).sort();
  const hostile = { hostPID: true };

  it('fails what waits, creates nothing of it, and touches nothing that runs; a rerun of it is refused', async () => {
    const user = server.user(namespace);
    const live = await user.deploy(demo(namespace, { podspec: hostile }));
    const gated = await user.start(await user.describe(demo(namespace, { promotion: 'manual' })));
    await user.reaches(gated, 'waiting');
    const waiting = await user.start(await user.describe(demo(namespace, { podspec: hostile })));
    await server.process.kill();
    await server.start({ TEAL_POD_POLICY: 'baseline' });
    const after = server.user(namespace);
    expect((await after.client.call('POST', `/deployments/${gated}/abort`)).status).to.equal(202);
    const ended = await after.settled(waiting);
    expect([ended.status, ended.reason?.code]).to.deep.equal(['FAILURE', 'POLICY']);
    expect(await after.log(waiting)).to.match(/Deployment failed! the pod policy .*\/podspec\/hostPID .*\(pod policy baseline\)/);
    expect((await after.show(live.id)).status).to.equal('DEPLOYED');
    await eventually('only the live version stands', 10_000, async () => expect(await controllers()).to.deep.equal(['shop-1']));
    const rerun = await after.client.call('PUT', `/deployments/${live.id}/`);
    expect([rerun.status, rerun.json()['code']]).to.deep.equal([403, 'POLICY_VIOLATION']);
  });

  it('fails what waits in a namespace that is served no more, and asks the cluster nothing about it', async () => {
    const user = server.user(namespace);
    const gated = await user.start(await user.describe(demo(namespace, { promotion: 'manual' })));
    await user.reaches(gated, 'waiting');
    const waiting = await user.start(await user.describe(demo(namespace)));
    await server.process.kill();
    const from = server.gateway?.passed.length ?? 0;
    await server.start({ TEAL_POD_POLICY: 'baseline', TEAL_NAMESPACES: 'elsewhere' });
    await eventually('it is told to fail', 40_000, () => expect(server.process.printed('"name":"refuse"')).to.have.length(1));
    const asked = server.gateway?.passed.slice(from).map(({ path }) => path) ?? [];
    expect(asked.filter(path => path.includes(`/namespaces/${namespace}/`))).to.deep.equal([]);
    expect(
      asked.some(path => path.includes('/namespaces/elsewhere/')),
      'the gateway sees what is asked',
    ).to.equal(true);
    await server.process.stop();
    await server.start({ TEAL_POD_POLICY: 'baseline' });
    const after = server.user(namespace);
    expect((await after.settled(waiting)).reason?.code).to.equal('NAMESPACE_NOT_SERVED');
    expect((await after.client.call('POST', `/deployments/${gated}/promote`)).status).to.equal(202);
    expect((await after.ended(gated)).status, 'what had begun goes on when the namespace is served again').to.equal('DEPLOYED');
  });

  it('does not start with settings that make no sense, and says which', async () => {
    await server.process.stop();
    for (const [env, words] of [
      [{ TEAL_POD_POLICY_NAMESPACES: 'shop=strict' }, 'must give shop one of privileged, baseline, restricted'],
      [{ TEAL_ALLOWED_REGISTRIES: 'https://registry.example.com' }, 'TEAL_ALLOWED_REGISTRIES must be registries'],
    ] as [Record<string, string>, string][]) {
      const error = await server.start(env).then(
        () => undefined,
        (reason: unknown) => String(reason),
      );
      expect(error).to.include('(2)').and.include(words);
    }
  });
});
