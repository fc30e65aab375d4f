/** Columns as kubectl prints them: capitals above, no lines between. Pure. */

import type { Paint, Tint } from '../terminal.ts';

export type Cell = string | { text: string; tint: Tint };

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);

/** Two columns for what East Asian scripts and emoji take, none for what combines. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/^\p{Mark}$/u.test(character)) continue;
    width += /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]$/u.test(
      character,
    )
      ? 2
      : 1;
  }
  return width;
}

/** An empty cell is shown as `-`, so that columns can be cut by their number. */
export function tableOf(header: readonly string[], rows: readonly (readonly Cell[])[], paint: Paint, indent = ''): string {
  const filled = rows.map(row => row.map(cell => (textOf(cell) === '' ? '-' : cell)));
  const widths = header.map((title, column) => Math.max(widthOf(title), ...filled.map(row => widthOf(textOf(row[column] ?? '')))));
  const line = (row: readonly Cell[]): string =>
    indent +
    row
      .map((cell, column) => {
        const text = textOf(cell);
        const padding = column === row.length - 1 ? '' : ' '.repeat((widths[column] ?? 0) - widthOf(text) + 3);
        return (typeof cell === 'string' ? text : paint(cell.tint, text)) + padding;
      })
      .join('')
      .trimEnd();
  return [header.map(title => title.toUpperCase()), ...filled].map(row => `${line(row)}\n`).join('');
}

/** Names before values, aligned: how `describe` shows one thing. Absent values are left out. */
export function fieldsOf(fields: readonly (readonly [name: string, value: string | undefined])[]): string {
  const shown = fields.filter((field): field is [string, string] => field[1] !== undefined && field[1] !== '');
  const width = Math.max(...shown.map(([name]) => name.length)) + 3;
  return shown.map(([name, value]) => `${`${name}:`.padEnd(width)}${value.replaceAll('\n', `\n${' '.repeat(width)}`)}\n`).join('');
}
