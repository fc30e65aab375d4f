/** Two texts as their unified diff. Pure. */

import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** Texts that differ in more lines than this are shown as one removed and one added: finding the best way between them would take too long. */
const mostEdits = 1000;

/** Empty when they are the same. The names stand in the head. */
export function unifiedDiff(before: string, after: string, names: { before: string; after: string }): string {
  if (before === after) return '';
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY, maxEditLength: mostEdits };
  const patch = createTwoFilesPatch(names.before, names.after, before, after, undefined, undefined, options);
  return patch ?? wholly(before, after, names);
}

function wholly(before: string, after: string, names: { before: string; after: string }): string {
  const lines = (text: string): string[] => text.replace(/\n$/, '').split('\n');
  const [old, fresh] = [lines(before), lines(after)];
  return [
    `--- ${names.before}`,
    `+++ ${names.after}`,
    `@@ -1,${old.length} +1,${fresh.length} @@`,
    ...old.map(line => `-${line}`),
    ...fresh.map(line => `+${line}`),
    '',
  ].join('\n');
}
