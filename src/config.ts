/** Every setting once: flag, variable, file key, default, rule and help. Pure but for reading the file that --config names. */

import { podLevels, whyNoEntry, whyNoRegistry } from './descriptors/index.ts';
import { hint, readFlags, readSettingsFile } from './lib/read-settings.ts';
import { isLoopback } from './lib/loopback.ts';
import { hideNamed } from './lib/redact.ts';
import { base, choice, choices, integer, list, listOr, onOff, text, url, urlFault, word, type Setting } from './lib/setting.ts';

const dnsName = (value: string): string | undefined =>
  value.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(value)
    ? undefined
    : `must be a name of lower-case letters, digits, "-" and "."`;

const headerName = (value: string): string | undefined =>
  /^[A-Za-z0-9_-]+$/.test(value) ? undefined : 'must be header names of letters, digits, "-" and "_"';

const domain = (flag: string, help: string): Setting<string | undefined> => ({
  ...base(flag, help, {}),
  takes: 'DOMAIN',
  default: undefined,
  read(value) {
    const fault = dnsName(value);
    return fault === undefined ? { value } : { fault };
  },
});

/** Whoever can change what this URL answers can make tokens, so nobody on the way may. */
const keySetUrl = (flag: string, help: string): Setting<string | undefined> => ({
  ...url(flag, help),
  read(value) {
    const fault = urlFault(value, ['http:', 'https:']);
    if (fault !== undefined) return { fault };
    const { protocol, hostname } = new URL(value);
    const safe = protocol === 'https:' || isLoopback(hostname);
    return safe ? { value } : { fault: 'must start with https:// unless its host is this machine' };
  },
});

const day = 86_400;
const million = 1_000_000;
/** Replicas do not tell each other what they have let through. */
const perReplica = ', each replica counting for itself; 0 = no limit';

/** In the order of the help. */
export const table = {
  config: text('config', 'FILE', 'YAML file with settings; its keys are the flags without dashes'),
  host: word('host', 'ADDRESS', '127.0.0.1', 'address to listen on'),
  port: integer('port', 'PORT', 8000, [0, 65_535], 'port to listen on; 0 picks a free one', { aliases: ['deployport'] }),

  kubeconfig: text('kubeconfig', 'FILE', 'kubeconfig of the cluster', { otherwise: 'the account of the pod that Teal runs in' }),
  context: text('context', 'NAME', 'context of the kubeconfig', { otherwise: 'its current one' }),
  kubernetes: url('kubernetes', 'URL of the API server, instead of a kubeconfig'),
  kubernetesCa: text('kubernetes-ca', 'FILE', 'certificate authority of the API server (PEM)'),
  kubernetesTokenFile: text('kubernetes-token-file', 'FILE', 'bearer token for the API server; read again when it changes'),
  kubernetesUsername: text('kubernetes-username', 'NAME', 'user name for basic authentication at the API server', {
    aliases: ['kubernetesusername'],
  }),
  kubernetesPasswordFile: text('kubernetes-password-file', 'FILE', 'file with the password for basic authentication'),
  kubernetesPassword: text(
    'kubernetes-password',
    'TEXT',
    'the password itself; other users of the machine can see it, so better name a file',
    {
      aliases: ['kubernetespassword'],
      secret: true,
    },
  ),

  etcd: list('etcd', 'URL[,URL]', 'etcd endpoints; several replicas of Teal need it', item => urlFault(item, ['http:', 'https:']), {
    otherwise: 'the embedded store',
  }),
  etcdCa: text('etcd-ca', 'FILE', 'certificate authority of etcd (PEM)'),
  etcdCert: text('etcd-cert', 'FILE', 'client certificate for etcd (PEM)'),
  etcdKey: text('etcd-key', 'FILE', 'key of the client certificate (PEM)'),
  etcdUser: text('etcd-user', 'NAME', 'etcd user'),
  etcdPasswordFile: text('etcd-password-file', 'FILE', 'file with the password of the etcd user'),
  dataDir: word('data-dir', 'DIRECTORY', '.teal', 'directory of the embedded store'),

  timeout: integer('timeout', 'SECONDS', 300, [1, day], 'until all pods of a new version must be healthy'),
  confirm: integer('confirm', 'SECONDS', 3, [0, 3600], 'the new version is watched so long after the switch before it counts'),
  drain: integer('drain', 'SECONDS', 30, [0, day], 'the old version keeps running so long after the switch'),
  proxysleep: integer('proxysleep', 'SECONDS', 20, [0, 3600], 'longest wait for the proxy to have loaded a new version'),
  lease: integer('lease', 'SECONDS', 10, [5, 300], 'after so long without a sign of life another replica takes over'),
  keepDeployments: integer(
    'keep-deployments',
    'NUMBER',
    100,
    [2, 100_000],
    'newest deployments of an app that are kept, with their logs; older ones go once ten more stand, never the live one nor the one a rollback brings back',
  ),
  maxReplicas: integer('max-replicas', 'NUMBER', 1000, [1, 10_000], 'most pods that a descriptor may ask for'),
  writesPerMinute: integer('writes-per-minute', 'NUMBER', 1200, [0, million], `requests of a principal that are no reads${perReplica}`),
  deploymentsPerMinute: integer('deployments-per-minute', 'NUMBER', 600, [0, million], `deployments asked for in a namespace${perReplica}`),
  maxSockets: integer('max-sockets', 'NUMBER', 100, [0, million], `streams that a principal may have open at once${perReplica}`),
  maxDescriptors: integer('max-descriptors', 'NUMBER', 10_000, [0, million], 'most descriptors in a namespace; 0 = no limit'),
  maxQueued: integer('max-queued', 'NUMBER', 100, [0, million], 'most deployments that wait for their turn in an app; 0 = no limit'),
  keepAudit: integer('keep-audit', 'NUMBER', 10_000, [1, million], 'newest audit records of a namespace that are kept'),

  ingressClass: word('ingress-class', 'NAME', 'nginx', 'class of the Ingresses that Teal makes'),
  ingressDialect: choice(
    'ingress-dialect',
    ['ingress-nginx', 'traefik', 'plain'],
    'ingress-nginx',
    'which controller the annotations are for',
  ),
  ingressAddress: url(
    'ingress-address',
    'URL at which Teal itself reaches the proxy; with it Teal waits until the proxy has loaded a new version',
  ),
  ingressSnippets: onOff(
    'ingress-snippets',
    'allows configuration snippets in annotations (ingress-nginx, where its operator allows them too)',
  ),
  ingressGzip: onOff('ingress-gzip', 'the controller compresses already (ingress-nginx with use-gzip in its ConfigMap)'),
  ingressResponseHeaders: list(
    'ingress-response-headers',
    'NAME[,NAME]',
    'headers that descriptors may set: the names in global-allowed-response-headers of ingress-nginx',
    headerName,
    { otherwise: 'none' },
  ),
  ingressMiddlewares: choice(
    'ingress-middlewares',
    ['none', 'file', 'crd'],
    'none',
    'where Traefik finds middlewares: the file provider of its operator, or Middleware objects that Teal makes',
  ),
  previewDomain: domain('preview-domain', 'each version is also reached as app-version.namespace.DOMAIN'),
  routing: choice('routing', ['versioned', 'stable-service'], 'versioned', 'how traffic is switched where a descriptor does not say it'),
  healthVia: choice('health-via', ['auto', 'pod-ip', 'api-proxy'], 'auto', 'how health checks reach pods'),
  namespaces: list('namespaces', 'NAME[,NAME]', 'the only namespaces that are served', dnsName, { otherwise: 'all' }),

  jwtSecretFile: text('jwt-secret-file', 'FILE', 'shared secret of the tokens (HS256), 32 bytes or more'),
  jwtPublicKeyFile: text('jwt-public-key-file', 'FILE', 'public key of the tokens (PEM)'),
  jwksUrl: keySetUrl('jwks-url', 'key set of the tokens (JWKS) of an identity provider; needs --jwt-audience'),
  jwksCa: text('jwks-ca', 'FILE', 'certificate authority of the server of the key set (PEM)', { otherwise: 'those of Node.js' }),
  jwtIssuer: text('jwt-issuer', 'TEXT', 'what the tokens must have as iss'),
  jwtAudience: text('jwt-audience', 'TEXT', 'what the tokens must have in aud'),
  jwtNamespacesClaim: word(
    'jwt-namespaces-claim',
    'NAME',
    'namespaces',
    'claim with the namespaces of a principal; a name, or a path such as teal.namespaces',
  ),
  jwtRolesClaim: word(
    'jwt-roles-claim',
    'NAME',
    'roles',
    'claim with the roles of a principal (viewer, deployer, admin); a name, or a path such as realm_access.roles',
  ),
  allowAnonymous: onOff('allow-anonymous', 'lets everybody in who reaches the port; needed to listen beyond loopback without tokens'),
  podPolicy: choice(
    'pod-policy',
    ['baseline', 'restricted', 'privileged'],
    'baseline',
    'what pods may ask of their node (Pod Security Standards)',
  ),
  podPolicyNamespaces: choices(
    'pod-policy-namespaces',
    'NAMESPACE=LEVEL[,NAMESPACE=LEVEL]',
    'namespaces with a pod policy of their own',
    podLevels,
    dnsName,
    { otherwise: 'none' },
  ),
  allowedRegistries: list(
    'allowed-registries',
    'REGISTRY[/PATH][,...]',
    'where images may come from, by the beginning of their full name (nginx is docker.io/library/nginx)',
    whyNoRegistry,
    { otherwise: 'all' },
  ),
  allowedServiceAccounts: listOr(
    ['default'],
    'allowed-service-accounts',
    '[NAMESPACE/]NAME[,...]',
    'service accounts that pods may run as; "*" for all',
    whyNoEntry,
    { otherwise: 'default' },
  ),
  allowedSecrets: listOr(['*'], 'allowed-secrets', '[NAMESPACE/]NAME[,...]', 'secrets that pods may read, mount or pull with', whyNoEntry, {
    otherwise: '*: all of the namespace',
  }),

  logLevel: choice('log-level', ['debug', 'info', 'warn', 'error'], 'info', 'least level of the log on stderr'),
  logFormat: choice('log-format', ['auto', 'json', 'pretty'], 'auto', 'auto is pretty on a terminal and json elsewhere'),

  sandboxApiPort: integer('sandbox-api-port', 'PORT', 8001, [0, 65_535], 'sandbox only: port of the simulated API server'),
  sandboxProxyPort: integer('sandbox-proxy-port', 'PORT', 8002, [0, 65_535], 'sandbox only: port of the proxy'),
} as const;

type Table = typeof table;
export type SettingName = keyof Table;
export type Settings = { readonly [N in SettingName]: Table[N] extends Setting<infer T> ? T : never };
export type Source = 'flag' | 'variable' | 'file' | 'default';

export interface Loaded {
  settings: Settings;
  sources: Record<SettingName, Source>;
}

const entries = Object.entries(table) as [SettingName, Setting<unknown>][];
const all = entries.map(([, setting]) => setting);

export const variableOf = (flag: string): string => `TEAL_${flag.toUpperCase().replaceAll('-', '_')}`;

export interface Inputs {
  /** Without node, script and command. */
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  readFile(path: string): string;
}

/** The settings with their sources, or every fault there is, one line each. */
export function loadSettings({ argv, env, readFile }: Inputs): Loaded | { faults: string[] } {
  const faults: string[] = [];
  const flags = readFlags(all, argv, faults);
  const configFile = flags.get('config') ?? env[variableOf('config')];
  const file = configFile === undefined ? new Map<string, string>() : readSettingsFile(all, configFile, readFile, faults);
  for (const name of Object.keys(env)) {
    if (
      name.startsWith('TEAL_') &&
      !notSettings.has(name) &&
      !isServiceLink(name, env[name]) &&
      !entries.some(([, setting]) => variableOf(setting.flag) === name)
    ) {
      faults.push(
        `${name} is not a variable of Teal${hint(
          name,
          entries.map(([, setting]) => variableOf(setting.flag)),
        )}`,
      );
    }
  }
  const settings: Partial<Record<SettingName, unknown>> = {};
  const sources = {} as Record<SettingName, Source>;
  for (const [name, setting] of entries) {
    const candidates: [Source, string, string | undefined][] = [
      ['flag', `--${setting.flag}`, flags.get(setting.flag)],
      [
        'variable',
        variableOf(setting.flag),
        isServiceLink(variableOf(setting.flag), env[variableOf(setting.flag)]) ? undefined : env[variableOf(setting.flag)],
      ],
      ['file', `${setting.flag} in ${configFile ?? ''}`, file.get(setting.flag)],
    ];
    const [source, called, value] = candidates.find(([, , candidate]) => candidate !== undefined) ?? ['default' as const, '', undefined];
    sources[name] = source;
    settings[name] = setting.default;
    if (value === undefined) continue;
    const result = setting.read(value);
    if ('fault' in result) faults.push(`${called} ${result.fault}${setting.secret ? '' : `; it is "${hideNamed(value)}"`}`);
    else settings[name] = result.value;
  }
  const complete = settings as Settings;
  if (faults.length === 0) faults.push(...contradictions(complete));
  return faults.length > 0 ? { faults } : { settings: complete, sources };
}

/** Read elsewhere: which build the program is, and what the commands ask that talk to a server. */
const notSettings = new Set(['TEAL_COMMIT', 'TEAL_SERVER', 'TEAL_TOKEN', 'TEAL_NAMESPACE', 'TEAL_CONFIG_HOME']);

/** Kubernetes puts variables such as TEAL_PORT=tcp://10.0.0.1:8000 into every pod that has a Service named teal beside it. */
const isServiceLink = (name: string, value: string | undefined): boolean =>
  /_SERVICE_(HOST|PORT)(_|$)/.test(name) ||
  /_PORT_\d+_(TCP|UDP|SCTP)(_|$)/.test(name) ||
  (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value ?? ''));

/** What is right alone and wrong together. */
function contradictions(settings: Settings): string[] {
  const faults: string[] = [];
  const given = (...names: SettingName[]) =>
    names.filter(name => settings[name] !== table[name].default).map(name => `--${table[name].flag}`);
  const oneOf = (...names: SettingName[]) => {
    const both = given(...names);
    if (both.length > 1) faults.push(`${both.join(' and ')} exclude each other: give one`);
  };
  const needs = (name: SettingName, ...others: SettingName[]) => {
    if (given(name).length > 0 && given(...others).length === 0)
      faults.push(`--${table[name].flag} needs ${others.map(other => `--${table[other].flag}`).join(' or ')}`);
  };
  oneOf('jwtSecretFile', 'jwtPublicKeyFile', 'jwksUrl', 'allowAnonymous');
  for (const name of ['jwtIssuer', 'jwtAudience', 'jwtNamespacesClaim', 'jwtRolesClaim'] as const)
    needs(name, 'jwtSecretFile', 'jwtPublicKeyFile', 'jwksUrl');
  needs('jwksCa', 'jwksUrl');
  if (settings.jwksUrl !== undefined && settings.jwtAudience === undefined)
    faults.push('--jwks-url needs --jwt-audience: without it every token of that identity provider, for whatever service, would open Teal');
  oneOf('kubeconfig', 'kubernetes');
  needs('context', 'kubeconfig');
  oneOf('kubernetesPassword', 'kubernetesPasswordFile');
  oneOf('kubernetesTokenFile', 'kubernetesUsername');
  needs('kubernetesUsername', 'kubernetesPasswordFile', 'kubernetesPassword');
  needs('kubernetesPasswordFile', 'kubernetesUsername');
  needs('kubernetesPassword', 'kubernetesUsername');
  for (const name of ['kubernetesCa', 'kubernetesTokenFile', 'kubernetesUsername'] as const) needs(name, 'kubernetes');
  for (const name of ['etcdCa', 'etcdCert', 'etcdUser'] as const) needs(name, 'etcd');
  needs('etcdCert', 'etcdKey');
  needs('etcdKey', 'etcdCert');
  needs('etcdUser', 'etcdPasswordFile');
  needs('etcdPasswordFile', 'etcdUser');
  for (const namespace of Object.keys(settings.podPolicyNamespaces))
    if (settings.namespaces?.includes(namespace) === false)
      faults.push(`--pod-policy-namespaces names ${namespace}, which --namespaces does not serve`);
  return faults;
}

/** The defaults, changed where a test or the sandbox needs it. */
export function settingsWith(changes: Partial<Settings>): Settings {
  const defaults = Object.fromEntries(entries.map(([name, setting]) => [name, setting.default])) as Settings;
  return { ...defaults, ...changes };
}

const shownDefault = (setting: Setting<unknown>): string =>
  setting.otherwise ??
  (setting.default === undefined ? '' : setting.default === false ? 'off' : JSON.stringify(setting.default).replaceAll('"', ''));

/** The table of the README. */
export function settingsTable(): string {
  const rows = entries.map(([, setting]) => {
    const names = [`--${setting.flag}`, ...setting.aliases.map(alias => `-${alias}`)].map(name => `\`${name}\``).join(', ');
    return `| ${names} | \`${variableOf(setting.flag)}\` | ${shownDefault(setting)} | ${setting.takes === undefined ? '' : `\`${setting.takes.replaceAll('|', '\\|')}\`: `}${setting.help} |`;
  });
  return ['| Flag | Variable | Default | Meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}

/** For `teal help serve`. */
export function settingsHelp(): string {
  const left = entries.map(([, setting]) => `  --${setting.flag}${setting.takes === undefined ? '' : ` ${setting.takes}`}`);
  const width = Math.min(44, Math.max(...left.map(line => line.length)));
  return entries
    .map(([, setting], index) => {
      const shown = shownDefault(setting);
      const right = `${setting.help}${shown === '' || shown === 'off' ? '' : ` (default: ${shown})`}`;
      const line = left[index] ?? '';
      return line.length > width ? `${line}\n${' '.repeat(width + 2)}${right}` : `${line.padEnd(width + 2)}${right}`;
    })
    .join('\n');
}

/** The settings in force, for `teal config`: a YAML text with the source of each; secrets masked. */
export function presentSettings({ settings, sources }: Loaded): string {
  const lines = entries.map(([name, setting]) => {
    const value = settings[name] as unknown;
    const shown = value === undefined ? 'null' : setting.secret ? '"***"' : hideNamed(JSON.stringify(value));
    return `${setting.flag}: ${shown} # ${sources[name]}`;
  });
  return `${lines.join('\n')}\n`;
}
