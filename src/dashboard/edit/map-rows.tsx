/** Names and values, a row each. A row that has no name yet is kept here until it has one. */

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Act } from '../parts/small.tsx';
import type { Fault } from '../server/shapes.ts';
import { faultAt } from './form.tsx';
import { pointerOf } from './pointer.ts';
import { mapOf } from './rows-text.ts';

interface Props {
  pointer: string;
  label: string;
  value: unknown;
  faults: Fault[];
  onChange(value: Record<string, string> | undefined): void;
}

type Row = readonly [string, string];

const rowsOf = (value: unknown): Row[] =>
  typeof value === 'object' && value !== null ? Object.entries(value).map(([name, each]) => [name, String(each)] as const) : [];

export function MapRows({ pointer, label, value, faults, onChange }: Props): JSX.Element {
  const [rows, setRows] = useState<Row[]>(() => rowsOf(value));
  const change = (next: Row[]) => {
    setRows(next);
    onChange(mapOf(next));
  };
  const set = (index: number, row: Row) => change(rows.map((old, each) => (each === index ? row : old)));
  const named = new Set(rows.map(([name]) => pointer + pointerOf([name])));
  // Variables of a container are a list on the wire: what is wrong with one of them is said below all.
  const other = faultAt(
    faults.filter(fault => !named.has(fault.pointer)),
    pointer,
    true,
  );
  return (
    <div class="rows" role="group" aria-label={label}>
      {rows.map(([name, text], index) => {
        const fault = faultAt(faults, pointer + pointerOf([name]));
        return (
          <div class="row" key={index}>
            <input
              type="text"
              aria-label={`Name ${index + 1}`}
              value={name}
              placeholder="NAME"
              spellcheck={false}
              autocapitalize="off"
              onInput={event => set(index, [event.currentTarget.value, text])}
            />
            <input
              type="text"
              aria-label={`Value of ${name || `name ${index + 1}`}`}
              value={text}
              placeholder="value"
              spellcheck={false}
              autocapitalize="off"
              onInput={event => set(index, [name, event.currentTarget.value])}
            />
            <Act
              label={`Remove ${name || `row ${index + 1}`}`}
              onClick={() => change(rows.filter((_, each) => each !== index))}
              icon="cross"
            >
              {''}
            </Act>
            {fault !== undefined && <span class="fault">{fault}</span>}
          </div>
        );
      })}
      {other !== undefined && <span class="fault">{other}</span>}
      <Act icon="plus" onClick={() => setRows([...rows, ['', '']])}>
        Variable
      </Act>
    </div>
  );
}
