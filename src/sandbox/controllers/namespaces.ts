/** The namespace controller: furnishes new namespaces and empties those that are being deleted. */

import type { KubeObject } from '../../cluster/objects.ts';
import { ApiFailure } from '../api/failure.ts';
import { allResources, resources, type Resource } from '../api/resources.ts';
import { createReconciler } from './reconciler.ts';
import type { ControllerDeps } from './replication.ts';

/** Starts it; the returned function stops it. */
export function startNamespaces(deps: ControllerDeps): () => void {
  const { registry, storage } = deps;
  const reconciler = createReconciler({ ...deps, name: 'namespace-controller', reconcile: sync });

  const unsubscribe = storage.subscribe(({ resource, object, type }) => {
    if (resource === resources.namespaces && type !== 'DELETED') reconciler.touch(object.metadata.name);
    const { namespace } = object.metadata;
    if (namespace && type === 'DELETED' && storage.get(resources.namespaces, '', namespace)?.metadata.deletionTimestamp)
      reconciler.touch(namespace);
  });

  function sync(name: string) {
    const namespace = storage.get(resources.namespaces, '', name);
    if (!namespace) return;
    if (namespace.metadata.deletionTimestamp) empty(name);
    else furnish(name);
  }

  function furnish(namespace: string) {
    const fill = (resource: Resource, name: string, content: Record<string, unknown>) => {
      if (storage.get(resource, namespace, name)) return;
      registry.create(resource, namespace, { apiVersion: 'v1', kind: resource.kind, metadata: { name }, ...content });
    };
    fill(resources.serviceaccounts, 'default', {});
    fill(resources.configmaps, 'kube-root-ca.crt', { data: { 'ca.crt': '' } });
  }

  function empty(namespace: string) {
    let left = 0;
    for (const resource of allResources.filter(candidate => candidate.namespaced)) {
      for (const object of storage.list(resource, namespace)) if (!removed(resource, object)) left++;
    }
    if (left > 0) return;
    registry.change(resources.namespaces, '', namespace, object => ({ ...object, spec: { ...object.spec, finalizers: [] } }), {
      subresource: 'finalize',
    });
  }

  function removed(resource: Resource, { metadata }: KubeObject): boolean {
    if (metadata.deletionTimestamp) return false;
    try {
      return registry.remove(resource, metadata.namespace ?? '', metadata.name, { propagationPolicy: 'Background' }).gone;
    } catch (error) {
      if (error instanceof ApiFailure && error.code === 404) return true;
      throw error;
    }
  }

  return () => {
    unsubscribe();
    reconciler.stop();
  };
}
