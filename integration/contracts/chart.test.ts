/** The chart and the program agree: every argument it renders is a setting, every rule of safety is in what it renders, every wrong wish is refused. */

import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { kubeTool, toolsRunHere } from '../../deploy/tools/kube-tools.ts';
import { neededRights, rightText } from '../../src/about/index.ts';
import { loadSettings, table } from '../../src/config.ts';
import { must, run } from '../support/kube-command.ts';

const chart = fileURLToPath(new URL('../../deploy/chart', import.meta.url));

interface Rendered {
  kind: string;
  metadata: { name: string; namespace?: string; labels: Record<string, string> };
  spec?: any;
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
}

const sets = (values: string[]) => values.flatMap(value => ['--set', value]);

async function render(...values: string[]): Promise<Rendered[]> {
  const text = await must(await kubeTool('helm'), ['template', 'teal', chart, '--namespace', 'teal', ...sets(values)]);
  return parseAllDocuments(text)
    .map(document => document.toJS() as Rendered | null)
    .filter(object => object !== null);
}

async function refusal(...values: string[]): Promise<string> {
  const { code, stderr } = await run(await kubeTool('helm'), ['template', 'teal', chart, ...sets(values)]);
  expect(code, 'helm accepted it').to.not.equal(0);
  return stderr;
}

const deploymentOf = (objects: Rendered[]) => objects.find(({ kind }) => kind === 'Deployment')!;
const containerOf = (objects: Rendered[]) => deploymentOf(objects).spec.template.spec.containers[0];

const variants: Record<string, string[]> = {
  'embedded store and shared secret': ['auth.jwtSecret=jwt'],
  'embedded store, nothing kept, anonymous': ['auth.allowAnonymous=true', 'store.embedded.persistent=false'],
  'etcd with TLS, login and key set': [
    'auth.jwksUrl=https://id.example.com/keys',
    'auth.jwksCaSecret=id-ca',
    'auth.issuer=me',
    'auth.audience=teal',
    'auth.rolesClaim=groups',
    'replicas=3',
    'store.kind=etcd',
    'store.etcd.endpoints={https://a:2379,https://b:2379}',
    'store.etcd.tlsSecret=etcd-tls',
    'store.etcd.clientCertificate=true',
    'store.etcd.authSecret=etcd-login',
  ],
  'public key, several namespaces, settings': [
    'auth.jwtPublicKeySecret=key',
    'namespaces={shop,blog}',
    'settings.drain=45',
    'settings.ingress-snippets=true',
    'settings.ingress-dialect=traefik',
    'settings.ingress-middlewares=crd',
  ],
};

describe('the Helm chart', function () {
  this.timeout(30_000);

  before('helm runs here', function () {
    if (!toolsRunHere()) this.skip();
  });

  for (const [name, values] of Object.entries(variants)) {
    it(`renders arguments that the program accepts: ${name}`, async () => {
      const args = containerOf(await render(...values)).args as string[];
      const loaded = loadSettings({ argv: args, env: {}, readFile: () => '' });
      expect(loaded, JSON.stringify(loaded)).to.have.property('settings');
    });

    it(`runs without rights on the node: ${name}`, async () => {
      const objects = await render(...values);
      const pod = deploymentOf(objects).spec.template.spec;
      expect(pod.securityContext).to.deep.include({ runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } });
      expect(containerOf(objects).securityContext).to.deep.equal({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(pod.enableServiceLinks).to.equal(false);
      const mounts = (containerOf(objects).volumeMounts as { name: string }[]).map(mount => mount.name);
      expect(mounts).to.have.members((pod.volumes as { name: string }[]).map(volume => volume.name));
    });
  }

  it('gives a Role in each namespace that is served and none anywhere else', async () => {
    const objects = await render('auth.jwtSecret=jwt', 'namespaces={shop,blog}');
    expect(objects.filter(({ kind }) => kind === 'Role').map(({ metadata }) => metadata.namespace)).to.deep.equal(['shop', 'blog']);
    expect(objects.filter(({ kind }) => kind === 'RoleBinding').map(({ metadata }) => metadata.namespace)).to.deep.equal(['shop', 'blog']);
    expect(objects.filter(({ kind }) => kind.startsWith('Cluster'))).to.deep.equal([]);
    expect(containerOf(objects).args).to.include('--namespaces=shop,blog');
  });

  it('serves its own namespace where none is named', async () => {
    const objects = await render('auth.jwtSecret=jwt');
    expect(containerOf(objects).args).to.include('--namespaces=teal');
    expect(objects.filter(({ kind }) => kind === 'Role').map(({ metadata }) => metadata.namespace)).to.deep.equal(['teal']);
  });

  it('gives a right over the whole cluster only when asked', async () => {
    const objects = await render('auth.jwtSecret=jwt', 'rbac.clusterWide=true');
    expect(objects.map(({ kind }) => kind)).to.include.members(['ClusterRole', 'ClusterRoleBinding']);
    expect(objects.map(({ kind }) => kind)).to.not.include('Role');
    expect((containerOf(objects).args as string[]).join(' ')).to.not.include('--namespaces');
  });

  const rightsWith = async (...values: string[]): Promise<string[]> => {
    const role = (await render('auth.jwtSecret=jwt', ...values)).find(({ kind }) => kind === 'Role')!;
    return role.rules!.flatMap(({ apiGroups, resources, verbs }) =>
      resources.map(resource => `${apiGroups.join()}/${resource}: ${verbs.join(' ')}`),
    );
  };
  const change = 'get list watch create update delete';

  it('asks for no right beyond what a deployment needs', async () => {
    expect(await rightsWith()).to.have.members([
      `/replicationcontrollers: ${change}`,
      `/services: ${change}`,
      '/configmaps: list watch',
      `networking.k8s.io/ingresses: ${change}`,
      '/pods: list watch',
      '/pods/log: get',
      '/pods/proxy: get create',
      '/events: list',
      'discovery.k8s.io/endpointslices: list watch',
    ]);
  });

  it('grants what a diagnosis asks for, and nothing else', async () => {
    for (const [wish, values] of [
      [{ headers: false, middlewares: false }, []],
      [{ headers: true, middlewares: false }, ['settings.ingress-response-headers=X-Frame-Options']],
      [{ headers: false, middlewares: true }, ['settings.ingress-dialect=traefik', 'settings.ingress-middlewares=crd']],
    ] as const) {
      const role = (await render('auth.jwtSecret=jwt', ...values)).find(({ kind }) => kind === 'Role')!;
      const granted = role.rules!.flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.flatMap(group => resources.flatMap(resource => verbs.map(verb => rightText({ verb, group, resource })))),
      );
      expect(neededRights(wish).map(rightText)).to.have.members(granted);
    }
  });

  it('may write config maps only where descriptors may set headers through them', async () => {
    expect(await rightsWith('settings.ingress-response-headers=X-Frame-Options')).to.include(
      '/configmaps: list watch get create update delete',
    );
  });

  it('may write middlewares only where Teal makes them', async () => {
    const mayWrite = async (...values: string[]) =>
      (await render('auth.jwtSecret=jwt', 'settings.ingress-dialect=traefik', ...values))
        .find(({ kind }) => kind === 'Role')!
        .rules!.some(({ resources }) => resources.includes('middlewares'));
    expect(await mayWrite('settings.ingress-middlewares=crd')).to.equal(true);
    expect(await mayWrite('settings.ingress-middlewares=file')).to.equal(false);
    expect(await mayWrite()).to.equal(false);
  });

  it('never marks its own objects as deployed by Teal', async () => {
    for (const { metadata } of await render('auth.jwtSecret=jwt')) {
      expect(metadata.labels['app.kubernetes.io/managed-by']).to.equal('Helm');
      expect(metadata.labels).to.not.have.property('app');
    }
  });

  it('keeps one replica from sharing the folder of another', async () => {
    expect(deploymentOf(await render('auth.jwtSecret=jwt')).spec.strategy).to.deep.equal({ type: 'Recreate' });
    expect(await refusal('auth.jwtSecret=jwt', 'replicas=2')).to.include('embedded store serves one replica');
  });

  it('refuses what cannot work, and says what to do', async () => {
    expect(await refusal()).to.include('allowAnonymous=true');
    expect(await refusal('auth.jwksUrl=https://id.example.com/keys')).to.include('auth.audience: needed with jwksUrl');
    expect(await refusal('auth.jwksUrl=http://id.example.com/keys', 'auth.audience=teal')).to.include('/auth/jwksUrl');
    expect(await refusal('auth.jwtSecret=jwt', 'store.kind=etcd')).to.include('store.etcd.endpoints');
    expect(await refusal('auth.jwtSecret=jwt', 'rbac.clusterWide=true', 'namespaces={shop}')).to.include('must be empty');
    expect(await refusal('auth.jwtSecret=jwt', 'store.kind=redis')).to.include('/store/kind');
    expect(await refusal('auth.jwtSecret=jwt', 'namespaces={Shop_1}')).to.include('/namespaces');
    expect(await refusal('auth.jwtSecret=jwt', 'settings.drian=3')).to.include("'drian'");
    expect(await refusal('auth.jwtSecret=jwt', 'replica=3')).to.include("'replica'");
  });

  it('knows every setting of the program', () => {
    const schema = JSON.parse(readFileSync(`${chart}/values.schema.json`, 'utf8'));
    const byChart = [
      'host',
      'port',
      'namespaces',
      'etcd',
      'etcd-ca',
      'etcd-cert',
      'etcd-key',
      'etcd-user',
      'etcd-password-file',
      'data-dir',
    ];
    const elsewhere = ['config', 'kubeconfig', 'context', 'sandbox-api-port', 'sandbox-proxy-port', 'allow-anonymous'];
    const rest = Object.values(table)
      .map(({ flag }) => flag)
      .filter(flag => !byChart.includes(flag) && !elsewhere.includes(flag) && !/^(kubernetes|jwt-|jwks-)/.test(flag));
    expect(Object.keys(schema.properties.settings.properties)).to.have.members(rest);
  });
});
