/** Starts the load client and speaks with it. */

import { fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { within } from '../support/wait.ts';
import type { Aim, FromClient, Tally, ToClient } from './messages.ts';

export interface LoadClient {
  readonly pid: number;
  begin(aim: Aim): void;
  /** An answer of this version to any request from now on is an error. */
  gone(aim: string, version: string): void;
  /** Stops sending, waits for what is under way, and counts. */
  finish(aim: string): Promise<Tally>;
  stop(): void;
}

/** Before everything else on the machine: what it measures must not be its own waiting for a processor. */
const first = -15;

/** Where it is not allowed the run shows in the lateness of the client what came of that. */
function prefer(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, first);
  } catch {
    // Only root may.
  }
}

export async function startLoadClient(): Promise<LoadClient> {
  const child = fork(fileURLToPath(new URL('client.ts', import.meta.url)), { execArgv: ['--import', 'tsx'], serialization: 'advanced' });
  prefer(child.pid);
  const waiting = new Map<string, (tally: Tally) => void>();
  let ready: () => void = () => undefined;
  const started = new Promise<void>(resolve => (ready = resolve));
  const ended = new Promise<never>((_, reject) => child.once('exit', code => reject(new Error(`the load client ended (${String(code)})`))));
  ended.catch(() => undefined);
  child.on('message', (message: FromClient) => {
    if ('ready' in message) ready();
    else waiting.get(message.tally.aim)?.(message.tally);
  });
  await within('the load client starts', 30_000, Promise.race([started, ended]));
  const tell = (message: ToClient) => child.send(message);
  return {
    pid: child.pid ?? NaN,
    begin: aim => void tell({ begin: aim }),
    gone: (aim, version) => void tell({ gone: { aim, version } }),
    finish(aim) {
      const tally = new Promise<Tally>(resolve => waiting.set(aim, resolve));
      tell({ finish: aim });
      return within(`the tally of ${aim}`, 60_000, Promise.race([tally, ended]));
    },
    stop: () => void child.kill(),
  };
}
