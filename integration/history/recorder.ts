/** Writes what a process does into a file at once, so that a SIGKILL loses nothing of what was written before it. */

import { openSync, writeSync } from 'node:fs';
import type { Entry } from '../../src/store/store.ts';
import type { Call, Line, Strike } from './history.ts';

export interface Recorder {
  /** Returns how to say what came of the call. */
  sent(call: Omit<Call, 'process' | 'id' | 'sentAt'>): (outcome: NonNullable<Call['outcome']>) => void;
  /** The key had this value at this revision; without a value it was gone. */
  fact(key: string, revision: number, value: string | undefined): void;
  saw(entries: readonly Entry[]): void;
  strike(strike: Pick<Strike, 'deed' | 'n' | 'what'>): void;
}

export const silentRecorder: Recorder = {
  sent: () => () => undefined,
  fact: () => undefined,
  saw: () => undefined,
  strike: () => undefined,
};

export function createRecorder(file: string): Recorder {
  const fd = openSync(file, 'a');
  const process_ = String(process.pid);
  let calls = 0;
  // The line break comes first: half a line of a process that was killed does not spoil the next one.
  const write = (line: Line) => void writeSync(fd, `\n${JSON.stringify(line)}`);
  const fact: Recorder['fact'] = (key, revision, value) =>
    write({ fact: { at: Date.now(), key, revision, ...(value === undefined ? {} : { value }) } });
  return {
    fact,
    sent(call) {
      const id = ++calls;
      write({ sent: { ...call, process: process_, id, sentAt: Date.now() } });
      return outcome => write({ ended: { process: process_, id, at: Date.now(), outcome } });
    },
    saw: entries => entries.forEach(({ key, revision, value }) => fact(key, revision, value)),
    strike: strike => write({ strike: { ...strike, process: process_, at: Date.now() } }),
  };
}
