/** Whether a test of some title stands in a source: for pages that name tests, which must not name one that is gone. */

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Titles are texts as they stand, and templates with anything in their gaps. */
export function hasTitle(source: string, title: string): boolean {
  if ([`'${title.replaceAll("'", "\\'")}'`, `'${title}'`, `"${title}"`, `\`${title}\``].some(quoted => source.includes(quoted)))
    return true;
  const templates = [...source.matchAll(/`((?:[^`\\]|\\.)*\$\{(?:[^`\\]|\\.)*)`/g)].map(([, text = '']) => text);
  return templates
    .filter(text => text.replace(/\$\{[^}]*\}/g, '').trim().length > 12)
    .some(text =>
      new RegExp(
        `^${text
          .split(/\$\{[^}]*\}/)
          .map(escaped)
          .join('.+')}$`,
      ).test(title),
    );
}

/** `FILE: "TITLE"` in the cell of a table. */
export const namedTests = (row: string): { file: string; title: string }[] =>
  [...row.matchAll(/`([^`]+\.ts)`: "(.+?)"(?=<br>| \|)/g)].map(([, file = '', title = '']) => ({ file, title }));
