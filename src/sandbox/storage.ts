/** The sandbox's etcd: objects by resource and name, one global revision, a bounded history, and a synchronous change feed. */

import type { KubeObject } from '../cluster/objects.ts';
import type { Resource } from './api/resources.ts';

export interface Change {
  revision: number;
  resource: Resource;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** For DELETED: the last state, with the revision of the deletion. */
  object: KubeObject;
  previous?: KubeObject;
}

/** Objects handed out are shared: whoever wants to change one clones it first. */
export interface Storage {
  revision(): number;
  get(resource: Resource, namespace: string, name: string): KubeObject | undefined;
  /** Sorted by namespace and name; an empty namespace means all. */
  list(resource: Resource, namespace: string): KubeObject[];
  /** The list as it was at a revision; undefined when the history does not reach so far back. */
  listAt(resource: Resource, namespace: string, revision: number): KubeObject[] | undefined;
  /** Stores and returns the object with its new resourceVersion. */
  put(resource: Resource, object: KubeObject): KubeObject;
  remove(resource: Resource, object: KubeObject): KubeObject;
  /** Changes after a revision; undefined when the history does not reach so far back. */
  since(revision: number): Change[] | undefined;
  subscribe(fn: (change: Change) => void): () => void;
}

const keyOf = (namespace: string, name: string) => `${namespace}/${name}`;
const byKey = (a: readonly [string, KubeObject], b: readonly [string, KubeObject]) => (a[0] < b[0] ? -1 : 1);

export function createStorage(historyLimit: number): Storage {
  const tables = new Map<Resource, Map<string, KubeObject>>();
  const subscribers = new Set<(change: Change) => void>();
  let history: Change[] = [];
  let revision = 100;
  /** The history is complete for revisions greater than this. */
  let forgottenUpTo = revision;

  const table = (resource: Resource) => {
    let found = tables.get(resource);
    if (!found) tables.set(resource, (found = new Map()));
    return found;
  };

  function publish(change: Change) {
    history.push(change);
    if (history.length > historyLimit * 1.25) {
      const dropped = history.length - historyLimit;
      forgottenUpTo = history[dropped - 1]?.revision ?? forgottenUpTo;
      history = history.slice(dropped);
    }
    for (const fn of [...subscribers]) fn(change);
  }

  const sorted = (entries: Iterable<readonly [string, KubeObject]>, namespace: string) =>
    [...entries]
      .filter(([key]) => namespace === '' || key.startsWith(`${namespace}/`))
      .sort(byKey)
      .map(([, object]) => object);

  return {
    revision: () => revision,
    get: (resource, namespace, name) => table(resource).get(keyOf(namespace, name)),
    list: (resource, namespace) => sorted(table(resource), namespace),
    listAt(resource, namespace, at) {
      if (at < forgottenUpTo) return undefined;
      const then = new Map(table(resource));
      for (let index = history.length - 1; index >= 0; index--) {
        const change = history[index];
        if (!change || change.revision <= at) break;
        if (change.resource !== resource) continue;
        const key = keyOf(change.object.metadata.namespace ?? '', change.object.metadata.name);
        const before = change.type === 'DELETED' ? change.previous : change.type === 'MODIFIED' ? change.previous : undefined;
        if (before) then.set(key, before);
        else then.delete(key);
      }
      return sorted(then, namespace);
    },
    put(resource, object) {
      revision++;
      const key = keyOf(object.metadata.namespace ?? '', object.metadata.name);
      const previous = table(resource).get(key);
      const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
      table(resource).set(key, stored);
      publish({ revision, resource, type: previous ? 'MODIFIED' : 'ADDED', object: stored, ...(previous ? { previous } : {}) });
      return stored;
    },
    remove(resource, object) {
      revision++;
      const key = keyOf(object.metadata.namespace ?? '', object.metadata.name);
      const previous = table(resource).get(key) ?? object;
      table(resource).delete(key);
      const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
      publish({ revision, resource, type: 'DELETED', object: last, previous });
      return last;
    },
    since: after => (after < forgottenUpTo ? undefined : history.filter(change => change.revision > after)),
    subscribe(fn) {
      subscribers.add(fn);
      return () => subscribers.delete(fn);
    },
  };
}
