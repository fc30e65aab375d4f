/** A command in a terminal of a given size, which may change. Python brings the terminal: Node has none of its own. */

import { spawn, spawnSync } from 'node:child_process';
import type { Home } from './teal.ts';
import { program } from './teal.ts';

/** Relays what the terminal shows; obeys lines on stdin: `size COLUMNS ROWS`, `key HEX`. */
const relay = `
import fcntl, os, pty, select, struct, sys, termios
columns, rows = int(sys.argv[1]), int(sys.argv[2])
def size(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
parent, child = pty.openpty()
size(child, columns, rows)
pid = os.fork()
if pid == 0:
    os.close(parent)
    os.setsid()
    fcntl.ioctl(child, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2): os.dup2(child, fd)
    os.execvp(sys.argv[3], sys.argv[3:])
os.close(child)
pending = b''
sources = [parent, 0]
while True:
    ready, _, _ = select.select(sources, [], [])
    if parent in ready:
        try: data = os.read(parent, 65536)
        except OSError: data = b''
        if not data: break
        os.write(1, data)
    if 0 in ready:
        data = os.read(0, 65536)
        if not data: sources.remove(0)
        pending += data
        *lines, pending = pending.split(b'\\n')
        for line in lines:
            word, *rest = line.decode().split()
            if word == 'size':
                size(parent, int(rest[0]), int(rest[1]))
            else: os.write(parent, bytes.fromhex(rest[0]))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

export const hasPty = spawnSync('python3', ['-c', 'import pty, termios; pty.openpty()']).status === 0;

export interface Terminal {
  /** Everything that was written to it, codes and all. */
  written(): string;
  /** What stands on it now: lines of text, as a simple terminal would show them. */
  screen(): string[];
  resize(columns: number, rows: number): void;
  press(key: string): void;
  readonly ended: Promise<number | null>;
}

export const ctrlC = '\u0003';

export function inTerminal({ env, folder }: Home, args: readonly string[], size: { columns: number; rows: number }): Terminal {
  const child = spawn('python3', ['-c', relay, String(size.columns), String(size.rows), process.execPath, ...program, ...args], {
    cwd: folder,
    env: { ...env, TERM: 'xterm' },
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stdin.on('error', () => undefined);
  return {
    written: () => text,
    screen: () => screenOf(text),
    resize: (columns, rows) => void child.stdin.write(`size ${columns} ${rows}\n`),
    press: key => void child.stdin.write(`key ${Buffer.from(key).toString('hex')}\n`),
    ended: new Promise(resolve => child.once('close', resolve)),
  };
}

/** Just the codes that Teal writes: up, clear line, clear below, home, clear all; colours are left out. */
export function screenOf(text: string): string[] {
  const lines: string[] = [''];
  let row = 0;
  let column = 0;
  for (const [all, argument = '', code] of text.matchAll(/\u001b\[\??([\d;]*)([A-Za-z])|\r|\n|[^\u001b\r\n]/gu)) {
    if (code === undefined) {
      if (all === '\r') column = 0;
      else if (all === '\n') row++;
      else lines[row] = (lines[row] ?? '').padEnd(column).slice(0, column++) + all + (lines[row] ?? '').slice(column);
      lines[row] ??= '';
    } else if (code === 'A') row = Math.max(0, row - Number(argument || 1));
    else if (code === 'K') lines[row] = (lines[row] ?? '').slice(0, column);
    else if (code === 'J')
      lines.splice(argument === '2' ? 0 : row, lines.length, ...(argument === '2' ? [] : [(lines[row] ?? '').slice(0, column)]));
    else if (code === 'H') [row, column] = [0, 0];
  }
  return lines;
}
