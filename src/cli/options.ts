/** The flags of a command as they were given, read by name. */

import { readDuration } from '../lib/durations.ts';
import { usageFailure } from './exits.ts';

export interface Options {
  flag(name: string): boolean;
  text(name: string): string | undefined;
  list(name: string): string[];
  /** A number such as 20; undefined when it was not given. */
  number(name: string): number | undefined;
  /** A number above 0. */
  count(name: string): number | undefined;
  /** A time such as 90s in milliseconds. */
  duration(name: string): number | undefined;
}

/** `given`: by the name that commander makes of a flag, `noWait` told as `wait: false`. */
export function readOptions(given: Readonly<Record<string, unknown>>): Options {
  const camel = (name: string) => name.replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase());
  const text = (name: string): string | undefined => {
    const value = given[camel(name)];
    return typeof value === 'string' ? value : undefined;
  };
  const number = (name: string, rule: string, least: number): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    if (/^\d{1,6}$/.test(value) && Number(value) >= least) return Number(value);
    throw usageFailure(`--${name} must be ${rule}; it is "${value}"`);
  };
  return {
    flag: name => (name.startsWith('no-') ? given[camel(name.slice(3))] === false : given[camel(name)] === true),
    text,
    list(name) {
      const value = given[camel(name)];
      return Array.isArray(value) ? value.map(String) : [];
    },
    number: name => number(name, 'a number', 0),
    count: name => number(name, 'a number above 0', 1),
    duration(name) {
      const value = text(name);
      if (value === undefined) return undefined;
      const ms = readDuration(/^\d+$/.test(value) ? `${value}s` : value);
      if (ms !== undefined && ms > 0) return ms;
      throw usageFailure(`--${name} must be a time such as 90s, 15m or 2h; it is "${value}"`);
    },
  };
}
