/** The histories that the cluster and etcd tell themselves, followed by a client of their own. */

import { Agent, request } from 'undici';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { kinds, type Kind, type KubeObject } from '../../src/cluster/objects.ts';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { keys } from '../../src/store/keys.ts';
import type { KubeConnection } from '../support/kube.ts';
import type { Fact, ObjectChange } from './history.ts';

export interface Followed<T> {
  /** In order of revision; grows. */
  readonly seen: readonly T[];
  /** What broke the watch, if anything: a history with a hole proves nothing. */
  readonly broken: string | undefined;
  /** Lets go of what was seen so far: a long run would keep every object that ever was. */
  forget(): void;
  stop(): Promise<void>;
}

const followedKinds: Kind[] = ['ReplicationController', 'Service', 'Ingress', 'ConfigMap', 'Pod'];

const typeOf = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const;

/** Every change of the namespace's objects from now on (its objects of now come first, as added). */
export async function followCluster(connection: KubeConnection, namespace: string): Promise<Followed<ObjectChange>> {
  const dispatcher = new Agent({ bodyTimeout: 0, headersTimeout: 30_000, ...(connection.tls ? { connect: connection.tls } : {}) });
  const stopping = new AbortController();
  const seen: ObjectChange[] = [];
  let broken: string | undefined;

  function note(type: ObjectChange['type'], object: KubeObject) {
    const change = { at: Date.now(), revision: Number(object.metadata.resourceVersion), type, object };
    // One watch per kind: their lines arrive a little out of the common order.
    let place = seen.length;
    while (place > 0 && (seen[place - 1]?.revision ?? 0) > change.revision) place--;
    seen.splice(place, 0, change);
  }

  async function follow(kind: Kind): Promise<() => Promise<void>> {
    const { apiVersion, plural } = kinds[kind];
    const url = `${connection.url}${apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`}/namespaces/${namespace}/${plural}`;
    const listed = await request(url, { dispatcher, headers: { accept: 'application/json' } });
    const list = (await listed.body.json()) as { metadata: { resourceVersion: string }; items: KubeObject[] };
    for (const item of list.items) note('added', { ...item, kind, apiVersion });
    const answer = await request(`${url}?watch=true&resourceVersion=${list.metadata.resourceVersion}`, {
      dispatcher,
      signal: stopping.signal,
      headers: { accept: 'application/json' },
    });
    return async () => {
      let rest = '';
      for await (const chunk of answer.body) {
        const lines = (rest + String(chunk)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines.filter(Boolean)) {
          const event = JSON.parse(line) as { type: keyof typeof typeOf | 'BOOKMARK' | 'ERROR'; object: KubeObject };
          if (event.type === 'BOOKMARK') continue;
          if (event.type === 'ERROR') throw new Error(line);
          note(typeOf[event.type], event.object);
        }
      }
      throw new Error('the watch ended');
    };
  }

  const loops = (await Promise.all(followedKinds.map(follow))).map(loop =>
    loop().catch((error: unknown) => {
      if (!stopping.signal.aborted) broken = `the watch of ${namespace}: ${String(error)}`;
    }),
  );
  return {
    seen,
    get broken() {
      return broken;
    },
    forget: () => void seen.splice(0),
    async stop() {
      stopping.abort();
      await Promise.all(loops);
      await dispatcher.destroy();
    },
  };
}

/** Every change of the store from its first revision on. */
export async function followEtcd(url: string): Promise<Followed<Fact>> {
  const store = await openEtcdStore({ endpoints: [url] }, { clock: systemClock, log: silentLogger });
  const stopping = new AbortController();
  const seen: Fact[] = [];
  let broken: string | undefined;
  const loop = (async () => {
    for await (const changes of store.watch(keys.root, 1, stopping.signal))
      for (const change of changes)
        seen.push(
          change.type === 'put'
            ? { at: Date.now(), key: change.entry.key, revision: change.entry.revision, value: change.entry.value }
            : { at: Date.now(), key: change.key, revision: change.revision },
        );
  })().catch((error: unknown) => (broken = `the watch of etcd: ${String(error)}`));
  return {
    seen,
    get broken() {
      return broken;
    },
    forget: () => void seen.splice(0),
    async stop() {
      stopping.abort();
      await loop;
      await store.close();
    },
  };
}
