/** One app as it is now, by a long poll that answers when something has changed, and the deployments before it. */

import { signal } from '@preact/signals';
import { call, messageOf, Refusal } from '../server/call.ts';
import type { AppDetail, Deployment } from '../server/shapes.ts';
import { backoff } from './backoff.ts';
import { setClock } from './clock.ts';
import { colourVersions, type Colour } from './colours.ts';
import { rememberColours, rememberedColours } from './colour-memory.ts';
import { createRefresher, sleep } from './refresher.ts';
import { needsToken } from './session.ts';

export const app = signal<AppDetail | undefined>(undefined);
export const history = signal<Deployment[] | undefined>(undefined);
/** Which colour each deployment has in this browser. */
export const colours = signal<ReadonlyMap<string, Colour>>(rememberedColours());
/** The connection is lost; what is shown is old. */
export const appTrouble = signal<string | undefined>(undefined);
export const appMissing = signal(false);

const longestHistory = 60;

/** Follows the app until the returned function is called. */
export function followApp(namespace: string, appName: string): () => void {
  const stopping = new AbortController();
  app.value = undefined;
  history.value = undefined;
  appMissing.value = false;
  appTrouble.value = undefined;
  const past = createRefresher({
    everyMs: 60_000,
    afterTroubleMs: 1000,
    async read(signal) {
      try {
        const query = { namespace, appname: appName, limit: longestHistory };
        history.value = await call<Deployment[]>('deployments/', { query, signal });
        return true;
      } catch {
        return false;
      }
    },
  });
  const stopPast = past.start();
  void poll(namespace, appName, stopping.signal, past.wake);
  return () => {
    stopping.abort();
    stopPast();
  };
}

async function poll(namespace: string, appName: string, stopping: AbortSignal, changed: () => void): Promise<void> {
  let revision: string | undefined;
  let troubles = 0;
  while (!stopping.aborted) {
    try {
      const query = { namespace, ...(revision === undefined ? {} : { after: revision, wait: '20s' }) };
      const answer = await call<AppDetail>(`apps/${encodeURIComponent(appName)}/`, { query, signal: stopping });
      troubles = 0;
      appTrouble.value = undefined;
      appMissing.value = false;
      setClock(answer.time);
      if (answer.revision === revision) continue;
      revision = answer.revision;
      colours.value = colourVersions(colours.value, answer.versions);
      rememberColours(colours.value);
      app.value = answer;
      changed();
    } catch (error) {
      if (stopping.aborted) return;
      const missing = error instanceof Refusal && error.status === 404;
      appMissing.value = missing;
      if (missing) app.value = undefined;
      else if (!needsToken.value) appTrouble.value = messageOf(error);
      revision = undefined;
      await sleep(missing ? 3000 : backoff(troubles++), stopping);
    }
  }
}
