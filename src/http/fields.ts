/**
 * Rules for the fields of DTO classes. Each is one class-validator decorator with one message that names the rule whole, so that a reader of the fault need not
 * find out the second half by trying. A field that is present must not be null.
 */

import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
  ValidateNested,
  type ValidationArguments,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import type { DtoClass } from './route.ts';
import type { JsonSchema } from './schema.ts';

export interface FieldOptions {
  /** Default false. */
  required?: boolean;
  /** For the API document. */
  description: string;
  example?: unknown;
  default?: unknown;
}

/** What was sent, in words: the kind of a value and never the value itself, which may be a secret. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isInteger(value) ? `the number ${value}` : 'a number with a fraction';
  if (typeof value === 'boolean') return `the boolean ${value}`;
  if (typeof value === 'object') return 'an object';
  if (value === '') return 'an empty string';
  return typeof value === 'string' ? `a string of ${value.length} characters` : typeof value;
}

const says =
  (rule: string) =>
  ({ value }: ValidationArguments): string => {
    if (value === undefined) return `is required: ${rule}`;
    if (value === null) return `must not be null: ${rule}, or leave the field out`;
    return `must be ${rule}; got ${kindOf(value)}`;
  };

function combine(options: FieldOptions, schema: JsonSchema, decorators: PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    if (options.required !== true) ValidateIf((_object: unknown, value: unknown) => value !== undefined)(target, property);
    for (const decorator of decorators) decorator(target, property);
    const { description, example } = options;
    JSONSchema({
      description,
      ...(example === undefined ? {} : { example }),
      ...(options.default === undefined ? {} : { default: options.default }),
      ...schema,
    })(target, property as string);
  };
}

export interface TextOptions extends FieldOptions {
  /** Default 1. */
  minLength?: number;
  maxLength: number;
  pattern?: RegExp;
  /** The rule in words, after "must be". Default made of the lengths. */
  rule?: string;
}

export function TextField(options: TextOptions): PropertyDecorator {
  const { minLength = 1, maxLength, pattern } = options;
  const message = says(options.rule ?? `a string of ${minLength} to ${maxLength} characters`);
  const rules = [IsString({ message }), MinLength(minLength, { message }), MaxLength(maxLength, { message })];
  if (pattern !== undefined) rules.push(Matches(pattern, { message }));
  return combine(options, {}, rules);
}

export function IntegerField(options: FieldOptions & { min: number; max: number }): PropertyDecorator {
  const message = says(`an integer from ${options.min} to ${options.max}`);
  return combine(options, { type: 'integer' }, [IsInt({ message }), Min(options.min, { message }), Max(options.max, { message })]);
}

export function BooleanField(options: FieldOptions): PropertyDecorator {
  return combine(options, {}, [IsBoolean({ message: says('true or false, without quotes') })]);
}

export function ChoiceField(options: FieldOptions & { choices: readonly string[] }): PropertyDecorator {
  const message = says(`one of ${options.choices.map(choice => `"${choice}"`).join(', ')}`);
  return combine(options, { type: 'string' }, [IsIn([...options.choices], { message })]);
}

/** An array of objects of the class `of`. */
export function ListField(options: FieldOptions & { of: DtoClass; maxItems: number }): PropertyDecorator {
  const message = says(`an array of at most ${options.maxItems} objects`);
  return combine(options, { type: 'array', items: { $ref: `#/components/schemas/${options.of.name}` }, maxItems: options.maxItems }, [
    IsArray({ message }),
    ArrayMaxSize(options.maxItems, { message }),
    ValidateNested({ message }),
    Type(() => options.of),
  ]);
}

/** A JSON object whose inside is checked elsewhere. */
export function ObjectField(options: FieldOptions & { schema?: JsonSchema }): PropertyDecorator {
  return combine(options, options.schema ?? {}, [IsObject({ message: says('a JSON object') })]);
}
