/** Teal as it is shipped: its image as a pod, installed by the chart, under the chart's own rights, deploying the demo app for a pipeline in curl. */

import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';
import { fetch } from 'undici';
import { kubeTool, toolsRunHere } from '../../deploy/tools/kube-tools.ts';
import { findEtcd } from '../support/find-etcd.ts';
import { forwardTo, helm, kubectl, must, run, type Said } from '../support/kube-command.ts';
import { eventually } from '../support/wait.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const imageBuilder = process.env['TEST_IMAGE_BUILDER'] ?? join(root, '../shared/kube/image');
const chart = join(root, 'deploy/chart');
const demo = join(root, 'deploy/examples/demo.json');
const pipelineScript = join(root, 'deploy/examples/pipeline.sh');

/** Why these scenarios cannot run on this machine. */
function whyNot(): string | undefined {
  if (!process.env['KUBECONFIG']) return 'no cluster: KUBECONFIG is not set';
  if (!toolsRunHere()) return 'helm and kubectl are here for Linux on amd64 only';
  if (!existsSync(imageBuilder)) return `no image builder at ${basename(imageBuilder)} (TEST_IMAGE_BUILDER names another)`;
  return undefined;
}

interface Installation {
  /** Where Teal runs. */
  home: string;
  /** Where it deploys. */
  apps: string;
  install(...values: string[]): Promise<void>;
  /** A loopback address of the server; a new one after its pods have changed. */
  connect(): Promise<string>;
  remove(): Promise<void>;
}

async function prepare(name: string): Promise<Installation> {
  const home = `packaging-${name}-${randomBytes(3).toString('hex')}`;
  const apps = `${home}-apps`;
  await kubectl('create', 'namespace', home);
  await kubectl('create', 'namespace', apps);
  let forward: { url: string; stop(): void } | undefined;
  return {
    home,
    apps,
    async install(...values) {
      const all = ['image.repository=teal-packaging', 'image.tag=test', 'image.pullPolicy=Never', `namespaces={${apps}}`, ...values];
      const args = ['upgrade', '--install', 'teal', chart, '--namespace', home, ...all.flatMap(value => ['--set', value])];
      await helm(...args, '--wait', '--timeout', '120s');
    },
    async connect() {
      forward?.stop();
      forward = await forwardTo(home, 'teal');
      return forward.url;
    },
    async remove() {
      forward?.stop();
      await kubectl('delete', 'namespace', home, apps, '--wait=false', '--ignore-not-found');
    },
  };
}

/** One member, nothing kept: enough to stand for an operator's etcd. */
function etcdObjects(namespace: string): object {
  const labels = { app: 'etcd' };
  const metadata = { name: 'etcd', namespace };
  const url = 'http://0.0.0.0:2379';
  const container = {
    name: 'etcd',
    image: 'teal-packaging-etcd:test',
    imagePullPolicy: 'Never',
    args: ['--data-dir=/data', `--listen-client-urls=${url}`, `--advertise-client-urls=http://etcd.${namespace}:2379`, '--log-level=error'],
    ports: [{ containerPort: 2379 }],
    readinessProbe: { httpGet: { path: '/health', port: 2379 }, periodSeconds: 1 },
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  };
  const pod = { metadata: { labels }, spec: { containers: [container], volumes: [{ name: 'data', emptyDir: {} }] } };
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { selector: { matchLabels: labels }, template: pod } },
      { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports: [{ port: 2379 }] } },
    ],
  };
}

const selectorOf = (namespace: string): Promise<string> =>
  kubectl('-n', namespace, 'get', 'service', 'demo', '-o', 'jsonpath={.spec.selector.version}');

const controllersOf = async (namespace: string): Promise<string[]> =>
  (await kubectl('-n', namespace, 'get', 'rc', '-o', 'name')).split('\n').filter(Boolean).sort();

const everythingIn = async (namespace: string): Promise<string[]> =>
  (await kubectl('-n', namespace, 'get', 'rc,services,ingresses,pods', '-o', 'name')).split('\n').filter(Boolean);

describe('Teal as a pod of the real cluster', function () {
  this.timeout(300_000);
  let scratch = '';

  before(`needs a cluster, helm and an image builder${whyNot() === undefined ? '' : `: ${whyNot()}`}`, async function () {
    if (whyNot() !== undefined) this.skip();
    scratch = mkdtempSync(join(tmpdir(), 'teal-packaging-'));
    await must(join(root, 'deploy/image'), [imageBuilder, 'teal-packaging:test']);
  });
  after(() => {
    if (scratch) rmSync(scratch, { recursive: true, force: true });
  });

  const descriptorFile = (changes: object): string => {
    const base = JSON.parse(readFileSync(demo, 'utf8')) as object;
    const file = join(scratch, `${randomBytes(4).toString('hex')}.json`);
    writeFileSync(file, JSON.stringify({ ...base, drainSeconds: 0, ...changes }));
    return file;
  };

  describe('with the embedded store', () => {
    let teal: Installation;
    let url = '';
    const host = `demo-${randomBytes(3).toString('hex')}.example.test`;
    const pipeline = (changes: object, image?: string): Promise<Said> =>
      run('sh', [pipelineScript, url, teal.apps, descriptorFile({ frontend: host, ...changes }), ...(image ? [`demo=${image}`] : [])]);

    before(async () => {
      teal = await prepare('embedded');
      await teal.install('auth.allowAnonymous=true', 'store.embedded.persistent=false');
      url = await teal.connect();
    });
    after(() => teal?.remove());

    it('is ready and says what it is', async () => {
      expect((await fetch(`${url}/readyz`)).status).to.equal(200);
      const version = (await (await fetch(`${url}/version`)).json()) as Record<string, string>;
      expect(version).to.have.keys('version', 'commit', 'node');
      expect(version['node']).to.match(/^v20\./);
    });

    it('serves its API pages from the image', async () => {
      const page = await (await fetch(`${url}/apidocs/`)).text();
      for (const [, path] of page.matchAll(/(?:src|href)="([^"#]+)"/g)) {
        expect((await fetch(new URL(path!, `${url}/apidocs/`))).status, path).to.equal(200);
      }
      expect((await fetch(`${url}/openapi.json`)).status).to.equal(200);
    });

    it('deploys the demo app for a pipeline that knows only curl, grep and expr', async () => {
      const said = await pipeline({});
      expect(said.code, said.stderr + said.stdout).to.equal(0);
      expect(said.stdout).to.include('version 1 serves');
      expect(await selectorOf(teal.apps)).to.equal('1');
    });

    it('replaces it by the next version, image named by the pipeline', async () => {
      const said = await pipeline({}, 'demo-app:v2');
      expect(said.code, said.stderr + said.stdout).to.equal(0);
      expect(said.stdout).to.include('version 2 serves');
      expect(await selectorOf(teal.apps)).to.equal('2');
      await eventually('only version 2 is left', 30_000, async () => {
        expect(await controllersOf(teal.apps)).to.deep.equal(['replicationcontroller/demo-2']);
      });
    });

    it('serves it to visitors through the proxy', async function () {
      const proxy = process.env['INGRESS_NGINX_HTTP'];
      if (!proxy) return this.skip();
      await eventually('nginx serves version 2', 20_000, async () => {
        const said = await must('curl', ['-sSf', '-H', `Host: ${host}`, `${proxy}/version`]);
        expect(said).to.include('2');
      });
    });

    it('tells the pipeline that an image does not exist, and leaves the live version alone', async () => {
      const said = await pipeline({}, 'demo-app:no-such-tag');
      expect(said.code).to.equal(1);
      expect(said.stderr).to.include('Deployment failed!');
      expect(await selectorOf(teal.apps)).to.equal('2');
      await eventually('nothing of version 3 is left', 20_000, async () => {
        expect((await everythingIn(teal.apps)).filter(name => name.includes('demo-3'))).to.deep.equal([]);
      });
    });

    it('ends the pipeline when the deployment is cancelled', async () => {
      const waiting = pipeline({ promotion: 'manual' });
      const find = async () => {
        const all = (await (await fetch(`${url}/deployments/?namespace=${teal.apps}&appname=demo`)).json()) as {
          id: string;
          phase: string;
        }[];
        const found = all.find(({ phase }) => phase === 'waiting');
        if (!found) throw new Error('none waits');
        return found;
      };
      const { id } = await eventually('it waits for promotion', 60_000, find);
      expect((await fetch(`${url}/deployments/${id}/?namespace=${teal.apps}`, { method: 'DELETE' })).status).to.equal(202);
      const said = await waiting;
      expect(said.code).to.equal(1);
      expect(said.stderr).to.include('it was cancelled');
      expect(await selectorOf(teal.apps)).to.equal('2');
    });

    it('ends the pipeline when the server refuses the descriptor', async () => {
      const said = await pipeline({ appName: 'Not A Name' });
      expect(said.code).to.equal(2);
      expect(said.stderr).to.include('/appName');
    });

    it('undeploys without leaving anything', async () => {
      const all = (await (await fetch(`${url}/deployments/?namespace=${teal.apps}`)).json()) as { id: string; status: string }[];
      const live = all.find(({ status }) => status === 'DEPLOYED')!;
      expect((await fetch(`${url}/deployments/${live.id}/?namespace=${teal.apps}`, { method: 'DELETE' })).status).to.equal(202);
      await eventually('the namespace is empty', 60_000, async () => {
        expect(await everythingIn(teal.apps)).to.deep.equal([]);
      });
    });

    it('has no right that it does not use', async () => {
      const kubectlPath = await kubeTool('kubectl');
      const account = `system:serviceaccount:${teal.home}:teal`;
      const may = async (verb: string, resource: string, namespace: string) =>
        (await run(kubectlPath, ['auth', 'can-i', verb, resource, '-n', namespace, '--as', account])).stdout.trim();
      expect(await may('create', 'replicationcontrollers', teal.apps)).to.equal('yes');
      for (const [verb, resource, namespace] of [
        ['get', 'secrets', teal.apps],
        ['create', 'pods', teal.apps],
        ['create', 'pods/exec', teal.apps],
        ['create', 'deployments.apps', teal.apps],
        ['patch', 'services', teal.apps],
        ['create', 'rolebindings', teal.apps],
        ['list', 'services', teal.home],
        ['list', 'pods', 'kube-system'],
        ['list', 'nodes', 'default'],
      ] as const) {
        expect(await may(verb, resource, namespace), `${verb} ${resource} in ${namespace}`).to.equal('no');
      }
    });

    it('runs with a root file system that nobody can write to, as nobody in particular', async () => {
      const pod = JSON.parse(await kubectl('-n', teal.home, 'get', 'pods', '-l', 'app.kubernetes.io/name=teal', '-o', 'json')) as {
        items: {
          spec: { securityContext: object; containers: { securityContext: object }[] };
          status: { containerStatuses: { restartCount: number }[] };
        }[];
      };
      expect(pod.items).to.have.length(1);
      expect(pod.items[0]!.spec.containers[0]!.securityContext).to.include({ readOnlyRootFilesystem: true });
      expect(pod.items[0]!.spec.securityContext).to.include({ runAsNonRoot: true, runAsUser: 10001 });
      expect(pod.items[0]!.status.containerStatuses[0]!.restartCount).to.equal(0);
    });
  });

  describe('with etcd in the cluster, two replicas and tokens', () => {
    let teal: Installation;
    const secret = Buffer.from(randomBytes(32).toString('hex'));
    const token = (claims: object) => new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h').sign(secret);
    let deployer: { authorization: string };
    const host = `demo-${randomBytes(3).toString('hex')}.example.test`;

    before('an etcd of the cluster is built and started', async function () {
      const binary = findEtcd('3.6');
      if (binary === undefined) return this.skip();
      await must(imageBuilder, [
        'teal-packaging-etcd:test',
        '--file',
        `${realpathSync(binary)}:/usr/local/bin/etcd`,
        '--entrypoint',
        '/usr/local/bin/etcd',
      ]);
      teal = await prepare('etcd');
      const etcd = join(scratch, 'etcd.json');
      writeFileSync(etcd, JSON.stringify(etcdObjects(teal.home)));
      await kubectl('apply', '-f', etcd);
      const secretFile = join(scratch, 'secret');
      writeFileSync(secretFile, secret);
      await kubectl('-n', teal.home, 'create', 'secret', 'generic', 'jwt', `--from-file=secret=${secretFile}`);
      await kubectl('-n', teal.home, 'rollout', 'status', 'deployment/etcd', '--timeout=60s');
      await teal.install('replicas=2', 'store.kind=etcd', `store.etcd.endpoints={http://etcd.${teal.home}:2379}`, 'auth.jwtSecret=jwt');
      deployer = { authorization: `Bearer ${await token({ sub: 'pipeline', namespaces: [teal.apps], roles: ['deployer'] })}` };
    });
    after(() => teal?.remove());

    const pipeline = async (url: string, image?: string): Promise<Said> =>
      run(
        'sh',
        [
          pipelineScript,
          url,
          teal.apps,
          descriptorFile({ frontend: host, replicas: 1, drainSeconds: 2 }),
          ...(image ? [`demo=${image}`] : []),
        ],
        { TEAL_TOKEN: deployer.authorization.slice('Bearer '.length) },
      );

    it('lets nobody in without a token, and nobody beyond their namespaces', async () => {
      const url = await teal.connect();
      expect((await fetch(`${url}/deployments/?namespace=${teal.apps}`)).status).to.equal(401);
      expect((await fetch(`${url}/deployments/?namespace=${teal.apps}`, { headers: deployer })).status).to.equal(200);
      expect((await fetch(`${url}/deployments/?namespace=default`, { headers: deployer })).status).to.equal(403);
    });

    it('deploys and replaces the demo app', async () => {
      const url = await teal.connect();
      for (const [version, image] of [
        ['1', 'demo-app:v1'],
        ['2', 'demo-app:v2'],
      ] as const) {
        const said = await pipeline(url, image);
        expect(said.code, said.stderr + said.stdout).to.equal(0);
        expect(await selectorOf(teal.apps)).to.equal(version);
      }
    });

    it('goes on where it was when all its pods have been replaced', async () => {
      await kubectl('-n', teal.home, 'rollout', 'restart', 'deployment/teal');
      await kubectl('-n', teal.home, 'rollout', 'status', 'deployment/teal', '--timeout=120s');
      const url = await teal.connect();
      const all = (await (await fetch(`${url}/deployments/?namespace=${teal.apps}`, { headers: deployer })).json()) as {
        version: string;
        status: string;
      }[];
      expect(all.map(({ version, status }) => `${version} ${status}`)).to.deep.equal(['2 DEPLOYED', '1 UNDEPLOYED']);
      const said = await pipeline(url, 'demo-app:v3');
      expect(said.code, said.stderr + said.stdout).to.equal(0);
      expect(said.stdout).to.include('version 3 serves');
      await eventually('only version 3 is left', 40_000, async () => {
        expect(await controllersOf(teal.apps)).to.deep.equal(['replicationcontroller/demo-3']);
      });
    });

    it('loses at most one replica to a node that is drained', async () => {
      const budget = await kubectl('-n', teal.home, 'get', 'poddisruptionbudget', 'teal', '-o', 'jsonpath={.status.disruptionsAllowed}');
      expect(budget).to.equal('1');
    });
  });
});
