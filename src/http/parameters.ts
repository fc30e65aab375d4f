/** Rules for the fields of query classes: text on the wire becomes the field's type, or the answer says what would. */

import 'reflect-metadata';
import { Transform } from 'class-transformer';
import type { Fault } from '../lib/problem.ts';
import { mostFaults, unknownField } from './dto.ts';
import { BooleanField, IntegerField, TextField, type FieldOptions, type TextOptions } from './fields.ts';

/** The query as text, each known name once; what is wrong with it goes to `faults`. */
export function readParameters(search: string, known: readonly string[], faults: Fault[]): Record<string, string> {
  const found: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(search)) {
    const pointer = `?${name.slice(0, 100)}`;
    if (faults.length === mostFaults) break;
    if (!known.includes(name)) faults.push({ pointer, message: unknownField(name, known, 'query parameter') });
    else if (name in found) faults.push({ pointer, message: 'stands twice; send it once' });
    else found[name] = value;
  }
  return found;
}

function both(first: PropertyDecorator, second: PropertyDecorator): PropertyDecorator {
  return (target, property) => {
    first(target, property);
    second(target, property);
  };
}

export const TextParameter = (options: TextOptions): PropertyDecorator => TextField(options);

export function IntegerParameter(options: FieldOptions & { min: number; max: number }): PropertyDecorator {
  const toNumber = Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value,
  );
  return both(toNumber, IntegerField(options));
}

/** `true` or `false`. */
export function FlagParameter(options: FieldOptions): PropertyDecorator {
  const toBoolean = Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value));
  return both(toBoolean, BooleanField(options));
}
