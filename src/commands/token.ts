/** `teal token`: makes a token for people and pipelines where no identity provider does. Prints it alone on stdout, what it is for on stderr. */

import { makeToken, roles, type Role, type TokenWish } from '../access/index.ts';
import { table as serverSettings, variableOf } from '../config.ts';
import { isDnsLabel } from '../lib/dns-label.ts';
import { inWords, readDuration } from '../lib/durations.ts';
import { hint, readFlags } from '../lib/read-settings.ts';
import { list, text, word, type Setting } from '../lib/setting.ts';
import type { Environment } from './settings.ts';

/** A token cannot be taken back, so none is for ever. */
const longest = '366d';

const roleFault = (role: string): string | undefined =>
  (roles as readonly string[]).includes(role) ? undefined : `must be one of ${roles.join(', ')}${hint(role, [...roles])}`;

const namespaceFault = (name: string): string | undefined =>
  isDnsLabel(name) ? undefined : 'must be exact names of namespaces: lower-case letters, digits and "-"';

const duration = (flag: string, fallback: string, help: string): Setting<number> => ({
  ...word(flag, 'TIME', fallback, help),
  default: readDuration(fallback) ?? 0,
  otherwise: fallback,
  read(value) {
    const ms = readDuration(value) ?? 0;
    const fault = `must be a time such as 90s, 15m, 12h or 30d, and at most ${longest}`;
    return ms > 0 && ms <= (readDuration(longest) ?? 0) ? { value: ms } : { fault };
  },
});

/** In the order of the help. What the server is told by the same name may come from the same variable. */
const table = {
  jwtSecretFile: text('jwt-secret-file', 'FILE', 'shared secret, the same file as the server has'),
  jwtPrivateKeyFile: text('jwt-private-key-file', 'FILE', 'private key (PEM) whose public one the server has'),
  kid: text('kid', 'TEXT', 'which key of a key set the private key is'),
  subject: text('subject', 'NAME', 'who it is for; stands in records'),
  roles: list('roles', 'ROLE[,ROLE]', 'viewer reads, deployer writes too, admin does so everywhere', roleFault, { otherwise: 'viewer' }),
  namespaces: list('namespaces', 'NAME[,NAME]', 'where; an admin needs none', namespaceFault),
  expires: duration('expires', '12h', `how long it is good, at most ${longest}`),
  issuer: text('issuer', 'TEXT', 'what the server has as --jwt-issuer', { aliases: ['jwt-issuer'] }),
  audience: text('audience', 'TEXT', 'what the server has as --jwt-audience', { aliases: ['jwt-audience'] }),
  jwtNamespacesClaim: serverSettings.jwtNamespacesClaim,
  jwtRolesClaim: serverSettings.jwtRolesClaim,
} as const;

type Options = { [N in keyof typeof table]: (typeof table)[N] extends Setting<infer T> ? T : never };

/** Of the server, as far as they say how its tokens look. */
const variables: Record<string, string> = Object.fromEntries(
  ['jwt-secret-file', 'jwt-issuer', 'jwt-audience', 'jwt-namespaces-claim', 'jwt-roles-claim'].map(flag => [flag, variableOf(flag)]),
);

export const tokenHelp = `teal token - make a token

  teal token --jwt-secret-file F|--jwt-private-key-file F --subject NAME --namespaces NAME[,NAME] [--roles ROLE] [--expires 12h]

The token goes to stdout, what it is for to stderr.

Examples:
  teal token --jwt-secret-file secret --subject ci --namespaces shop --roles deployer --expires 15m
  # a whole round
  openssl rand -hex 32 > secret
  teal serve --jwt-secret-file secret &
  TEAL_TOKEN=$(teal token --jwt-secret-file secret --subject ci --namespaces shop --roles deployer)
  curl -H "Authorization: Bearer $TEAL_TOKEN" 'http://127.0.0.1:8000/deployments/?namespace=shop'

${Object.values(table)
  .map(({ flag, takes, help, otherwise, default: fallback }) => {
    const shown = otherwise ?? fallback;
    return `  ${`--${flag} ${takes ?? ''}`.padEnd(33)}${help}${shown === undefined ? '' : ` (default: ${String(shown)})`}`;
  })
  .join('\n')}

${Object.values(variables).join(', ')} count as they do for the server. A token cannot be taken
back before its time: keep the time short, or change the secret.
`;

/** Throws nothing: what is wrong is added to the faults. */
function readOptions(argv: readonly string[], env: Environment, faults: string[]): Options {
  const flags = readFlags(Object.values(table), argv, faults);
  const options: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(table) as [string, Setting<unknown>][]) {
    options[name] = setting.default;
    const named = [setting.flag, ...setting.aliases].find(flag => variables[flag] !== undefined);
    const variable = named === undefined ? undefined : variables[named];
    // A key that is named by its flag leaves no room for another one of the environment.
    const overruled = setting.flag === 'jwt-secret-file' && flags.has('jwt-private-key-file');
    const value = flags.get(setting.flag) ?? (variable === undefined || overruled ? undefined : env[variable]);
    if (value === undefined) continue;
    const result = setting.read(value);
    if ('fault' in result) faults.push(`--${setting.flag} ${result.fault}; it is "${value}"`);
    else options[name] = result.value;
  }
  return options as unknown as Options;
}

function contradictions({ jwtSecretFile, jwtPrivateKeyFile, subject, namespaces, roles: wanted }: Options): string[] {
  const faults: string[] = [];
  if (jwtSecretFile === undefined && jwtPrivateKeyFile === undefined) faults.push('give --jwt-secret-file or --jwt-private-key-file');
  if (jwtSecretFile !== undefined && jwtPrivateKeyFile !== undefined)
    faults.push('--jwt-secret-file and --jwt-private-key-file exclude each other: give one');
  if (subject === undefined) faults.push('--subject is missing: say who the token is for');
  if (namespaces === undefined && wanted?.includes('admin') !== true)
    faults.push('--namespaces is missing: without it only an admin may do anything');
  return faults;
}

export async function runToken(argv: string[], env: Environment): Promise<number> {
  const faults: string[] = [];
  const options = readOptions(argv, env, faults);
  if (faults.length === 0) faults.push(...contradictions(options));
  if (faults.length > 0) {
    process.stderr.write(`${faults.map(fault => `teal: ${fault}`).join('\n')}\nteal help token has an example\n`);
    return 2;
  }
  const { subject = '', roles: wanted = ['viewer'], namespaces = [], expires, ...rest } = options;
  const issuedAtMs = Date.now();
  const wish: TokenWish = { ...rest, subject, roles: wanted as Role[], namespaces, issuedAtMs, expiresAtMs: issuedAtMs + expires };
  try {
    process.stdout.write(`${await makeToken(wish)}\n`);
  } catch (error) {
    process.stderr.write(`teal: ${(error as Error).message}\n`);
    return 2;
  }
  const where = wanted.includes('admin') ? 'every namespace' : namespaces.join(', ');
  process.stderr.write(
    `${subject}: ${wanted.join(', ')} in ${where}; good for ${inWords(expires)}, until ${new Date(wish.expiresAtMs).toISOString()}\n`,
  );
  return 0;
}
