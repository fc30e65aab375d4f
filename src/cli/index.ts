/** The front door: a command line that is for a client command, run to its exit code. */

import { CommanderError } from 'commander';
import { catalogue, firstWords, serverCommands, type CommandSpec } from './catalogue/index.ts';
import type { About, Context } from './context.ts';
import type { Environment } from './environment.ts';
import { exits, Failure } from './exits.ts';
import { readOptions } from './options.ts';
import { readFormat } from './output/format.ts';
import { buildProgram, faultOf, overview } from './program.ts';
import { openTerminal } from './terminal.ts';
import { wordsOf } from './words.ts';

export { isClientCommand } from './words.ts';
export { overview } from './program.ts';

export interface Setting {
  env: Environment;
  /** `teal` or `kubectl teal`. */
  program: string;
  about(): Promise<About>;
}

export async function runClient(argv: readonly string[], setting: Setting): Promise<number> {
  const { words, ordered } = wordsOf(argv);
  if (words[0] === '__complete') return (await import('./complete.ts')).complete(argv.slice(1), setting);
  let code: number = exits.done;
  const program = buildProgram(setting.program, async (spec, args, given) => {
    code = await runOne(spec, args, given, setting);
  });
  const known = [...firstWords, ...serverCommands.map(([name]) => name)];
  if (words.length === 0) return (process.stdout.write(overview(setting.program)), exits.done);
  if (!known.includes(words[0] ?? '')) {
    const { nearest } = await import('../lib/nearest.ts');
    const meant = nearest(words[0] ?? '', known);
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    process.stderr.write(`teal: there is no command "${words[0] ?? ''}"${hint}\n${setting.program} help lists them\n`);
    return exits.usage;
  }
  try {
    await program.parseAsync([...ordered], { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return exits.done;
    if (error.code !== 'commander.help') process.stderr.write(`${faultOf(error, setting.program, knownWords(words))}\n`);
    return exits.usage;
  }
}

/** As many words as name a command or a family. */
const knownWords = (words: readonly string[]): readonly string[] =>
  catalogue.some(({ name }) => name === words.slice(0, 2).join(' ')) ? words.slice(0, 2) : words.slice(0, 1);

async function runOne(
  spec: CommandSpec,
  args: readonly string[],
  given: Readonly<Record<string, unknown>>,
  { env, program, about }: Setting,
): Promise<number> {
  const options = readOptions(given);
  const terminal = openTerminal(env, { quiet: options.flag('quiet') });
  let close: () => void = () => undefined;
  const connect = once(async () => (await import('./connection.ts')).connectionFor(options, env));
  const client = once(async () => {
    const { createClient } = await import('./api/client.ts');
    const { version } = await about();
    const made = createClient((await connect()).server, { userAgent: `teal/${version}`, verbose: options.flag('verbose') });
    close = () => made.close();
    return made;
  });
  try {
    const format = readFormat(spec.offline ? undefined : options.text('output'));
    const context: Context = {
      env,
      terminal,
      options,
      format,
      program,
      about,
      connection: connect,
      client,
      namespace: async () => (await connect()).namespace,
    };
    return (await (await spec.run())(context, args)) ?? exits.done;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    terminal.warn([`${terminal.paintProgress('red', 'teal:')} ${error.message}`, ...error.more].join('\n'));
    return error.exit;
  } finally {
    close();
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
