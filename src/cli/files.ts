/** Files that people name: their text, or in words why it cannot be read. */

import { readFile } from 'node:fs/promises';
import { exits, Failure } from './exits.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'there is no right to read it',
};

export const whyUnreadable = (error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return reasons[code] ?? message;
};

/** `called`: how the file is named in the refusal, such as `--token-file FILE`. */
export async function readNamed(path: string, called = path, exit: number = exits.usage): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Failure(`${called} cannot be read: ${whyUnreadable(error)}`, exit);
  }
}
