/** Host names under `.own.test` that resolve to loopback as long as a file lists them, in a process that starts with these flags and this environment. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

export interface OwnNames {
  nodeFlags: string[];
  env: Record<string, string>;
  /** From now on exactly these resolve. */
  set(...names: string[]): Promise<void>;
  dispose(): Promise<void>;
}

export async function createOwnNames(): Promise<OwnNames> {
  const dir = await mkdtemp(join(tmpdir(), 'teal-names-'));
  const file = join(dir, 'hosts');
  const outfile = join(dir, 'resolver.mjs');
  const source = fileURLToPath(new URL('own-names-resolver.ts', import.meta.url));
  await build({ entryPoints: [source], outfile, platform: 'node', format: 'esm', logLevel: 'error' });
  await writeFile(file, '');
  return {
    nodeFlags: ['--import', outfile],
    env: { OWN_NAMES: file },
    set: (...names) => writeFile(file, names.join('\n')),
    dispose: () => rm(dir, { recursive: true, force: true }),
  };
}
