/** The commands by name. Each returns its exit code: 0 done, 1 failed, 2 asked for wrongly. */

import { readVersion } from '../version.ts';
import { nearest } from '../lib/nearest.ts';
import { runAuth } from './auth.ts';
import { runConfig } from './config.ts';
import { runEnvironment } from './environment.ts';
import { helpOf } from './help.ts';
import { runSandbox } from './sandbox.ts';
import { runServe } from './serve.ts';
import type { Environment } from './settings.ts';
import { runToken } from './token.ts';

const commands: Record<string, (argv: string[], env: Environment) => Promise<number>> = {
  serve: runServe,
  sandbox: runSandbox,
  env: runEnvironment,
  token: runToken,
  auth: runAuth,
  config: runConfig,
  version: showVersion,
  help: argv => {
    process.stdout.write(helpOf(argv[0]));
    return Promise.resolve(0);
  },
};

async function showVersion(): Promise<number> {
  const { version, commit, node } = await readVersion();
  process.stdout.write(`teal ${version} (${commit}, Node.js ${node})\n`);
  return 0;
}

const isHelp = (argument: string) => ['--help', '-h', '-help'].includes(argument);

export async function runCommand(argv: string[], env: Environment): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined || isHelp(first)) return (process.stdout.write(helpOf(undefined)), 0);
  if (first === '--version' || first === '-v') return showVersion();
  // The original deployer had no commands: its flags alone mean serve.
  if (first.startsWith('-')) return runServe(argv, env);
  const command = Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (command === undefined) {
    const meant = nearest(first, Object.keys(commands));
    process.stderr.write(
      `teal: there is no command "${first}"${meant === undefined ? '' : `; did you mean ${meant}?`}\n${helpOf(undefined)}`,
    );
    return 2;
  }
  if (rest.some(isHelp)) return (process.stdout.write(helpOf(first)), 0);
  return command(rest, env);
}
