/** Checks raw values against DTO classes and says everything that is wrong, each fault with its JSON pointer. */

import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { nearest } from '../lib/nearest.ts';
import type { Fault } from '../lib/problem.ts';
import { kindOf } from './fields.ts';
import type { DtoClass } from './route.ts';

/** RFC 6901. */
export const pointerTo = (...path: (string | number)[]): string =>
  path.map(part => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** The field names that a class declares. */
export function fieldsOf(dto: DtoClass): string[] {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(dto, '', true, false);
  return [...new Set(metadata.map(entry => entry.propertyName))];
}

export function unknownField(name: string, known: readonly string[], what = 'field'): string {
  const meant = nearest(name, known);
  return `unknown ${what}${meant === undefined ? `; known are ${known.join(', ')}` : `; did you mean ${meant}?`}`;
}

/** So many tell enough: whoever sends more does not read them. */
export const mostFaults = 100;

/** All faults of `raw` as a value of the class, or the first hundred; [] = valid. `value` is the instance, with transformations done. */
export function checkDto<T extends object>(dto: DtoClass<T>, raw: unknown): { value: T; faults: Fault[] } {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return { value: new dto(), faults: [{ pointer: '', message: `must be a JSON object; got ${kindOf(raw)}` }] };
  }
  const value = plainToInstance(dto, raw);
  const errors = validateSync(value, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true });
  return { value, faults: errors.slice(0, mostFaults).flatMap(error => faultsIn(error, [])) };
}

function faultsIn(error: ValidationError, path: string[]): Fault[] {
  const here = [...path, error.property];
  const pointer = pointerTo(...here);
  const faults: Fault[] = [];
  const constraints = Object.entries(error.constraints ?? {});
  if (constraints.some(([rule]) => rule === 'whitelistValidation')) {
    const owner = error.target?.constructor as DtoClass | undefined;
    faults.push({ pointer, message: unknownField(error.property, owner ? fieldsOf(owner) : []) });
  } else {
    // All rules of a field speak with one message.
    for (const message of new Set(constraints.map(([, text]) => text))) faults.push({ pointer, message });
  }
  // What is wrong inside a value that is itself of the wrong kind would only be noise.
  if (faults.length === 0) for (const child of error.children ?? []) faults.push(...faultsIn(child, here));
  return faults;
}
