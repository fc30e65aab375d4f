/** The garbage collector: dependents of deleted owners, and the orphan and foregroundDeletion finalizers. */

import type { KubeObject } from '../../cluster/objects.ts';
import { allResources, resourceOfKind, type Resource } from '../api/resources.ts';
import { createReconciler } from './reconciler.ts';
import type { ControllerDeps } from './replication.ts';

/** Starts it; the returned function stops it. */
export function startGarbageCollection(deps: ControllerDeps): () => void {
  const { registry, storage } = deps;
  const reconciler = createReconciler({ ...deps, name: 'garbage-collector', reconcile: collect });

  const keyOf = (resource: Resource, object: KubeObject) =>
    [allResources.indexOf(resource), object.metadata.namespace ?? '', object.metadata.name, object.metadata.uid].join(' ');

  const unsubscribe = storage.subscribe(({ resource, object, type }) => {
    const { finalizers = [], deletionTimestamp, ownerReferences } = object.metadata;
    const held = finalizers.includes('orphan') || finalizers.includes('foregroundDeletion');
    if (type === 'DELETED' || (deletionTimestamp && held)) reconciler.touch(keyOf(resource, object));
    if (type === 'ADDED' && ownerReferences) reconciler.touch(keyOf(resource, object));
    if (type !== 'DELETED') return;
    for (const owner of ownerReferences ?? []) touchHeldOwner(object.metadata.namespace ?? '', owner);
  });

  function touchHeldOwner(namespace: string, reference: { kind: string; name: string; uid: string }) {
    const apiVersion = (reference as { apiVersion?: string }).apiVersion ?? 'v1';
    const resource = resourceOfKind(apiVersion, reference.kind);
    const owner = resource && storage.get(resource, resource.namespaced ? namespace : '', reference.name);
    if (resource && owner?.metadata.uid === reference.uid && owner.metadata.deletionTimestamp) reconciler.touch(keyOf(resource, owner));
  }

  function collect(key: string) {
    const [index = '', namespace = '', name = '', uid = ''] = key.split(' ');
    const resource = allResources[Number(index)];
    if (!resource) return;
    const object = storage.get(resource, namespace, name);
    if (object?.metadata.uid !== uid) {
      for (const dependent of dependentsOf(namespace, uid)) letGo(dependent.resource, dependent.object);
      return;
    }
    if (object.metadata.ownerReferences && !object.metadata.deletionTimestamp) letGo(resource, object);
    if (object.metadata.finalizers?.includes('orphan')) orphan(resource, object);
    if (object.metadata.finalizers?.includes('foregroundDeletion')) deleteForeground(resource, object);
  }

  function dependentsOf(namespace: string, uid: string): { resource: Resource; object: KubeObject }[] {
    return allResources.flatMap(resource =>
      storage
        .list(resource, namespace)
        .filter(object => object.metadata.ownerReferences?.some(owner => owner.uid === uid))
        .map(object => ({ resource, object })),
    );
  }

  /** Deletes an object all of whose owners are gone; otherwise takes the gone ones off its list. */
  function letGo(resource: Resource, object: KubeObject) {
    const { namespace = '', name, ownerReferences = [] } = object.metadata;
    const living = ownerReferences.filter(owner => {
      const ownerResource = resourceOfKind((owner as { apiVersion?: string }).apiVersion ?? 'v1', owner.kind);
      if (!ownerResource) return true;
      return storage.get(ownerResource, ownerResource.namespaced ? namespace : '', owner.name)?.metadata.uid === owner.uid;
    });
    if (living.length === ownerReferences.length) return;
    if (living.length === 0)
      registry.remove(resource, namespace, name, {
        propagationPolicy: 'Background',
        ...(object.metadata.uid ? { preconditions: { uid: object.metadata.uid } } : {}),
      });
    else registry.change(resource, namespace, name, edited => ({ ...edited, metadata: { ...edited.metadata, ownerReferences: living } }));
  }

  function dropFinalizer(resource: Resource, object: KubeObject, finalizer: string) {
    registry.change(resource, object.metadata.namespace ?? '', object.metadata.name, edited => {
      edited.metadata.finalizers = (edited.metadata.finalizers ?? []).filter(present => present !== finalizer);
      return edited;
    });
  }

  function orphan(resource: Resource, owner: KubeObject) {
    for (const { resource: kind, object } of dependentsOf(owner.metadata.namespace ?? '', owner.metadata.uid ?? '')) {
      registry.change(kind, object.metadata.namespace ?? '', object.metadata.name, edited => {
        edited.metadata.ownerReferences = (edited.metadata.ownerReferences ?? []).filter(reference => reference.uid !== owner.metadata.uid);
        return edited;
      });
    }
    dropFinalizer(resource, owner, 'orphan');
  }

  function deleteForeground(resource: Resource, owner: KubeObject) {
    const dependents = dependentsOf(owner.metadata.namespace ?? '', owner.metadata.uid ?? '');
    for (const { resource: kind, object } of dependents) {
      if (!object.metadata.deletionTimestamp)
        registry.remove(kind, object.metadata.namespace ?? '', object.metadata.name, { propagationPolicy: 'Foreground' });
    }
    if (dependents.length === 0) dropFinalizer(resource, owner, 'foregroundDeletion');
  }

  return () => {
    unsubscribe();
    reconciler.stop();
  };
}
