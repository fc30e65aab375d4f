/** All apps that the reader may see, kept fresh: events wake a new reading at once, a slow clock does it where there are none. */

import { signal } from '@preact/signals';
import { call, messageOf } from '../server/call.ts';
import type { AppSummary } from '../server/shapes.ts';
import { createRefresher } from './refresher.ts';
import { needsToken } from './session.ts';

export const apps = signal<AppSummary[] | undefined>(undefined);
export const appsTrouble = signal<string | undefined>(undefined);

export const refresher = createRefresher({
  everyMs: 10_000,
  afterTroubleMs: 1_000,
  async read(stopping) {
    try {
      apps.value = await call<AppSummary[]>('apps/', { signal: stopping });
      appsTrouble.value = undefined;
      return true;
    } catch (error) {
      if (!needsToken.value) appsTrouble.value = messageOf(error);
      return false;
    }
  },
});
