/** Teal as its users run it: a process of its own, started by its real command line, spoken to over the address that it prints. */

import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { underTest } from './under-test.ts';
import { within } from './wait.ts';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface TealProcess {
  url: string;
  pid: number;
  /** Lines it printed so far that contain `text`, the newest last. */
  printed(text?: string): string[];
  /** Resolves when it is gone. */
  exited: Promise<Exit>;
  readonly running: boolean;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<Exit>;
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<Exit>;
  /** Another signal, at once. */
  signal(name: NodeJS.Signals): void;
  /** For the entry `teal-under-test.ts`: messages to it, and from it. */
  tell(message: unknown): Promise<void>;
  /** Returns how to listen no more. */
  onMessage(listen: (message: unknown) => void): () => void;
}

export type Entry = 'main' | 'under-test';

const root = fileURLToPath(new URL('../..', import.meta.url));

async function commandOf(entry: Entry): Promise<string[]> {
  if (entry === 'under-test') return [await underTest()];
  return process.env['TEAL_BUILT'] ? [`${root}dist/main.js`, 'serve'] : ['--import', 'tsx', `${root}src/main.ts`, 'serve'];
}

/** Starts it and waits for its ready line. Rejects with what it printed when it ends before. */
export async function startTeal(
  args: string[],
  options: {
    entry?: Entry;
    env?: Record<string, string>;
    nodeFlags?: string[];
    /** Arguments of node that run another build. */
    command?: string[];
    /** A command that sets limits and becomes node itself. */
    under?: string[];
  } = {},
): Promise<TealProcess> {
  const entry = options.entry ?? 'main';
  const command = [...(options.nodeFlags ?? []), ...(options.command ?? (await commandOf(entry)))];
  const [program, ...before] = [...(options.under ?? []), process.execPath];
  const child: ChildProcess = spawn(program, [...before, ...command, '--port', '0', '--log-format', 'json', ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_ENV: 'test', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', ...(entry === 'under-test' ? ['ipc' as const] : [])],
  });
  const lines: string[] = [];
  let rest = '';
  let ready: (url: string) => void = () => undefined;
  const listening = new Promise<string>(resolve => (ready = resolve));
  const take = (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      lines.push(line);
      const url = /listening on (http:\/\/[^\s"]+)/.exec(line)?.[1];
      if (url) ready(url);
    }
    if (lines.length > 20_000) lines.splice(0, 10_000);
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  let gone = false;
  const exited = new Promise<Exit>(resolve =>
    child.once('exit', (code, signal) => {
      gone = true;
      resolve({ code, signal });
    }),
  );
  const died = exited.then(({ code, signal }): never => {
    throw new Error(`Teal ended before it was ready (${code ?? signal}): ${[...lines, rest].slice(-30).join('\n')}`);
  });
  died.catch(() => undefined);
  const url = await within('Teal is ready', 60_000, Promise.race([listening, died]));

  const end = async (signal: NodeJS.Signals) => {
    if (!gone) child.kill(signal);
    return within(`Teal ends after ${signal}`, 20_000, exited);
  };
  return {
    url,
    pid: child.pid ?? 0,
    printed: text => (text === undefined ? lines : lines.filter(line => line.includes(text))),
    exited,
    get running() {
      return !gone;
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    signal: name => void child.kill(name),
    tell: message => new Promise((resolve, reject) => child.send(message as object, error => (error ? reject(error) : resolve()))),
    onMessage(listen) {
      child.on('message', listen);
      return () => void child.off('message', listen);
    },
  };
}
