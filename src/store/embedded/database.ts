/** The layout of the embedded store in a level database, and how one is opened. */

import { mkdir } from 'node:fs/promises';
import type { AbstractLevel } from 'abstract-level';
import { StoreError, type Entry } from '../store.ts';

export type Database = AbstractLevel<Buffer | Uint8Array | string, string, string>;

const format = '1';

/** The database's keys: entries, marks of entries that live under a lease, and two facts about the whole. */
export const layout = {
  entry: (key: string) => `k${key}`,
  keyOf: (raw: string) => raw.slice(1),
  leased: (key: string) => `l${key}`,
  allLeased: { gt: 'l', lt: 'm' },
  format: 'm/format',
  revision: 'm/revision',
} as const;

/** An entry's stored text: the revision that wrote it, a line feed, the value. */
export const encode = ({ revision, value }: Entry): string => `${revision}\n${value}`;

export function decode(key: string, text: string): Entry {
  const end = text.indexOf('\n');
  return { key, revision: Number(text.slice(0, end)), value: text.slice(end + 1) };
}

/** The raw keys of all entries whose key starts with `prefix`. UTF-8 sorts by code point, so the end is the raw prefix with its last code point raised. */
export function prefixRange(prefix: string): { gte: string; lt: string } {
  const points = [...layout.entry(prefix)];
  const last = points.pop()?.codePointAt(0) ?? 0;
  const raised = last === 0xd7ff ? 0xe000 : last + 1;
  return { gte: layout.entry(prefix), lt: points.join('') + String.fromCodePoint(Math.min(raised, 0x10ffff)) };
}

const codesOf = (error: unknown): string[] => {
  const codes: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) if ('code' in at && typeof at.code === 'string') codes.push(at.code);
  return codes;
};

/** What a failed call of the level database means. A failed write may or may not be in the file. */
export function toStoreError(error: unknown, outcome: 'none' | 'unknown' = 'none'): StoreError {
  if (error instanceof StoreError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (codesOf(error).some(code => code === 'LEVEL_DATABASE_NOT_OPEN' || code === 'LEVEL_ITERATOR_NOT_OPEN')) {
    return new StoreError('CLOSED', 'the store is closed', { cause: error, outcome });
  }
  // LevelDB reports every failed file operation as one class, so that only the system's words tell a full disk from a broken one.
  if (/no space left|quota exceeded|file too large/i.test(text))
    return new StoreError('NO_SPACE', 'the disk of the data directory is full', { cause: error, outcome });
  return new StoreError('UNAVAILABLE', `the data directory cannot be used: ${text}`, { cause: error, outcome });
}

/** Opens the directory, making it when absent. Throws LOCKED when another process has it. The LOCK is the kernel's, so that no kill leaves it behind. */
export async function openDirectory(dir: string): Promise<Database> {
  const { ClassicLevel } = await import('classic-level');
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw notUsable(dir, error);
  }
  const level = new ClassicLevel(dir);
  try {
    await level.open();
  } catch (error) {
    if (codesOf(error).includes('LEVEL_LOCKED')) {
      throw new StoreError('LOCKED', `${dir} is in use by another process; stop that one, or give this one a data directory of its own`, {
        cause: error,
      });
    }
    throw notUsable(dir, error);
  }
  return level;
}

function notUsable(dir: string, error: unknown): StoreError {
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const text = reason instanceof Error ? reason.message : String(reason);
  const advice = /permission denied|not permitted|read-only/i.test(text)
    ? '; let this process write there, or name another directory with --data-dir'
    : '';
  return new StoreError('UNAVAILABLE', `${dir} cannot be opened: ${text}${advice}`, { cause: error });
}

export async function openMemory(): Promise<Database> {
  const { MemoryLevel } = await import('memory-level');
  const level = new MemoryLevel();
  await level.open();
  return level;
}

/** Checks the format of a database, or writes it into a new one. */
export async function claimFormat(db: Database): Promise<void> {
  const found = await db.get(layout.format);
  if (found === format) return;
  if (found !== undefined) {
    throw new StoreError('UNAVAILABLE', `the data directory has format ${found}; this version of Teal reads format ${format}`);
  }
  await db.batch(
    [
      { type: 'put', key: layout.format, value: format },
      { type: 'put', key: layout.revision, value: '0' },
    ],
    { sync: true } as object,
  );
}
