/** Builds `teal-under-test.ts` in the way the product is built: crash suites start it hundreds of times. `npm test` does so once for all suites, by running this file. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundling } from '../../deploy/bundle.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bundle = `${root}dist/teal-under-test.mjs`;

const write = () =>
  build({
    ...bundling,
    entryPoints: [`${root}integration/support/teal-under-test.ts`],
    // Apart from the files of the product.
    chunkNames: 'under-test-[name]-[hash]',
    outExtension: { '.js': '.mjs' },
  });

let written: Promise<unknown> | undefined;

/** Path of the program to start. */
export async function underTest(): Promise<string> {
  if (!process.env['TEAL_BUILT'] || !existsSync(bundle)) await (written ??= write());
  return bundle;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await write();
