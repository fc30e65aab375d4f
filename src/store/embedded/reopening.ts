/** A level database can be closed and opened again under its readers: they come in one by one before and after, never meanwhile. */

import { StoreError } from '../store.ts';
import type { Database } from './database.ts';

export interface Reopening {
  /** Looks at the database, which stays open until the look is over. Waits while it is being opened anew; UNAVAILABLE when that failed. */
  read<T>(look: () => Promise<T>): Promise<T>;
  /** Rejects when it cannot be opened now. What `checkRoom` finds keeps it from being closed at all, so that reads go on. One at a time. */
  reopen(): Promise<void>;
}

export function createReopening(db: Pick<Database, 'status' | 'open' | 'close'>, checkRoom: () => Promise<void>): Reopening {
  let readers = 0;
  let lastHasLeft = () => {};
  let reopened: Promise<void> | undefined;

  return {
    async read(look) {
      while (reopened !== undefined) await reopened;
      if (db.status !== 'open') throw new StoreError('UNAVAILABLE', 'the data directory could not be opened again');
      readers++;
      try {
        return await look();
      } finally {
        if (--readers === 0) lastHasLeft();
      }
    },
    async reopen() {
      if (db.status === 'open') await checkRoom();
      let letIn = () => {};
      reopened = new Promise(resolve => (letIn = resolve));
      try {
        if (readers > 0) await new Promise<void>(resolve => (lastHasLeft = resolve));
        await db.close();
        await db.open();
      } finally {
        reopened = undefined;
        letIn();
      }
    },
  };
}
