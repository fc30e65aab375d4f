/** Records as they come back from the store: believed only when they are what their key says. The others are left alone, and an alarm is raised. */

import type { Logger } from './log.ts';
import { Problem } from './problem.ts';

/** A stored value that cannot be believed. To a user it is a fault inside; its text names the key for operators. */
export class RecordError extends Problem {
  constructor(
    readonly key: string,
    readonly why: string,
  ) {
    super(
      'INTERNAL',
      'what is stored under this name is damaged or was written by a newer Teal: it is left alone, and operators find it in the log',
    );
    this.name = 'RecordError';
  }

  override toString(): string {
    return `${this.key} ${this.why}`;
  }
}

/** The record of schema 1; throws a RecordError for anything else, and for what does not fit its key. */
export function readRecord<T extends object>({ key, value }: { key: string; value: string }, fits: (record: T) => boolean): T {
  let record: unknown;
  try {
    record = JSON.parse(value);
  } catch {
    throw new RecordError(key, 'holds no JSON');
  }
  if (typeof record !== 'object' || record === null) throw new RecordError(key, 'holds no object');
  const { schema } = record as { schema?: unknown };
  if (schema !== 1) throw new RecordError(key, `is of schema ${JSON.stringify(schema)}, this Teal knows 1`);
  if (!tried(() => fits(record as T))) throw new RecordError(key, 'is not what its key says');
  return record as T;
}

/** A look into what may have any shape. */
function tried(look: () => boolean): boolean {
  try {
    return look();
  } catch {
    return false;
  }
}

export interface Quarantine {
  /** Raises the alarm, once for each key; throws on what is no RecordError. */
  note(error: unknown): void;
  /** Those that can be read; the others are noted. */
  readable<E, T>(entries: readonly E[], read: (entry: E) => T): T[];
  /** Keys that were met since the start. */
  readonly size: number;
}

export function createQuarantine(log: Logger): Quarantine {
  const known = new Set<string>();
  function note(error: unknown): void {
    if (!(error instanceof RecordError)) throw error;
    if (known.has(error.key)) return;
    known.add(error.key);
    log.error('a stored record is left alone', { key: error.key, why: error.why });
  }
  return {
    note,
    readable: (entries, read) =>
      entries.flatMap(entry => {
        try {
          return [read(entry)];
        } catch (error) {
          note(error);
          return [];
        }
      }),
    get size() {
      return known.size;
    },
  };
}
