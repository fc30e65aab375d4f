/** `teal` as people run it: a process with a home of its own, so that no configuration of this machine counts. */

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { within } from '../support/wait.ts';

export interface Said {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Started {
  readonly pid: number;
  /** What it has written so far. */
  said(): Said;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<Said>;
}

export interface Home {
  readonly folder: string;
  /** A folder with `teal` in it, for PATH. */
  readonly bin: string;
  readonly env: Readonly<Record<string, string>>;
  start(args: readonly string[], options?: RunOptions): Started;
  run(args: readonly string[], options?: RunOptions): Promise<Said>;
  remove(): Promise<void>;
}

export interface RunOptions {
  input?: string;
  env?: Readonly<Record<string, string>>;
  limitMs?: number;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Arguments of node that run the program. */
export const program = process.env['TEAL_BUILT']
  ? [`${root}dist/main.js`]
  : ['--import', `${root}node_modules/tsx/dist/loader.mjs`, `${root}src/main.ts`];

/** `server`: what TEAL_SERVER says; absent = it is not set. */
export async function openHome(server?: string): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'teal-home-'));
  const quoted = [process.execPath, ...program].map(part => `'${part}'`).join(' ');
  await writeFile(join(folder, 'teal'), `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 });
  const env = {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    TEAL_CONFIG_HOME: join(folder, 'config'),
    ...(server === undefined ? {} : { TEAL_SERVER: server }),
  };
  const home: Home = {
    folder,
    bin: folder,
    env,
    start(args, { input = '', env: more = {} } = {}) {
      const child = spawn(process.execPath, [...program, ...args], { cwd: folder, env: { ...env, ...more } });
      const said: Said = { code: null, stdout: '', stderr: '' };
      child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
      const ended = new Promise<Said>(resolve => child.once('close', code => resolve(Object.assign(said, { code }))));
      return { pid: child.pid ?? 0, said: () => ({ ...said }), signal: name => void child.kill(name), ended };
    },
    async run(args, options = {}) {
      const started = home.start(args, options);
      try {
        return await within(`teal ${args.join(' ')}`, options.limitMs ?? 60_000, started.ended);
      } catch (error) {
        started.signal('SIGKILL');
        throw new Error(`${(error as Error).message}\n${JSON.stringify(started.said())}`, { cause: error });
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  return home;
}
