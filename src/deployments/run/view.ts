/** The apps' parts of the cluster, kept by mirrors of everything that carries Teal's label. */

import type { Cluster, Mirror } from '../../cluster/cluster.ts';
import type { Kind, KubeObject, Ref } from '../../cluster/objects.ts';
import { refOf } from '../../cluster/objects.ts';
import type { World } from '../plan/observed.ts';

export const managedLabel = 'app.kubernetes.io/managed-by=teal';

const shaped: Kind[] = ['ReplicationController', 'Service', 'Ingress', 'ConfigMap'];

export interface View {
  /** The kinds of objects that Teal makes here. */
  readonly kinds: Kind[];
  synced(): Promise<void>;
  /** Resolves when everything has been listed anew. */
  refresh(): Promise<void>;
  /** Whether every watch is connected. */
  readonly live: boolean;
  world(namespace: string, app: string): World;
  /** Every app that has objects. */
  apps(): { namespace: string; app: string }[];
  learn(object: KubeObject): void;
  forget(object: KubeObject): void;
  /** Calls back with the app whose part of the cluster changed. */
  subscribe(fn: (namespace: string, app: string) => void): void;
  close(): Promise<void>;
}

function remember(appOf: Map<string, string>, { metadata: { uid, labels } }: KubeObject): void {
  const app = labels?.['app'];
  if (uid === undefined) return;
  if (app === undefined) appOf.delete(uid);
  else appOf.set(uid, app);
}

export function openView({ cluster, namespaces, extraKinds = [] }: { cluster: Cluster; namespaces: string[]; extraKinds?: Kind[] }): View {
  const places = namespaces.length > 0 ? namespaces : [''];
  const open = (kind: Kind) => places.map(namespace => cluster.mirror(kind, namespace, { labels: managedLabel }));
  const objects = [...shaped, ...extraKinds].map(kind => ({ kind, mirrors: open(kind) }));
  const pods = open('Pod');
  const slices = open('EndpointSlice');
  const all: Mirror[] = [...objects.flatMap(({ mirrors }) => mirrors), ...pods, ...slices];

  const find = (mirrors: Mirror[], namespace: string, app: string): KubeObject[] => {
    const place = places.length === 1 ? mirrors[0] : mirrors[places.indexOf(namespace)];
    return place?.list(namespace, { app }) ?? [];
  };
  const mirrorOf = (ref: Ref): Mirror | undefined =>
    all.find((mirror, index) => mirror.kind === ref.kind && (places.length === 1 || places[index % places.length] === ref.namespace));

  return {
    kinds: [...shaped, ...extraKinds],
    async synced() {
      await Promise.all(all.map(mirror => mirror.synced()));
    },
    async refresh() {
      await Promise.all(all.map(mirror => mirror.refresh()));
    },
    get live() {
      return all.every(mirror => mirror.live);
    },
    world: (namespace, app) => ({
      objects: objects.flatMap(({ mirrors }) => find(mirrors, namespace, app)),
      pods: find(pods, namespace, app),
      endpointSlices: find(slices, namespace, app),
    }),
    apps() {
      const found = new Map<string, { namespace: string; app: string }>();
      for (const mirror of objects.flatMap(({ mirrors }) => mirrors)) {
        for (const place of places) {
          for (const object of mirror.list(place)) {
            const app = object.metadata.labels?.['app'];
            const namespace = object.metadata.namespace ?? '';
            if (app !== undefined) found.set(`${namespace}/${app}`, { namespace, app });
          }
        }
      }
      return [...found.values()];
    },
    learn: object => mirrorOf(refOf(object))?.learn(object),
    forget: object => {
      const uid = object.metadata.uid;
      if (uid !== undefined) mirrorOf(refOf(object))?.forget(refOf(object), uid);
    },
    subscribe(fn) {
      const appOf = new Map<string, string>();
      for (const mirror of all) {
        for (const place of places) for (const object of mirror.list(place)) remember(appOf, object);
        mirror.subscribe(({ type, object }) => {
          const { namespace = '', uid = '', labels } = object.metadata;
          // Somebody may have taken the app's name from the object: the app that loses it is to know.
          for (const app of new Set([appOf.get(uid), labels?.['app']])) if (app !== undefined) fn(namespace, app);
          if (type === 'deleted') appOf.delete(uid);
          else remember(appOf, object);
        });
      }
    },
    async close() {
      await Promise.all(all.map(mirror => mirror.close()));
    },
  };
}
