/** Puts into README.md what is made from code: the settings table. `npm run readme` writes; a contract test compares. */

import { readFile, writeFile } from 'node:fs/promises';
import { settingsTable } from '../../src/config.ts';

export const readmePath = new URL('../../README.md', import.meta.url);

/** The README with the table put between its markers. */
export const withSettings = (text: string): string =>
  text.replace(/<!-- settings -->[\s\S]*<!-- \/settings -->/, () => `<!-- settings -->\n${settingsTable().trim()}\n<!-- /settings -->`);

if (process.argv[1] !== undefined && import.meta.url.endsWith(process.argv[1].split('/').at(-1) ?? '-')) {
  await writeFile(readmePath, withSettings(await readFile(readmePath, 'utf8')));
}
