/** Every setting once: flag, variable, file key, default, rule and help. Pure but for reading the file that --config names. */

import { parse as parseYaml } from 'yaml';
import { nearest } from './lib/nearest.ts';

interface Setting<T> {
  /** Without dashes; also the key in the file. The variable is made of it: `etcd-ca` is TEAL_ETCD_CA. */
  flag: string;
  /** Other spellings of the flag. */
  aliases: string[];
  /** What the value is, for the help; absent = a switch without value. */
  takes?: string;
  default: T;
  /** The default in words when the value does not say it. */
  otherwise?: string;
  help: string;
  /** Its value is masked wherever settings are shown. */
  secret: boolean;
  /** The value, or what is wrong with the text. */
  read(text: string): { value: T } | { fault: string };
}

type Extra = { aliases?: string[]; otherwise?: string; secret?: boolean };
const base = (flag: string, help: string, { aliases = [], otherwise, secret = false }: Extra) => ({
  flag,
  aliases,
  help,
  secret,
  ...(otherwise === undefined ? {} : { otherwise }),
});

const text = (flag: string, takes: string, help: string, extra: Extra = {}): Setting<string | undefined> => ({
  ...base(flag, help, extra),
  takes,
  default: undefined,
  read: value => (value === '' ? { fault: 'must not be empty' } : { value }),
});

const word = (flag: string, takes: string, fallback: string, help: string, extra: Extra = {}): Setting<string> => ({
  ...base(flag, help, extra),
  takes,
  default: fallback,
  read: value => (value === '' ? { fault: 'must not be empty' } : { value }),
});

function urlFault(value: string, protocols: string[]): string | undefined {
  try {
    return protocols.includes(new URL(value).protocol)
      ? undefined
      : `must be a URL starting with ${protocols.map(protocol => `${protocol}//`).join(' or ')}`;
  } catch {
    return `must be a URL starting with ${protocols.map(protocol => `${protocol}//`).join(' or ')}`;
  }
}

const url = (flag: string, help: string, extra: Extra = {}): Setting<string | undefined> => ({
  ...base(flag, help, extra),
  takes: 'URL',
  default: undefined,
  read(value) {
    const fault = urlFault(value, ['http:', 'https:']);
    return fault === undefined ? { value } : { fault };
  },
});

const integer = (
  flag: string,
  takes: string,
  fallback: number,
  [min, max]: [number, number],
  help: string,
  extra: Extra = {},
): Setting<number> => ({
  ...base(flag, help, extra),
  takes,
  default: fallback,
  read(value) {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
    return number >= min && number <= max ? { value: number } : { fault: `must be an integer from ${min} to ${max}` };
  },
});

const choice = <T extends string>(flag: string, choices: readonly T[], fallback: T, help: string, extra: Extra = {}): Setting<T> => ({
  ...base(flag, help, extra),
  takes: choices.join('|'),
  default: fallback,
  read(value) {
    const found = choices.find(candidate => candidate === value);
    return found === undefined ? { fault: `must be one of ${choices.join(', ')}` } : { value: found };
  },
});

const onOff = (flag: string, help: string, extra: Extra = {}): Setting<boolean> => ({
  ...base(flag, help, extra),
  default: false,
  read: value => (value === 'true' || value === 'false' ? { value: value === 'true' } : { fault: 'must be true or false' }),
});

const list = (
  flag: string,
  takes: string,
  help: string,
  whyNot: (item: string) => string | undefined,
  extra: Extra = {},
): Setting<string[] | undefined> => ({
  ...base(flag, help, extra),
  takes,
  default: undefined,
  read(value) {
    const items = value.split(',').map(item => item.trim());
    const fault = items.map(whyNot).find(why => why !== undefined);
    return fault === undefined ? { value: items } : { fault };
  },
});

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

const day = 86_400;

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
  maxReplicas: integer('max-replicas', 'NUMBER', 1000, [1, 10_000], 'most pods that a descriptor may ask for'),

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
  jwksUrl: url('jwks-url', 'key set of the tokens'),
  jwtIssuer: text('jwt-issuer', 'TEXT', 'what the tokens must have as iss'),
  jwtAudience: text('jwt-audience', 'TEXT', 'what the tokens must have in aud'),
  jwtNamespacesClaim: word('jwt-namespaces-claim', 'NAME', 'namespaces', 'claim with the namespaces of a principal'),
  jwtRolesClaim: word('jwt-roles-claim', 'NAME', 'roles', 'claim with the roles of a principal: viewer, deployer, admin'),
  allowAnonymous: onOff('allow-anonymous', 'lets everybody in who reaches the port; needed to listen beyond loopback without tokens'),
  podPolicy: choice(
    'pod-policy',
    ['baseline', 'restricted', 'privileged'],
    'baseline',
    'what pods may ask of their node (Pod Security Standards)',
  ),

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
  const flags = readFlags(argv, faults);
  const configFile = flags.get('config') ?? env[variableOf('config')];
  const file = configFile === undefined ? new Map<string, string>() : readConfigFile(configFile, readFile, faults);
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
    if ('fault' in result) faults.push(`${called} ${result.fault}${setting.secret ? '' : `; it is "${value}"`}`);
    else settings[name] = result.value;
  }
  const complete = settings as Settings;
  if (faults.length === 0) faults.push(...contradictions(complete));
  return faults.length > 0 ? { faults } : { settings: complete, sources };
}

/** Read elsewhere: what build and version the program is. */
const notSettings = new Set(['TEAL_COMMIT', 'TEAL_SERVER', 'TEAL_TOKEN', 'TEAL_NAMESPACE']);

/** Kubernetes puts variables such as TEAL_PORT=tcp://10.0.0.1:8000 into every pod that has a Service named teal beside it. */
const isServiceLink = (name: string, value: string | undefined): boolean =>
  /_SERVICE_(HOST|PORT)(_|$)/.test(name) ||
  /_PORT_\d+_(TCP|UDP|SCTP)(_|$)/.test(name) ||
  (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value ?? ''));

const hint = (name: string, known: string[]): string => {
  const meant = nearest(name, known);
  return meant === undefined ? '' : `; did you mean ${meant}?`;
};

function readFlags(argv: readonly string[], faults: string[]): Map<string, string> {
  const found = new Map<string, string>();
  const known = entries.flatMap(([, setting]) => [setting.flag, ...setting.aliases]);
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? '';
    const [, given, inline] = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(argument) ?? [];
    if (given === undefined) {
      faults.push(`"${argument}" is neither a flag nor the value of one`);
      continue;
    }
    const setting = entries
      .map(([, candidate]) => candidate)
      .find(candidate => candidate.flag === given || candidate.aliases.includes(given));
    if (setting === undefined) {
      faults.push(`--${given} is not a flag of Teal${hint(given, known).replace('mean ', 'mean --')}`);
      // What follows an unknown flag is most likely its value; saying that too would only be noise.
      if (inline === undefined && argv[index + 1]?.startsWith('-') === false) index++;
      continue;
    }
    let value = inline;
    if (value === undefined && setting.takes === undefined) value = 'true';
    if (value === undefined) {
      value = argv[index + 1];
      if (value === undefined || /^--?[A-Za-z]/.test(value)) {
        faults.push(`--${setting.flag} needs a value: ${setting.takes}`);
        continue;
      }
      index++;
    }
    if (found.has(setting.flag)) faults.push(`--${setting.flag} is given twice`);
    found.set(setting.flag, value);
  }
  return found;
}

function readConfigFile(path: string, readFile: Inputs['readFile'], faults: string[]): Map<string, string> {
  const found = new Map<string, string>();
  let content: unknown;
  try {
    content = parseYaml(readFile(path));
  } catch (error) {
    faults.push(`${path} cannot be read: ${(error as Error).message.split('\n')[0] ?? ''}`);
    return found;
  }
  if (content === null || content === undefined) return found;
  if (typeof content !== 'object' || Array.isArray(content)) {
    faults.push(`${path} must hold a mapping of settings`);
    return found;
  }
  const known = entries.map(([, setting]) => setting.flag).filter(flag => flag !== 'config');
  for (const [key, value] of Object.entries(content)) {
    if (!known.includes(key)) faults.push(`${key} in ${path} is not a setting${hint(key, known)}`);
    else if (Array.isArray(value)) found.set(key, value.join(','));
    else if (['string', 'number', 'boolean'].includes(typeof value)) found.set(key, String(value));
    else faults.push(`${key} in ${path} must be a text, number, boolean or list`);
  }
  return found;
}

/** What is right alone and wrong together. */
function contradictions(settings: Settings): string[] {
  const faults: string[] = [];
  const given = (...names: SettingName[]) => names.filter(name => settings[name] !== undefined).map(name => `--${table[name].flag}`);
  const oneOf = (...names: SettingName[]) => {
    const both = given(...names);
    if (both.length > 1) faults.push(`${both.join(' and ')} exclude each other: give one`);
  };
  const needs = (name: SettingName, ...others: SettingName[]) => {
    if (settings[name] !== undefined && given(...others).length === 0)
      faults.push(`--${table[name].flag} needs ${others.map(other => `--${table[other].flag}`).join(' or ')}`);
  };
  oneOf('jwtSecretFile', 'jwtPublicKeyFile', 'jwksUrl');
  needs('jwtIssuer', 'jwtSecretFile', 'jwtPublicKeyFile', 'jwksUrl');
  needs('jwtAudience', 'jwtSecretFile', 'jwtPublicKeyFile', 'jwksUrl');
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
    const shown = value === undefined ? 'null' : setting.secret ? '"***"' : JSON.stringify(value);
    return `${setting.flag}: ${shown} # ${sources[name]}`;
  });
  return `${lines.join('\n')}\n`;
}
