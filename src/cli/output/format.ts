/** `-o`: the same data as a table, a wider table, names, JSON, YAML, or what a JSONPath picks. */

import { nearest } from '../../lib/nearest.ts';
import { usageFailure } from '../exits.ts';
import type { Terminal } from '../terminal.ts';

export type Format = { kind: 'table' | 'wide' | 'name' | 'json' | 'yaml' } | { kind: 'jsonpath'; template: string };

export const formatNames = ['json', 'yaml', 'wide', 'name', 'jsonpath='] as const;

export function readFormat(text: string | undefined): Format {
  if (text === undefined) return { kind: 'table' };
  if (text === 'json' || text === 'yaml' || text === 'wide' || text === 'name') return { kind: text };
  const template = /^jsonpath=(.+)$/s.exec(text)?.[1];
  if (template !== undefined) return { kind: 'jsonpath', template };
  const meant = nearest(text, ['json', 'yaml', 'wide', 'name', 'jsonpath']);
  throw usageFailure(
    `-o takes json, yaml, wide, name or jsonpath=TEMPLATE; it is "${text}"${meant === undefined ? '' : `; did you mean ${meant}?`}`,
  );
}

export interface Shown<T> {
  value: T;
  /** `wide`: with the columns for which there is rarely room. */
  table(wide: boolean): string;
  /** One line each. */
  names(): string[];
}

export async function print<T>(terminal: Terminal, format: Format, { value, table, names }: Shown<T>): Promise<void> {
  terminal.out(await textOf(format, value, table, names));
}

async function textOf(format: Format, value: unknown, table: (wide: boolean) => string, names: () => string[]): Promise<string> {
  switch (format.kind) {
    case 'table':
    case 'wide':
      return table(format.kind === 'wide');
    case 'name':
      return names()
        .map(name => `${name}\n`)
        .join('');
    case 'json':
      return `${JSON.stringify(value, null, 2)}\n`;
    case 'yaml':
      return (await import('yaml')).stringify(value);
    case 'jsonpath': {
      const { jsonPath } = await import('./jsonpath.ts');
      const text = jsonPath(format.template, value);
      return text === '' || text.endsWith('\n') ? text : `${text}\n`;
    }
  }
}
