import { expect } from 'chai';
import {
  loadSettings,
  presentSettings,
  settingsHelp,
  settingsTable,
  settingsWith,
  table,
  variableOf,
  type Inputs,
  type Loaded,
} from './config.ts';
import type { Setting } from './lib/setting.ts';

const load = (argv: string[], env: Inputs['env'] = {}, files: Record<string, string> = {}) =>
  loadSettings({
    argv,
    env,
    readFile(path) {
      const content = files[path];
      if (content === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
      return content;
    },
  });

const good = (...inputs: Parameters<typeof load>): Loaded => {
  const loaded = load(...inputs);
  if ('faults' in loaded) throw new Error(loaded.faults.join('\n'));
  return loaded;
};
const faults = (...inputs: Parameters<typeof load>): string[] => {
  const loaded = load(...inputs);
  return 'faults' in loaded ? loaded.faults : [];
};

/** A value that the setting takes. */
function sampleOf({ flag, takes }: Setting<unknown>): string {
  if (flag === 'jwks-url') return 'https://h:1';
  if (flag === 'kubernetes' || flag === 'ingress-address' || takes?.startsWith('URL')) return 'http://h:1';
  if (takes === undefined) return 'true';
  if (takes.includes('=')) return 'shop=restricted';
  if (takes.includes('REGISTRY')) return 'docker.io';
  if (takes.includes('|')) return takes.split('|')[1] ?? '';
  return ['PORT', 'SECONDS', 'NUMBER'].includes(takes) ? '7' : 'some-text';
}

describe('config', () => {
  it('has the defaults of the documentation without any input', () => {
    const { settings, sources } = good([]);
    expect(settings).to.deep.equal(settingsWith({}));
    expect(settings).to.include({
      host: '127.0.0.1',
      port: 8000,
      timeout: 300,
      confirm: 3,
      drain: 30,
      proxysleep: 20,
      lease: 10,
      dataDir: '.teal',
    });
    expect(settings).to.include({
      ingressClass: 'nginx',
      ingressDialect: 'ingress-nginx',
      routing: 'versioned',
      healthVia: 'auto',
      podPolicy: 'baseline',
    });
    expect(new Set(Object.values(sources))).to.deep.equal(new Set(['default']));
  });

  it('lets a flag win over a variable, a variable over the file, the file over the default', () => {
    const files = { 'teal.yaml': 'drain: 1\ntimeout: 1\nconfirm: 1\n' };
    const { settings, sources } = good(['--config', 'teal.yaml', '--drain', '3'], { TEAL_DRAIN: '2', TEAL_TIMEOUT: '2' }, files);
    expect([settings.drain, settings.timeout, settings.confirm, settings.lease]).to.deep.equal([3, 2, 1, 10]);
    expect([sources.drain, sources.timeout, sources.confirm, sources.lease]).to.deep.equal(['flag', 'variable', 'file', 'default']);
  });

  it('reads every setting from its flag, its variable and its file key alike', () => {
    for (const [name, setting] of Object.entries(table)) {
      if (name === 'config') continue;
      const sample = sampleOf(setting);
      const read = setting.read(sample) as { value: unknown };
      expect(read, setting.flag).to.have.property('value');
      const alone = (loaded: ReturnType<typeof load>) =>
        'faults' in loaded ? loaded.faults.filter(fault => !/needs|exclude/.test(fault)) : [];
      expect(alone(load([`--${setting.flag}=${sample}`]))).to.deep.equal([]);
      expect(alone(load([], { [variableOf(setting.flag)]: sample }))).to.deep.equal([]);
      expect(alone(load(['--config', 'f'], {}, { f: `${setting.flag}: "${sample}"\n` }))).to.deep.equal([]);
    }
  });

  it('takes the command line of the original deployer', () => {
    const argv = ['-kubernetes', 'http://api:8080', '-etcd', 'http://etcd:2379', '-deployport', '9000', '-timeout', '8', '-proxysleep=6'];
    const { settings } = good([...argv, '-kubernetesusername', 'u', '-kubernetespassword', 'p']);
    expect(settings).to.include({
      kubernetes: 'http://api:8080',
      port: 9000,
      timeout: 8,
      proxysleep: 6,
      kubernetesUsername: 'u',
      kubernetesPassword: 'p',
    });
    expect(settings.etcd).to.deep.equal(['http://etcd:2379']);
  });

  it('reads levels of namespaces and lists of names', () => {
    const files = { f: 'pod-policy-namespaces: [shop=restricted, ops=privileged]' };
    expect(good(['--config', 'f'], {}, files).settings.podPolicyNamespaces).to.deep.equal({ shop: 'restricted', ops: 'privileged' });
    const { settings } = good(['--allowed-service-accounts', 'default, shop/web', '--allowed-registries', 'docker.io/library']);
    expect(settings).to.deep.include({
      allowedServiceAccounts: ['default', 'shop/web'],
      allowedRegistries: ['docker.io/library'],
      allowedSecrets: ['*'],
    });
  });

  it('lists all faults at once', () => {
    const all = faults(['--port', 'abc', '--drian', '5', '--routing', 'magic', 'stray', '--host'], { TEAL_LEASE: '1', TEAL_PROT: '1' }, {});
    expect(all).to.have.members([
      '--drian is not a flag of Teal; did you mean --drain?',
      '"stray" is neither a flag nor the value of one',
      '--host needs a value: ADDRESS',
      'TEAL_PROT is not a variable of Teal; did you mean TEAL_PORT?',
      '--port must be an integer from 0 to 65535; it is "abc"',
      'TEAL_LEASE must be an integer from 5 to 300; it is "1"',
      '--routing must be one of versioned, stable-service; it is "magic"',
    ]);
  });

  it('says what is wrong with the file', () => {
    expect(faults(['--config', 'gone'])).to.deep.equal(["gone cannot be read: ENOENT: no such file, open 'gone'"]);
    expect(faults(['--config', 'f'], {}, { f: '- 1' })).to.deep.equal(['f must hold a mapping of settings']);
    expect(faults(['--config', 'f'], {}, { f: 'drian: 1\nport: {a: 1}\ntimeout: x' })).to.deep.equal([
      'drian in f is not a setting; did you mean drain?',
      'port in f must be a text, number, boolean or list',
      'timeout in f must be an integer from 1 to 86400; it is "x"',
    ]);
  });

  for (const [argv, fault] of [
    [
      ['--jwt-secret-file', 'a', '--jwks-url', 'https://h', '--jwt-audience', 'teal'],
      '--jwt-secret-file and --jwks-url exclude each other: give one',
    ],
    [['--jwt-secret-file', 'a', '--allow-anonymous'], '--jwt-secret-file and --allow-anonymous exclude each other: give one'],
    [['--jwt-secret-file='], '--jwt-secret-file must not be empty; it is ""'],
    [['--jwt-issuer', 'a'], '--jwt-issuer needs --jwt-secret-file or --jwt-public-key-file or --jwks-url'],
    [['--jwt-audience', 'a'], '--jwt-audience needs --jwt-secret-file or --jwt-public-key-file or --jwks-url'],
    [['--jwt-namespaces-claim', 'a'], '--jwt-namespaces-claim needs --jwt-secret-file or --jwt-public-key-file or --jwks-url'],
    [['--jwt-roles-claim', 'a'], '--jwt-roles-claim needs --jwt-secret-file or --jwt-public-key-file or --jwks-url'],
    [['--jwks-ca', 'a'], '--jwks-ca needs --jwks-url'],
    [
      ['--jwks-url', 'https://h', '--jwt-issuer', 'a'],
      '--jwks-url needs --jwt-audience: without it every token of that identity provider, for whatever service, would open Teal',
    ],
    [
      ['--jwks-url', 'http://id.example.com/keys', '--jwt-audience', 'teal'],
      '--jwks-url must start with https:// unless its host is this machine; it is "http://id.example.com/keys"',
    ],
    [
      ['--jwks-url', 'file:///keys', '--jwt-audience', 'teal'],
      '--jwks-url must be a URL starting with http:// or https://; it is "file:///keys"',
    ],
    [['--kubeconfig', 'a', '--kubernetes', 'http://h'], '--kubeconfig and --kubernetes exclude each other: give one'],
    [['--etcd', 'http://h', '--etcd-cert', 'a'], '--etcd-cert needs --etcd-key'],
    [['--etcd-ca', 'a'], '--etcd-ca needs --etcd'],
    [
      ['--kubernetes', 'http://h', '--kubernetes-username', 'u'],
      '--kubernetes-username needs --kubernetes-password-file or --kubernetes-password',
    ],
    [['--drain', '1', '--drain', '2'], '--drain is given twice'],
    [['--namespaces', 'a,B_'], '--namespaces must be a name of lower-case letters, digits, "-" and "."; it is "a,B_"'],
    [
      ['--pod-policy-namespaces', 'shop=strict'],
      '--pod-policy-namespaces must give shop one of privileged, baseline, restricted; it is "shop=strict"',
    ],
    [['--pod-policy-namespaces', 'shop'], '--pod-policy-namespaces must be NAMESPACE=LEVEL[,NAMESPACE=LEVEL]; it is "shop"'],
    [
      ['--pod-policy-namespaces', 'shop=baseline,shop=restricted'],
      '--pod-policy-namespaces must name shop once; it is "shop=baseline,shop=restricted"',
    ],
    [
      ['--namespaces', 'shop', '--pod-policy-namespaces', 'shpo=restricted'],
      '--pod-policy-namespaces names shpo, which --namespaces does not serve',
    ],
    [
      ['--allowed-registries', 'nginx'],
      '--allowed-registries must be registries with or without the beginning of a path, such as docker.io/library or registry.example.com:5000/team; it is "nginx"',
    ],
    [
      ['--allowed-secrets', 'a/b/c'],
      '--allowed-secrets must be names: NAME for every namespace, NAMESPACE/NAME for one, "*" in place of a name for all; it is "a/b/c"',
    ],
    [['--etcd', 'etcd:2379'], '--etcd must be a URL starting with http:// or https://; it is "etcd:2379"'],
  ] as const) {
    it(`refuses ${argv.join(' ')}`, () => expect(faults([...argv])).to.deep.equal([fault]));
  }

  it('takes a key set over https, and over http from this machine', () => {
    for (const url of ['https://id.example.com/keys', 'http://127.0.0.1:9/keys', 'http://localhost/keys', 'http://[::1]:9/keys'])
      expect(good(['--jwks-url', url, '--jwt-audience', 'teal']).settings.jwksUrl).to.equal(url);
  });

  it('never repeats a secret, neither in a fault nor when settings are shown', () => {
    const loaded = good(['--kubernetes', 'http://h', '--kubernetes-username', 'u', '--kubernetes-password', 'hunter2']);
    expect(presentSettings(loaded)).to.include('kubernetes-password: "***" # flag').and.not.include('hunter2');
  });

  it('is not misled by the variables that Kubernetes makes of a Service named teal', () => {
    const env = {
      TEAL_PORT: 'tcp://10.0.0.1:8000',
      TEAL_SERVICE_HOST: '10.0.0.1',
      TEAL_SERVICE_PORT: '8000',
      TEAL_PORT_8000_TCP_ADDR: '10.0.0.1',
      TEAL_API_PORT: 'tcp://10.0.0.2:1',
    };
    expect(good([], env).settings.port).to.equal(8000);
  });

  it('is not stopped by the variables of the command line', () => {
    expect(
      good([], { TEAL_SERVER: 'http://teal', TEAL_TOKEN: 't', TEAL_NAMESPACE: 'shop', TEAL_CONFIG_HOME: '/home' }).sources.port,
    ).to.equal('default');
  });

  it('ignores KUBECONFIG: only its own variable names a kubeconfig', () => {
    expect(good([], { KUBECONFIG: '/home/somebody/.kube/config' }).settings.kubeconfig).to.equal(undefined);
    expect(good([], { TEAL_KUBECONFIG: 'f' }).settings.kubeconfig).to.equal('f');
  });

  it('shows every setting in table and help', () => {
    for (const { flag } of Object.values(table)) {
      expect(settingsTable()).to.include(`\`--${flag}\``);
      expect(settingsHelp()).to.include(`--${flag}`);
    }
  });
});
