/** Which Teal this is. */

import { readFile } from 'node:fs/promises';
import type { Version } from './http/system.ts';

const root = new URL('../', import.meta.url);

/** The commit comes from the build (TEAL_COMMIT), or from the checkout that the program runs in. */
async function commitOf(): Promise<string> {
  const built = process.env['TEAL_COMMIT'];
  if (built !== undefined && built !== '') return built;
  try {
    const head = (await readFile(new URL('.git/HEAD', root), 'utf8')).trim();
    if (!head.startsWith('ref: ')) return head;
    return (await readFile(new URL(`.git/${head.slice(5)}`, root), 'utf8')).trim();
  } catch {
    return 'unknown';
  }
}

export async function readVersion(): Promise<Version> {
  const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as { version: string };
  return { version, commit: await commitOf(), node: process.version };
}
