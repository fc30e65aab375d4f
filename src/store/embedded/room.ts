/** Whether a directory has what opening a level database takes: some files at once, and room to write its log out anew. */

import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

const files = 16;
/** In all twice the log that a level database keeps before it writes it out. */
const bytesOfEach = 512 * 1024;

/** Rejects with what the system says when files, room or handles are short. */
export async function checkRoom(dir: string): Promise<void> {
  const paths = Array.from({ length: files }, (_, index) => join(dir, `room-${index}.tmp`));
  const handles: FileHandle[] = [];
  try {
    for (const path of paths) {
      const handle = await open(path, 'w', 0o600);
      handles.push(handle);
      await handle.writeFile(Buffer.alloc(bytesOfEach));
      await handle.datasync();
    }
  } finally {
    await Promise.all(handles.map(handle => handle.close()));
    await Promise.all(paths.map(path => rm(path, { force: true })));
  }
}
