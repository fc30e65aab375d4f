/** The quota controller: says in the status of each ResourceQuota what is allowed and how many pods there are. */

import { isDeepStrictEqual } from 'node:util';
import { resources } from '../api/resources.ts';
import { createReconciler } from './reconciler.ts';
import type { ControllerDeps } from './replication.ts';

/** Starts it; the returned function stops it. */
export function startQuotas(deps: ControllerDeps): () => void {
  const { registry, storage } = deps;
  const reconciler = createReconciler({ ...deps, name: 'resourcequota-controller', reconcile: sync });

  const unsubscribe = storage.subscribe(({ resource, object, type }) => {
    if (resource === resources.resourcequotas || (resource === resources.pods && type !== 'MODIFIED'))
      reconciler.touch(object.metadata.namespace ?? '');
  });

  function sync(namespace: string) {
    for (const quota of storage.list(resources.resourcequotas, namespace)) {
      const pods = storage.list(resources.pods, namespace).filter(pod => !['Succeeded', 'Failed'].includes(pod.status?.phase)).length;
      const hard = (quota.spec?.hard ?? {}) as Record<string, string>;
      const used = Object.fromEntries(Object.keys(hard).map(key => [key, key === 'pods' || key === 'count/pods' ? String(pods) : '0']));
      const status = { hard, used };
      if (isDeepStrictEqual(quota.status, status)) continue;
      registry.change(resources.resourcequotas, namespace, quota.metadata.name, object => ({ ...object, status }), {
        subresource: 'status',
      });
    }
  }

  return () => {
    unsubscribe();
    reconciler.stop();
  };
}
