/** Finds the command in a command line whose common flags may stand before it, as in `teal -n shop status`. Pure. */

import { catalogue, commonFlags, firstWords } from './catalogue/index.ts';

/** Common flags that may stand before the command, and whether they take a value. */
const leading = new Map(
  commonFlags.flatMap(({ flags }) => {
    const takesValue = flags.includes('<');
    return [...flags.matchAll(/--?[\w-]+/g)].map(([name]) => [name, takesValue] as const);
  }),
);

export interface Words {
  /** The arguments from the command on, those that look like flags left out; empty = no command. */
  words: readonly string[];
  /** The command line with the command in front. */
  ordered: readonly string[];
}

function commandIndex(argv: readonly string[]): number | undefined {
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? '';
    if (!argument.startsWith('-')) return index;
    const takesValue = leading.get(argument.split('=', 1)[0] ?? '');
    if (takesValue === undefined) return undefined;
    if (takesValue && !argument.includes('=')) index++;
  }
  return undefined;
}

const isHelp = (argument: string | undefined): boolean => ['help', '--help', '-h', '-help'].includes(argument ?? '');

/** `help deploy` is `deploy --help`. */
export function wordsOf(argv: readonly string[]): Words {
  if (argv.length === 0 || (isHelp(argv[0]) && argv.length === 1)) return { words: [], ordered: [] };
  if (argv[0] === 'help') return wordsOf([...argv.slice(1), '--help']);
  const start = commandIndex(argv);
  if (start === undefined) return { words: [], ordered: [] };
  const before = argv.slice(0, start);
  const after = argv.slice(start);
  const words = after.filter(argument => !argument.startsWith('-'));
  const length = catalogue.some(({ name }) => name === after.slice(0, 2).join(' ')) ? 2 : 1;
  return { words, ordered: [...after.slice(0, length), ...before, ...after.slice(length)] };
}

/** False = it is for the server's side: `serve`, its flags alone, and what else commands/ knows. */
export function isClientCommand(argv: readonly string[]): boolean {
  const [first = ''] = argv;
  if (argv.length === 0 || isHelp(first) || first === '__complete') return true;
  const start = commandIndex(argv);
  if (start === undefined) return false;
  return start === 0 || firstWords.includes(argv[start] ?? '');
}
