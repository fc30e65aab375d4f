/** Where a command writes: data to stdout, everything else to stderr. Knows what the two can show. */

import type { Environment } from './environment.ts';
import { exits } from './exits.ts';

export type Tint = 'red' | 'green' | 'yellow' | 'blue' | 'dim' | 'bold';

const codes: Record<Tint, [on: number, off: number]> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  dim: [2, 22],
  bold: [1, 22],
};

export type Paint = (tint: Tint, text: string) => string;

const plain: Paint = (_tint, text) => text;
const coloured: Paint = (tint, text) => (text === '' ? '' : `\u001b[${codes[tint][0]}m${text}\u001b[${codes[tint][1]}m`);

export interface Terminal {
  /** Data, as it stands. */
  out(text: string): void;
  /** A line of progress; silent with --quiet. */
  say(line: string): void;
  /** A line that matters even with --quiet. */
  warn(line: string): void;
  /** For stdout and stderr, each coloured only where it is a terminal. */
  paint: Paint;
  paintProgress: Paint;
  /** Stdout is a terminal that can be redrawn. */
  readonly live: boolean;
  readonly columns: number;
  readonly rows: number;
  /** Asks on a terminal; true where nobody can be asked. */
  confirm(question: string): Promise<boolean>;
  /** What Ctrl-C leaves behind: from now on it says `note` and ends with 130. */
  onInterrupt(note: () => string): void;
}

const mayColour = (stream: NodeJS.WriteStream, env: Environment): boolean => {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return stream.isTTY && env['TERM'] !== 'dumb';
};

export function openTerminal(env: Environment, { quiet }: { quiet: boolean }): Terminal {
  const { stdout, stderr, stdin } = process;
  // Whoever reads no more, such as `head`, has what it wants.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(exits.done);
  });
  let note: (() => string) | undefined;
  return {
    out: text => void stdout.write(text),
    say(line) {
      if (!quiet) stderr.write(`${line}\n`);
    },
    warn: line => void stderr.write(`${line}\n`),
    paint: mayColour(stdout, env) ? coloured : plain,
    paintProgress: mayColour(stderr, env) ? coloured : plain,
    live: stdout.isTTY && env['TERM'] !== 'dumb',
    get columns() {
      return stdout.columns > 0 ? stdout.columns : 80;
    },
    get rows() {
      return stdout.rows > 0 ? stdout.rows : 24;
    },
    async confirm(question) {
      if (!stdin.isTTY || !stderr.isTTY) return true;
      const { createInterface } = await import('node:readline/promises');
      const asking = createInterface({ input: stdin, output: stderr });
      try {
        return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
      } finally {
        asking.close();
      }
    },
    onInterrupt(text) {
      if (note === undefined)
        process.on('SIGINT', () => {
          const last = note?.() ?? '';
          if (last !== '') stderr.write(`\n${last}\n`);
          process.exit(exits.interrupted);
        });
      note = text;
    },
  };
}
