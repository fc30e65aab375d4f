/** The cells of the crash matrix: which there are, what came of them, and the table that states the guarantee. */

import { moments, type Deed, type Moment } from '../history/strikes.ts';
import { operationNames, operationOf, type OperationName } from './operations.ts';

/**
 * Who goes on, and where the state lies: `embedded` and `etcd` = a new start of the one Teal; `takeover` = the second replica. `term` = told to end by SIGTERM, the second replica goes on;
 * `paused` = frozen inside a create and woken when its lease is over.
 */
export const variants = ['embedded', 'etcd', 'takeover', 'term', 'paused'] as const;
export type Variant = (typeof variants)[number];

export const deedOf = (variant: Variant): Deed => (variant === 'term' ? 'term' : variant === 'paused' ? 'stop' : 'kill');
export const replicasOf = (variant: Variant): 1 | 2 => (variant === 'embedded' || variant === 'etcd' ? 1 : 2);

export interface Cell {
  variant: Variant;
  operation: OperationName;
  n: number;
  moment: Moment;
  seed: number;
}

/** `variant:operation:n:moment:seed`, the value of TEAL_CRASH_CELL. */
export const textOf = ({ variant, operation, n, moment, seed }: Cell): string => [variant, operation, n, moment, seed].join(':');

/** Throws when the text names no cell. */
export function cellOf(text: string): Cell {
  const [variant, operation, n, moment, seed] = text.split(':');
  const cell = { variant, operation, n: Number(n), moment, seed: Number(seed) } as Cell;
  const known =
    variants.includes(cell.variant) &&
    operationNames.includes(cell.operation) &&
    moments.includes(cell.moment) &&
    cell.n > 0 &&
    Number.isInteger(cell.seed);
  if (!known) throw new Error(`TEAL_CRASH_CELL=${text} names no cell; it reads variant:operation:n:moment:seed`);
  return cell;
}

export const replay = (cell: Cell): string =>
  `TEAL_CRASH_CELL=${textOf(cell)} npx mocha --config .mocharc.json integration/faults/crash.test.ts`;

export interface Outcome {
  cell: Cell;
  /** What the call was, when the order struck. */
  what?: string;
  fault?: string;
}

/** Seeds that held, of those that struck; empty = no such cell was run; `-` = the operation ended before that call. */
function verdict(outcomes: readonly Outcome[]): string {
  if (outcomes.length === 0) return '';
  const failed = outcomes.filter(({ fault }) => fault !== undefined).length;
  const struck = outcomes.filter(({ what, fault }) => what !== undefined || fault !== undefined).length;
  if (failed > 0) return `**${failed} of ${struck} failed**`;
  return struck === 0 ? '-' : `${struck} ok`;
}

/** The name that most seeds saw at this call: delays change the order of calls that are sent together. */
function usual(outcomes: readonly Outcome[]): string {
  const counts = new Map<string, number>();
  for (const { what } of outcomes) if (what !== undefined) counts.set(what, (counts.get(what) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return (most?.[0] ?? '').replace(/app-\d+/g, 'app').replace(/app-(\d+)/g, 'app-N');
}

/** The matrix in Markdown: one row per operation and call, one column per variant and moment. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const columns = variants.flatMap(variant =>
    moments.flatMap(moment =>
      outcomes.some(({ cell }) => cell.variant === variant && cell.moment === moment) ? [{ variant, moment }] : [],
    ),
  );
  const rows = operationNames.flatMap(operation => {
    const own = outcomes.filter(({ cell }) => cell.operation === operation);
    const last = Math.max(0, ...own.map(({ cell }) => cell.n));
    return Array.from({ length: last }, (_, index) => {
      const here = own.filter(({ cell }) => cell.n === index + 1);
      const verdicts = columns.map(({ variant, moment }) =>
        verdict(here.filter(({ cell }) => cell.variant === variant && cell.moment === moment)),
      );
      return [operationOf(operation).title, String(index + 1), usual(here), ...verdicts];
    }).filter(row => row.slice(3).some(text => text !== ''));
  });
  const head = ['operation', 'call', 'what', ...columns.map(({ variant, moment }) => `${variant}, ${moment}`)];
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
