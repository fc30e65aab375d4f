/** The commands by name, each loaded when it is asked for. What talks to a server is in cli/; here is what is one, or works on its files. */

import { basename } from 'node:path';
import type { Environment } from './settings.ts';

type Run = (argv: string[], env: Environment) => Promise<number>;

const commands: Readonly<Record<string, () => Promise<Run>>> = {
  serve: async () => (await import('./serve.ts')).runServe,
  sandbox: async () => (await import('./sandbox.ts')).runSandbox,
  settings: async () => (await import('./show-settings.ts')).runSettings,
  token: async () => (await import('./token.ts')).runToken,
};

/** Commands of cli/ that work on files instead when flags or variables say so. */
const onFiles: Readonly<Record<string, { flags: RegExp; variables: readonly string[]; run: () => Promise<Run> }>> = {
  env: {
    flags: /^--?(data-dir|etcd|etcd-\w[\w-]*|config)(=|$)/,
    variables: [],
    run: async () => (await import('./environment.ts')).runEnvironment,
  },
  auth: {
    flags: /^--?(jwt-|jwks-|config(=|$))/,
    variables: ['TEAL_JWT_SECRET_FILE', 'TEAL_JWT_PUBLIC_KEY_FILE', 'TEAL_JWKS_URL'],
    run: async () => (await import('./auth.ts')).runAuth,
  },
};

const isHelp = (argument: string): boolean => ['--help', '-h', '-help'].includes(argument);

async function show(text: Promise<string>): Promise<number> {
  process.stdout.write(await text);
  return 0;
}

const serverHelp = async (command: string): Promise<string> => (await import('./help.ts')).helpOf(command);

/** `kubectl teal` runs the program by its other name. */
const programName = (path: string | undefined): string => (basename(path ?? '') === 'kubectl-teal' ? 'kubectl teal' : 'teal');

export async function runCommand(argv: string[], env: Environment): Promise<number> {
  const [first = '', ...rest] = argv;
  if (['--version', '-v', '-version'].includes(first)) return runCommand(['version', '--client'], env);
  if (first === 'help' && ['serve', 'sandbox', 'settings', 'token', 'auth'].includes(rest[0] ?? '')) return show(serverHelp(rest[0] ?? ''));
  const command = Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (command !== undefined) return rest.some(isHelp) ? show(serverHelp(first)) : (await command())(rest, env);
  const files = Object.hasOwn(onFiles, first) ? onFiles[first] : undefined;
  if (files !== undefined && !rest.some(isHelp)) {
    const named = rest.some(argument => files.flags.test(argument)) || files.variables.some(name => (env[name] ?? '') !== '');
    if (named) return (await files.run())(rest, env);
  }
  const cli = await import('../cli/index.ts');
  // The original deployer had no commands: its flags alone mean serve.
  if (!cli.isClientCommand(argv))
    return argv.some(isHelp) ? show(serverHelp('serve')) : (await import('./serve.ts')).runServe(argv, env, '');
  const about = async () => (await import('../version.ts')).readVersion();
  return cli.runClient(argv, { env, program: programName(process.argv[1]), about });
}
