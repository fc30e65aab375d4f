/** The catalogue as a commander program: parsing, help, "did you mean". */

import { Command, Option, type CommanderError } from 'commander';
import {
  catalogue,
  commonFlags,
  families,
  groupTitles,
  serverCommands,
  type CommandSpec,
  type FlagSpec,
  type Group,
} from './catalogue/index.ts';
import { exitTexts } from './exits.ts';

/** Runs what was asked for; `given` are the flags by commander's names. */
export type Start = (spec: CommandSpec, args: readonly string[], given: Readonly<Record<string, unknown>>) => Promise<void>;

const optionOf = ({ flags, help, repeated }: FlagSpec): Option => {
  const option = new Option(flags, help);
  return repeated ? option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]) : option;
};

/** A flag of the command wins over the common one of the same name. */
export function flagsOf({ flags = [], offline }: CommandSpec): { own: readonly FlagSpec[]; common: readonly FlagSpec[] } {
  const long = (flag: FlagSpec) => /--[\w-]+/.exec(flag.flags)?.[0];
  const taken = new Set(flags.map(long));
  return { own: flags, common: offline ? [] : commonFlags.filter(flag => !taken.has(long(flag))) };
}

export const examplesText = (program: string, { examples }: CommandSpec): string =>
  examples.map(([line, comment]) => `  ${comment === '' ? '' : `# ${comment}\n  `}${program} ${line}\n`).join('');

export function buildProgram(program: string, start: Start): Command {
  const root = styled(new Command(program));
  const groups = new Map<string, Command>();
  for (const spec of catalogue) {
    const [first = '', second] = spec.name.split(' ');
    const parent = second === undefined ? root : (groups.get(first) ?? family(root, groups, first));
    parent.addCommand(commandOf(program, spec, start));
  }
  return root.helpCommand(false);
}

function family(root: Command, groups: Map<string, Command>, name: string): Command {
  const command = styled(new Command(name))
    .description(families[name] ?? name)
    .helpCommand(false);
  const members = catalogue.filter(spec => spec.name.startsWith(`${name} `));
  command.addHelpText('after', () => `\nExamples:\n${members.map(spec => examplesText(root.name(), spec)).join('')}`);
  root.addCommand(command);
  groups.set(name, command);
  return command;
}

const aliases: Readonly<Record<string, readonly string[]>> = {
  'config list': ['get-contexts'],
  logs: ['log'],
  'env delete': ['unset'],
};

function commandOf(program: string, spec: CommandSpec, start: Start): Command {
  const command = styled(new Command(spec.name.split(' ').at(-1)));
  command.description(spec.more === undefined ? spec.summary : `${spec.summary}.\n\n${spec.more}`).summary(spec.summary);
  command.aliases([...(aliases[spec.name] ?? [])]);
  if (spec.args !== undefined) command.arguments(spec.args);
  command.usage(['[flags]', spec.args].filter(Boolean).join(' '));
  const { own, common } = flagsOf(spec);
  for (const flag of own) command.addOption(optionOf(flag));
  for (const flag of common) command.addOption(optionOf(flag).helpGroup('Flags of every command:'));
  command.addHelpText('after', () => `\nExamples:\n${examplesText(program, spec)}`);
  return command.action(async (...all: unknown[]) => {
    const args = command.processedArgs.flat().filter((argument): argument is string => typeof argument === 'string');
    await start(spec, args, (all.at(-2) ?? {}) as Record<string, unknown>);
  });
}

/** Help as wide as the text wants; "Flags" as elsewhere in Teal. */
const styled = (command: Command): Command =>
  command
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .helpOption('-h, --help', 'this text')
    .configureHelp({ helpWidth: 160, styleTitle: title => title.replace(/^Options:$/, 'Flags:'), sortSubcommands: false });

/** All commands on one page. */
export function overview(program: string): string {
  const line = (name: string, summary: string) => `  ${name.padEnd(22)}${summary}\n`;
  const group = (name: Group) =>
    `${groupTitles[name]}\n${catalogue
      .filter(spec => spec.group === name)
      .map(spec => line(spec.name, spec.summary))
      .join('')}`;
  const names = Object.keys(groupTitles) as Group[];
  const server = `Server\n${serverCommands.map(([name, summary]) => line(name, summary)).join('')}`;
  return `${program} - blue-green deployments on Kubernetes\n\n${names.map(group).join('\n')}\n${server}${overviewEnd(program)}`;
}

function overviewEnd(program: string): string {
  const codes = exitTexts.map(([code, text]) => `  ${String(code).padEnd(5)}${text}\n`).join('');
  return `
Examples
  ${program} deploy -f app.yaml     deploy, and follow the log until it serves
  ${program} status shop -w         watch both versions
  ${program} rollback shop          back to the version before

Exit codes
${codes}
${program} help COMMAND, or COMMAND --help, has the flags and more examples.
`;
}

/** What commander says is wrong, as one line of ours and where to look; of an argument that is missing, what it may be where the catalogue knows that. */
export function faultOf(error: CommanderError, program: string, words: readonly string[]): string {
  const text = error.message.replace(/^error: /, '').replace(/\s*\n\(Did you mean (.*)\?\)/s, '; did you mean $1?');
  return `teal: ${text}${choicesFor(error, words)}\n${[program, ...words, '--help'].join(' ')} lists what there is`;
}

function choicesFor({ code, message }: CommanderError, words: readonly string[]): string {
  const { args = '', completes: [first] = [] } = catalogue.find(({ name }) => name === words.join(' ')) ?? {};
  const isMissing = code === 'commander.missingArgument' && message.includes(`'${/\w+/.exec(args)?.[0] ?? ''}'`);
  return isMissing && Array.isArray(first) ? `: ${first.join(', ')}` : '';
}
