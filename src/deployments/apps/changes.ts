/** Says when an app may look different: in the store or in the cluster. Two watches of the store are open while somebody listens, however many do. */

import { createBackoff } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { appOfKey, keys } from '../../store/keys.ts';
import { StoreError, type Change, type Store } from '../../store/store.ts';
import type { Sight } from '../run/sight.ts';

export interface AppChanges {
  /** Calls `ring` after every change until the returned function is called. Resolves when nothing that changes from now on is missed. */
  listen(namespace: string, appName: string, ring: () => void): Promise<() => void>;
}

export interface AppChangesDeps {
  store: Store;
  clock: Clock;
  log: Logger;
  sight: Sight;
}

/** Whoever waits asks again at once. */
const lingerMs = 5000;

interface Watching {
  ready: Promise<unknown>;
  stop(): void;
}

export function createAppChanges({ store, clock, log, sight }: AppChangesDeps): AppChanges {
  const rings = new Map<string, Set<() => void>>();
  let watching: Watching | undefined;
  let cancelEnd: (() => void) | undefined;

  const keyOf = (namespace: string, appName: string) => `${namespace}/${appName}`;
  const tell = (namespace: string, appName: string) => rings.get(keyOf(namespace, appName))?.forEach(ring => ring());
  const tellAll = () => rings.forEach(listeners => listeners.forEach(ring => ring()));

  function heard(change: Change): void {
    const key = change.type === 'put' ? change.entry.key : change.key;
    const app = appOfKey(key) ?? (change.type === 'put' && key.startsWith(keys.allDeployments) ? appIn(change.entry.value) : undefined);
    if (app) tell(app.namespace, app.name);
  }

  /** Resolves `ready` when it watches, or has failed to for the first time: the reader then hears of it from the store itself. */
  async function follow(prefix: string, signal: AbortSignal, ready: () => void): Promise<void> {
    const backoff = createBackoff({ baseMs: 100, capMs: 5000 });
    while (!signal.aborted) {
      try {
        const { revision } = await store.range(prefix, { limit: 1 });
        const changes = store.watch(prefix, revision + 1, signal);
        ready();
        tellAll();
        for await (const batch of changes) {
          backoff.reset();
          batch.forEach(heard);
        }
      } catch (error) {
        ready();
        if (error instanceof StoreError && error.code === 'CLOSED') return;
        log.debug('apps are watched again', { prefix, error: String(error) });
      }
      await clock.sleep(backoff.next(), signal).catch(() => undefined);
    }
  }

  function watch(): Watching {
    const life = new AbortController();
    const unseen = sight.onChange(tell);
    const ready = [keys.apps, keys.records].map(
      prefix =>
        new Promise<void>(resolve => {
          follow(prefix, life.signal, resolve).catch((error: unknown) => log.error('watching apps ended', { error: String(error) }));
        }),
    );
    return {
      ready: Promise.all(ready),
      stop() {
        unseen();
        life.abort();
      },
    };
  }

  function endLater(): void {
    cancelEnd?.();
    cancelEnd = clock.after(lingerMs, () => {
      if (rings.size > 0) return;
      watching?.stop();
      watching = undefined;
    });
  }

  return {
    async listen(namespace, appName, ring) {
      const key = keyOf(namespace, appName);
      const listeners = rings.get(key) ?? new Set();
      rings.set(key, listeners.add(ring));
      watching ??= watch();
      await watching.ready;
      return () => {
        listeners.delete(ring);
        if (listeners.size === 0 && rings.get(key) === listeners) rings.delete(key);
        if (rings.size === 0) endLater();
      };
    },
  };
}

function appIn(value: string): { namespace: string; name: string } | undefined {
  try {
    const { namespace, appName } = JSON.parse(value) as { namespace?: unknown; appName?: unknown };
    return typeof namespace === 'string' && typeof appName === 'string' ? { namespace, name: appName } : undefined;
  } catch {
    // Whoever reads the record raises the alarm.
    return undefined;
  }
}
