/** What the system lets a running process have, changed from outside (Linux). */

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

/** Soft limits: `nofile` = open files, `fsize` = bytes up to which files may grow. */
export function setLimit(pid: number, what: 'nofile' | 'fsize', value: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--${what}=${value}:`], { stdio: ['ignore', 'ignore', 'pipe'] });
}

export const openHandles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
