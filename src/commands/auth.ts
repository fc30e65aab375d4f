/** `teal auth check`: would a server with these settings take this token, and what may its owner do there? */

import { text as textOf } from 'node:stream/consumers';
import { createGate, may, type Access, type Gate, type Principal } from '../access/index.ts';
import { inWords } from '../lib/durations.ts';
import { Problem } from '../lib/problem.ts';
import { hint } from '../lib/read-settings.ts';
import { gateSettings } from '../room-settings.ts';
import { loggerOf, settingsFor, type Environment } from './settings.ts';

export const authHelp = `teal auth check - explain what a token may do

  teal auth check                asks the server (--server, or of the context) about your own token
  teal auth check [TOKEN | -] [the flags of the server: --jwt-secret-file, --jwks-url, --jwt-audience, ...]

"-" reads the token from stdin; without TOKEN it is the variable TEAL_TOKEN. Others of the machine can see an argument.

Examples:
  teal auth check --jwt-secret-file secret
  teal token --jwt-secret-file secret --subject ci --namespaces shop | teal auth check - --jwt-secret-file secret

Exit code: 0 the server takes it, 1 it does not, 2 asked for wrongly.
`;

const say = (text: string) => process.stderr.write(`teal: ${text}\n`);

/** It may stand before and after the flags: nothing else here looks like one, and it must not be said back as a mistake. */
const looksLikeToken = (argument: string): boolean => argument === '-' || /^eyJ[\w.-]+$/.test(argument);

async function tokenOf(named: string | undefined, env: Environment): Promise<string> {
  const given = named === '-' ? await textOf(process.stdin) : (named ?? env['TEAL_TOKEN'] ?? '');
  return given.trim().replace(/^bearer +/i, '');
}

export async function runAuth(argv: string[], env: Environment): Promise<number> {
  const [verb = '', ...rest] = argv;
  if (verb !== 'check') {
    say(verb === '' ? 'auth needs a verb: check' : `there is no auth ${verb}${hint(verb, ['check'])}`);
    process.stderr.write(authHelp);
    return 2;
  }
  const place = rest.findIndex((argument, index) => looksLikeToken(argument) || (index === 0 && !argument.startsWith('-')));
  const named = place < 0 ? undefined : rest.splice(place, 1)[0];
  const loaded = settingsFor(rest, env, 'auth');
  if (loaded === undefined) return 2;
  const { settings } = loaded;
  const token = await tokenOf(named, env);
  if (token === '') {
    say('there is no token: give it as argument, "-" for stdin, or as variable TEAL_TOKEN');
    return 2;
  }
  let gate: Gate;
  try {
    gate = await createGate(gateSettings(settings), { log: loggerOf(settings) });
  } catch (error) {
    say((error as Error).message);
    return 2;
  }
  if (!gate.enforced) {
    say('a server with these settings asks for no token; name its key: --jwt-secret-file, --jwt-public-key-file or --jwks-url');
    return 2;
  }
  try {
    process.stdout.write(explanation(await gate.authenticate({ authorization: [`Bearer ${token}`] }), settings.namespaces));
    return 0;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    process.stdout.write(`${error.code === 'UNAVAILABLE' ? 'cannot tell' : 'not valid'}: ${error.message}\n`);
    return 1;
  }
}

const actions: [action: string, access: Access][] = [
  ['read', 'viewer'],
  ['deploy', 'deployer'],
  ['administer', 'admin'],
];

/** `served`: the only namespaces that the server serves; undefined = all. */
export function explanation(principal: Principal, served: readonly string[] | undefined, nowMs = Date.now()): string {
  const { name, role, namespaces, expiresAtMs = Infinity } = principal;
  const own = namespaces === 'all' ? (served ?? []) : namespaces;
  const anyOther = '(any other)';
  const row = (namespace: string): string[] => [
    namespace,
    ...actions.map(([, access]) => {
      const isServed = served?.includes(namespace) ?? true;
      // What stands for all others is no name of a namespace, so no token lists it.
      return isServed && may(principal, access, namespace) ? 'yes' : 'no';
    }),
  ];
  const table = [['namespace', ...actions.map(([action]) => action)], ...[...own, anyOther].map(row)];
  const width = Math.max(...table.map(([first = '']) => first.length)) + 2;
  const unserved = own.filter(namespace => served?.includes(namespace) === false);
  const lines = [
    `valid for ${inWords(expiresAtMs - nowMs)}, until ${whenOf(expiresAtMs)}`,
    `subject     ${name}`,
    `role        ${role}`,
    `namespaces  ${namespaces === 'all' ? 'all' : namespaces.join(', ') || 'none: every answer is 403'}`,
    '',
    ...table.map(([first = '', ...cells]) => `${first.padEnd(width)}${cells.map(cell => cell.padEnd(12)).join('')}`.trimEnd()),
    ...(unserved.length === 0 ? [] : ['', `not served by a server with these settings: ${unserved.join(', ')}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** A time beyond what a Date can be is allowed in a token. */
const whenOf = (ms: number): string => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : 'the end of time');
