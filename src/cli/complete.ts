/** `teal __complete`: the words that may come next. Silent and quick: a shell waits for it, and an error would land in somebody's prompt. */

import {
  catalogue,
  commonFlags,
  families,
  firstWords,
  serverCommands,
  type CommandSpec,
  type Completion,
  type FlagSpec,
} from './catalogue/index.ts';
import type { Environment } from './environment.ts';
import { flagsOf } from './program.ts';
import { readOptions } from './options.ts';

interface Word {
  word: string;
  meaning?: string;
}

/** Longer than that, and people think that the shell hangs. */
const longestMs = 2000;

export async function complete(typed: readonly string[], { env }: { env: Environment }): Promise<number> {
  const words = typed.slice(0, -1);
  const current = typed.at(-1) ?? '';
  const found = await candidates(words, current, env).catch(() => []);
  const matching = found.filter(({ word }) => word.startsWith(current));
  process.stdout.write(matching.map(({ word, meaning }) => `${word}${meaning ? `\t${meaning}` : ''}\n`).join(''));
  return 0;
}

async function candidates(words: readonly string[], current: string, env: Environment): Promise<Word[]> {
  const { spec, args, flagWaiting, given } = read(words);
  if (flagWaiting !== undefined) return valuesOf(flagWaiting, env, given);
  if (spec === undefined) return firstOf(args);
  if (current.startsWith('-')) return allFlags(spec).map(({ flags, help }) => ({ word: /--[\w-]+/.exec(flags)?.[0] ?? '', meaning: help }));
  const kinds = spec.completes ?? [];
  // What may be repeated is completed like the last.
  const kind = kinds[Math.min(args.length, kinds.length - 1)];
  if (kind === undefined || (args.length >= kinds.length && !(spec.args ?? '').includes('...'))) return [];
  return wordsFor(kind, env, given, args);
}

function firstOf([family]: readonly string[]): Word[] {
  if (family !== undefined && Object.hasOwn(families, family))
    return catalogue
      .filter(({ name }) => name.startsWith(`${family} `))
      .map(({ name, summary }) => ({ word: name.split(' ')[1] ?? '', meaning: summary }));
  if (family !== undefined) return [];
  const summaryOf = (word: string) => families[word] ?? catalogue.find(({ name }) => name === word)?.summary ?? '';
  return [
    ...firstWords.map(word => ({ word, meaning: summaryOf(word) })),
    ...serverCommands.map(([word, meaning]) => ({ word, meaning })),
    { word: 'help' },
  ];
}

const allFlags = (spec: CommandSpec): readonly FlagSpec[] => {
  const { own, common } = flagsOf(spec);
  return [...own, ...common];
};

interface Line {
  spec?: CommandSpec;
  /** Behind the command's words; without a command, all words. */
  args: string[];
  /** The last word is a flag that wants a value. */
  flagWaiting?: FlagSpec;
  given: Record<string, string>;
}

function read(words: readonly string[]): Line {
  const plain: string[] = [];
  const given: Record<string, string> = {};
  const known = [...commonFlags, ...catalogue.flatMap(({ flags = [] }) => flags)];
  let flagWaiting: FlagSpec | undefined;
  for (const word of words) {
    if (flagWaiting !== undefined) {
      const name = /--([\w-]+)/.exec(flagWaiting.flags)?.[1] ?? '';
      given[name.replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase())] = word;
      flagWaiting = undefined;
    } else if (word.startsWith('-')) {
      const flag = known.find(({ flags }) => flags.split(/[ ,]+/).includes(word));
      if (flag?.flags.includes('<')) flagWaiting = flag;
    } else plain.push(word);
  }
  const spec = catalogue.find(({ name }) => name === plain.slice(0, 2).join(' ')) ?? catalogue.find(({ name }) => name === plain[0]);
  const args = spec === undefined ? plain : plain.slice(spec.name.split(' ').length);
  return { args, given, ...(spec ? { spec } : {}), ...(flagWaiting ? { flagWaiting } : {}) };
}

async function valuesOf(flag: FlagSpec, env: Environment, given: Record<string, string>): Promise<Word[]> {
  if (flag.words) return flag.words.map(word => ({ word }));
  if (flag.flags.includes('--namespace')) return wordsFor('namespace', env, given, []);
  if (flag.flags.includes('--context')) return wordsFor('context', env, given, []);
  if (flag.flags.includes('--app')) return wordsFor('app', env, given, []);
  return [];
}

async function wordsFor(completion: Completion, env: Environment, given: Record<string, string>, args: readonly string[]): Promise<Word[]> {
  if (typeof completion !== 'string') return completion.map(word => ({ word }));
  if (completion === 'context') {
    const { configPath, readConfig } = await import('./config-file.ts');
    return Object.keys((await readConfig(configPath(env))).contexts).map(word => ({ word }));
  }
  const { connectionFor } = await import('./connection.ts');
  const { createClient } = await import('./api/client.ts');
  const { server, namespace } = await connectionFor(readOptions(given), env);
  const client = createClient(server, { userAgent: 'teal', verbose: false });
  const late = setTimeout(() => process.exit(0), longestMs);
  try {
    const { liveWords } = await import('./live-words.ts');
    return await liveWords(client, namespace, completion, args);
  } finally {
    clearTimeout(late);
    client.close();
  }
}
