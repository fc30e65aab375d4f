/** What this replica sees of an app in the cluster, for those who only look. */

import type { HealthResult, World } from '../plan/observed.ts';

export interface Sight {
  /** Undefined until the mirrors are filled. `health`: what this replica has found while it works on the app, by pod uid. */
  see(namespace: string, appName: string): { world: World; health: ReadonlyMap<string, HealthResult> } | undefined;
  /** Calls back when what `see` answers may have changed, until the returned function is called. */
  onChange(fn: (namespace: string, appName: string) => void): () => void;
}

export interface OwnSight extends Sight {
  changed(namespace: string, appName: string): void;
}

export function createSight(see: Sight['see']): OwnSight {
  const watchers = new Set<(namespace: string, appName: string) => void>();
  return {
    see,
    onChange(fn) {
      // A function of its own each time, so that who asks twice is called twice and ends each alone.
      const own = (namespace: string, appName: string) => fn(namespace, appName);
      watchers.add(own);
      return () => void watchers.delete(own);
    },
    changed(namespace, appName) {
      for (const watcher of watchers) watcher(namespace, appName);
    },
  };
}
