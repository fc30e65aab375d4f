/** The local copy behind a mirror: objects by name, never replaced by older ones, with a memory of what is gone. Pure bookkeeping, no effects. */

import type { KubeObject } from '../objects.ts';
import type { MirrorEvent } from '../cluster.ts';
import { compareVersions } from './resource-version.ts';

/** An object that is gone needs to be remembered only while answers from before may still be on their way. */
const tombstoneMs = 15 * 60_000;
const forEver = Symbol('for ever');
const maxTombstones = 20_000;

export interface Copy {
  get(namespace: string, name: string): KubeObject | undefined;
  list(namespace: string, labels: Readonly<Record<string, string>>): KubeObject[];
  readonly size: number;
  /** Each of these returns the changes that it made, in order. */
  put(object: KubeObject): MirrorEvent[];
  /** The object as it was when it left (deleted, or its labels no longer match). */
  drop(object: KubeObject): MirrorEvent[];
  /** No object of this uid will ever come back. */
  bury(namespace: string, name: string, uid: string): MirrorEvent[];
  /** A complete list taken at `version`: what it lacks and is not newer is gone. With `rewound` the server's history has been replaced, and nothing known counts. */
  replaceAll(objects: KubeObject[], version: string, rewound: boolean): MirrorEvent[];
}

export function createCopy(now: () => number): Copy {
  const byNamespace = new Map<string, Map<string, KubeObject>>();
  /** The same objects by namespace and label `app`: what an app's every decision asks for. */
  const byApp = new Map<string, Map<string, KubeObject>>();
  /** By uid: everything of that object up to this version is history; `forEver` = whatever its version. */
  const tombstones = new Map<string, { version: string | typeof forEver; at: number }>();
  let size = 0;

  const appKey = (namespace: string, app: string) => `${namespace}/${app}`;

  function index(object: KubeObject): void {
    const app = object.metadata.labels?.['app'];
    if (app === undefined) return;
    const key = appKey(object.metadata.namespace ?? '', app);
    const names = byApp.get(key) ?? new Map<string, KubeObject>();
    byApp.set(key, names.set(object.metadata.name, object));
  }

  function unindex(object: KubeObject): void {
    const app = object.metadata.labels?.['app'];
    if (app === undefined) return;
    const key = appKey(object.metadata.namespace ?? '', app);
    const names = byApp.get(key);
    names?.delete(object.metadata.name);
    if (names?.size === 0) byApp.delete(key);
  }

  const get = (namespace: string, name: string) => byNamespace.get(namespace)?.get(name);

  function bury(uid: string | undefined, version: string | typeof forEver) {
    if (uid === undefined) return;
    const at = now();
    tombstones.delete(uid);
    tombstones.set(uid, { version, at });
    for (const [old, stone] of tombstones) {
      if (tombstones.size <= maxTombstones && at - stone.at < tombstoneMs) break;
      tombstones.delete(old);
    }
  }

  function buried({ metadata: { uid, resourceVersion } }: KubeObject): boolean {
    const stone = uid === undefined ? undefined : tombstones.get(uid);
    return stone !== undefined && (stone.version === forEver || compareVersions(resourceVersion, stone.version) <= 0);
  }

  function set(object: KubeObject): MirrorEvent[] {
    const namespace = object.metadata.namespace ?? '';
    let names = byNamespace.get(namespace);
    if (!names) byNamespace.set(namespace, (names = new Map<string, KubeObject>()));
    const known = names.get(object.metadata.name);
    names.set(object.metadata.name, object);
    if (known) unindex(known);
    index(object);
    if (!known) size++;
    if (known && known.metadata.uid !== object.metadata.uid)
      return [
        { type: 'deleted', object: known },
        { type: 'added', object },
      ];
    return [{ type: known ? 'modified' : 'added', object }];
  }

  function unset(known: KubeObject, last: KubeObject): MirrorEvent[] {
    const namespace = known.metadata.namespace ?? '';
    const names = byNamespace.get(namespace);
    if (!names?.delete(known.metadata.name)) return [];
    unindex(known);
    size--;
    if (names.size === 0) byNamespace.delete(namespace);
    return [{ type: 'deleted', object: last }];
  }

  function put(object: KubeObject): MirrorEvent[] {
    if (buried(object)) return [];
    const known = get(object.metadata.namespace ?? '', object.metadata.name);
    return known && compareVersions(object.metadata.resourceVersion, known.metadata.resourceVersion) <= 0 ? [] : set(object);
  }

  function* all() {
    for (const names of byNamespace.values()) yield* names.values();
  }

  return {
    get,
    put,
    get size() {
      return size;
    },
    list(namespace, labels) {
      const { app, ...others } = labels;
      // All that is listed under an app carries its name.
      const indexed = namespace !== '' && app !== undefined;
      const known = indexed ? byApp.get(appKey(namespace, app)) : byNamespace.get(namespace);
      const names = namespace === '' ? [...all()] : [...(known?.values() ?? [])];
      const wanted = Object.entries(indexed ? others : labels);
      return wanted.length === 0 ? names : names.filter(object => wanted.every(([key, value]) => object.metadata.labels?.[key] === value));
    },
    drop(object) {
      const { uid, resourceVersion, namespace = '', name } = object.metadata;
      bury(uid, resourceVersion ?? '');
      const known = get(namespace, name);
      if (known?.metadata.uid !== uid || compareVersions(resourceVersion, known?.metadata.resourceVersion) < 0) return [];
      return known ? unset(known, object) : [];
    },
    bury(namespace, name, uid) {
      bury(uid, forEver);
      const known = get(namespace, name);
      return known?.metadata.uid === uid ? unset(known, known) : [];
    },
    replaceAll(objects, version, rewound) {
      if (rewound) tombstones.clear();
      const listed = new Set(objects.map(object => `${object.metadata.namespace ?? ''}/${object.metadata.name}`));
      const events: MirrorEvent[] = [];
      for (const known of [...all()]) {
        const { namespace = '', name, uid, resourceVersion } = known.metadata;
        if (listed.has(`${namespace}/${name}`) || (!rewound && compareVersions(resourceVersion, version) > 0)) continue;
        bury(uid, version);
        events.push(...unset(known, known));
      }
      for (const object of objects) {
        const same =
          get(object.metadata.namespace ?? '', object.metadata.name)?.metadata.resourceVersion === object.metadata.resourceVersion;
        events.push(...(rewound ? (same ? [] : set(object)) : put(object)));
      }
      return events;
    },
  };
}
