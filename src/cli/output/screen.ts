/** A block of lines that is redrawn in place, no taller and no wider than the terminal, which may change its size. */

import type { Terminal } from '../terminal.ts';
import { widthOf } from './table.ts';

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const clearToEnd = '\u001b[J';
const upBy = (lines: number): string => (lines > 0 ? `\u001b[${lines}A` : '');

export interface Screen {
  draw(lines: readonly string[]): void;
  /** Leaves what was drawn last. */
  close(): void;
}

export function openScreen(terminal: Terminal): Screen {
  let drawn = 0;
  let text = '';
  let columns = 0;
  const close = () => {
    if (drawn > 0) terminal.out(showCursor);
    drawn = 0;
  };
  terminal.onInterrupt(() => {
    close();
    return '';
  });
  return {
    draw(lines) {
      const fitting = fit(lines, terminal.columns, terminal.rows - 1);
      const next = fitting.map(line => `${line}\u001b[K\n`).join('');
      if (next === text && columns === terminal.columns) return;
      // A narrower terminal has wrapped what was drawn: nobody knows where it begins, so all is drawn anew.
      const start = columns !== 0 && columns !== terminal.columns ? '\u001b[H\u001b[2J' : `\r${upBy(drawn)}`;
      terminal.out(`${drawn === 0 ? hideCursor : ''}${start}${next}${clearToEnd}`);
      [drawn, text, columns] = [fitting.length, next, terminal.columns];
    },
    close,
  };
}

const escape = /\u001b\[[\d;]*m/g;

export function fit(lines: readonly string[], columns: number, rows: number): string[] {
  const shown =
    lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `... ${lines.length - rows + 1} more lines; the terminal is too low`];
  return shown.map(line => cut(line, columns));
}

/** Escape codes take no room and are kept, so that a colour ends where it should. */
function cut(line: string, columns: number): string {
  if (widthOf(line.replaceAll(escape, '')) <= columns) return line;
  let room = columns - 1;
  let cutLine = '';
  for (const [part] of line.matchAll(/\u001b\[[\d;]*m|./gu)) {
    const width = part.startsWith('\u001b') ? 0 : widthOf(part);
    if (width > 0 && room < width) {
      room = -1;
      continue;
    }
    if (width > 0 && room < 0) continue;
    room -= width;
    cutLine += part;
  }
  return `${cutLine}…`;
}
