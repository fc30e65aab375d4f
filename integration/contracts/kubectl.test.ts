/** kubectl works against the sandbox: get, delete, logs, scale, wait, and what comes with them. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { kubeTool, toolsRunHere } from '../../deploy/tools/kube-tools.ts';
import { controller, service, startTestSandbox, type SandboxClient } from '../../src/testing/sandbox.ts';

const run = promisify(execFile);

async function findKubectl(): Promise<string | undefined> {
  if (toolsRunHere()) return kubeTool('kubectl');
  const onPath = await run('kubectl', ['version', '--client']).catch(() => undefined);
  return onPath && 'kubectl';
}

describe('kubectl on the sandbox', function () {
  this.timeout(60_000);
  let kubectlPath: string | undefined;
  let folder: string;
  let sandbox: SandboxClient;

  before(async function () {
    kubectlPath = await findKubectl();
    if (kubectlPath === undefined) this.skip();
    folder = await mkdtemp(join(tmpdir(), 'teal-kubectl-'));
  });
  after(async () => {
    if (kubectlPath !== undefined) await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    sandbox = await startTestSandbox();
  });
  afterEach(() => sandbox.stop());

  async function kubectl(...args: string[]): Promise<string> {
    const global = ['--kubeconfig', '/dev/null', '--server', sandbox.apiUrl, '--cache-dir', join(folder, 'cache')];
    const { stdout } = await run(kubectlPath ?? '', [...global, ...args], { timeout: 30_000 });
    return stdout;
  }

  const startShop = async (replicas = 1) => {
    await sandbox.make(controller('shop-1', { app: 'shop' }, {}, replicas));
    await sandbox.make(service('shop', { app: 'shop' }));
    await kubectl('wait', 'rc/shop-1', `--for=jsonpath={.status.readyReplicas}=${replicas}`, '--timeout=20s');
  };
  const podNames = async () => (await kubectl('get', 'pods', '-l', 'app=shop', '-o', 'name')).split('\n').filter(line => line !== '');

  it('get prints the columns that people know, and objects as YAML', async () => {
    await startShop(2);
    const lines = (await kubectl('get', 'pods')).trim().split('\n');
    expect(lines[0]).to.match(/^NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE$/);
    expect(lines).to.have.length(3);
    expect(lines[1]).to.match(/^shop-1-[a-z0-9]{5}\s+1\/1\s+Running\s+0\s+\d+s$/);
    expect(await kubectl('get', 'rc', 'shop-1', '--no-headers')).to.match(/^shop-1\s+2\s+2\s+2\s+\d+s\s*$/);
    expect(await kubectl('get', 'service', 'shop', '-o', 'yaml')).to.include('app: shop');
    expect(await kubectl('get', 'all'))
      .to.include('replicationcontroller/shop-1')
      .and.to.include('service/shop');
  });

  it('logs prints what a pod printed', async () => {
    await startShop();
    const [pod = ''] = await podNames();
    expect(await kubectl('logs', pod)).to.match(/demo-app v1 on shop-1-[a-z0-9]{5}: listening on :8080\n$/);
  });

  it('scale changes the number of pods, and wait sees them ready and gone', async () => {
    await startShop();
    await kubectl('scale', 'rc', 'shop-1', '--replicas=3');
    await kubectl('wait', 'rc/shop-1', '--for=jsonpath={.status.readyReplicas}=3', '--timeout=20s');
    const pods = await podNames();
    expect(pods).to.have.length(3);
    await kubectl('wait', ...pods, '--for=condition=Ready', '--timeout=20s');
    await kubectl('scale', 'rc', 'shop-1', '--replicas=0');
    await kubectl('wait', ...pods, '--for=delete', '--timeout=20s');
    expect(await podNames()).to.deep.equal([]);
  });

  it('delete takes the pods of an RC along, and leaves them with --cascade=orphan', async () => {
    await startShop();
    await kubectl('delete', 'rc', 'shop-1', '--cascade=orphan');
    const [orphan = ''] = await podNames();
    expect(orphan).to.match(/^pod\/shop-1-/);
    await sandbox.make(controller('shop-2', { app: 'shop' }));
    await kubectl('delete', 'rc', 'shop-2');
    await kubectl('wait', orphan, '--for=delete', '--timeout=20s');
    expect(await kubectl('delete', 'service', 'shop')).to.match(/^service "shop" deleted/);
  });

  it('apply, patch, label and a namespace that goes with all it holds', async () => {
    const file = join(folder, 'app.yaml');
    const items = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } },
      { ...controller('web', { app: 'web' }), metadata: { name: 'web', namespace: 'team' } },
    ];
    await writeFile(file, items.map(item => JSON.stringify(item)).join('\n---\n'));
    expect(await kubectl('apply', '-f', file)).to.include('replicationcontroller/web created');
    expect(await kubectl('apply', '-f', file)).to.include('replicationcontroller/web unchanged');
    await kubectl('-n', 'team', 'patch', 'rc', 'web', '--type=json', '-p', '[{"op":"replace","path":"/spec/replicas","value":2}]');
    await kubectl('-n', 'team', 'label', 'rc', 'web', 'tier=front');
    await kubectl('-n', 'team', 'set', 'image', 'rc/web', 'web=demo-app:v2');
    const web = JSON.parse(await kubectl('-n', 'team', 'get', 'rc', 'web', '-o', 'json')) as {
      metadata: { labels: object };
      spec: { replicas: number; template: { spec: object } };
    };
    expect([web.metadata.labels, web.spec.replicas]).to.deep.equal([{ app: 'web', tier: 'front' }, 2]);
    expect(web.spec.template.spec).to.have.nested.property('containers[0].image', 'demo-app:v2');
    await kubectl('delete', 'namespace', 'team', '--timeout=20s');
    expect(await kubectl('get', 'namespaces', '-o', 'name')).to.equal('namespace/default\nnamespace/kube-system\n');
  });
});
