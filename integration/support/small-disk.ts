/** A file system of a few megabytes that can be filled up, on machines where this process may mount one. */

import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  dir: string;
  /** Until not one more byte fits. */
  fill(): Promise<void>;
  makeRoom(): Promise<void>;
  /** Lets nobody write any more. */
  lock(): void;
  unmount(): Promise<void>;
}

const run = (program: string, ...args: string[]) => execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });

/** Undefined where it must not be mounted. */
export async function openSmallDisk(megabytes: number): Promise<SmallDisk | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'teal-disk-'));
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'teal-test', dir);
  } catch {
    await rmdir(dir);
    return undefined;
  }
  // What still has a file open there must not keep it.
  const leave = () => void run('umount', '--lazy', dir);
  process.once('exit', leave);
  const ballast = join(dir, 'ballast');
  return {
    dir,
    async fill() {
      const file = await open(ballast, 'a');
      try {
        for (const size of [65_536, 1])
          for (;;) {
            const written = await file.write(Buffer.alloc(size)).catch((error: unknown) => {
              if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return undefined;
              throw error;
            });
            if (written === undefined) break;
          }
      } finally {
        await file.close();
      }
    },
    makeRoom: () => rm(ballast, { force: true }),
    lock: () => void run('mount', '-o', 'remount,ro', dir),
    async unmount() {
      process.off('exit', leave);
      leave();
      await rmdir(dir);
    },
  };
}
