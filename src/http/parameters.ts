/** Rules for the fields of query classes: text on the wire becomes the field's type, or the answer says what would. */

import 'reflect-metadata';
import { Transform } from 'class-transformer';
import { BooleanField, IntegerField, TextField, type FieldOptions, type TextOptions } from './fields.ts';

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
