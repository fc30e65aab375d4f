/** The mirrors of one client: all who ask for the same kind, namespace and selector share one copy and one watch, which ends with the last of them. */

import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { ClusterError, type Mirror, type MirrorEvent, type Selector } from '../cluster.ts';
import type { Kind, KubeObject } from '../objects.ts';
import type { Caller } from './caller.ts';
import { createCopy, type Copy } from './copy.ts';
import { createGate } from './gate.ts';
import { createListWatch, type ListWatch, type Timings } from './list-watch.ts';
import { parseLabelSelector } from './selector.ts';

export interface Mirrors {
  open(kind: Kind, namespace: string, selector: Selector): Mirror;
  doubt(): void;
  close(): Promise<void>;
}

interface Shared {
  copy: Copy;
  listWatch: ListWatch;
  subscribers: Set<(event: MirrorEvent) => void>;
  emit(events: MirrorEvent[]): void;
  holders: number;
}

/** Lists that may run at once. */
const concurrentLists = 4;

export function createMirrors(deps: { caller: Caller; clock: Clock; log: Logger; timings: Timings; random: () => number }): Mirrors {
  const shared = new Map<string, Shared>();
  const gate = createGate(concurrentLists);
  let closed = false;

  function start(kind: Kind, namespace: string, selector: Selector): Shared {
    const log = deps.log.child({ mirror: kind, namespace, ...selector });
    const copy = createCopy(() => deps.clock.monotonic());
    const subscribers = new Set<(event: MirrorEvent) => void>();
    function emit(events: MirrorEvent[]) {
      for (const event of events) {
        for (const subscriber of [...subscribers]) {
          try {
            subscriber(event);
          } catch (error) {
            log.error('a subscriber of a mirror failed', { error });
          }
        }
      }
    }
    return {
      copy,
      subscribers,
      emit,
      holders: 0,
      listWatch: createListWatch({ kind, namespace, selector }, { ...deps, log, copy, emit, gate }),
    };
  }

  return {
    open(kind, namespace, selector) {
      if (closed) throw new ClusterError('NOT_SENT', 'the client is closed');
      const key = JSON.stringify([kind, namespace, selector.labels ?? '', selector.fields ?? '']);
      const belongs = membership(namespace, selector);
      let entry = shared.get(key);
      if (!entry) shared.set(key, (entry = start(kind, namespace, selector)));
      entry.holders++;
      return createHandle(kind, entry, belongs, async released => {
        if (--released.holders > 0) return;
        if (shared.get(key) === released) shared.delete(key);
        await released.listWatch.close();
      });
    },
    doubt() {
      for (const { listWatch } of shared.values()) listWatch.doubt();
    },
    async close() {
      closed = true;
      const all = [...shared.values()];
      shared.clear();
      await Promise.all(all.map(({ listWatch }) => listWatch.close()));
    },
  };
}

/** Whether the watch would bring this object; undefined where only the API server can tell (field selectors). */
function membership(namespace: string, selector: Selector): (object: KubeObject) => boolean | undefined {
  const matches = parseLabelSelector(selector.labels ?? '');
  return object => {
    if ((namespace !== '' && object.metadata.namespace !== namespace) || !matches(object.metadata.labels)) return false;
    return selector.fields ? undefined : true;
  };
}

function createHandle(
  kind: Kind,
  shared: Shared,
  belongs: ReturnType<typeof membership>,
  release: (shared: Shared) => Promise<void>,
): Mirror {
  const { copy, listWatch } = shared;
  const mine = new Set<(event: MirrorEvent) => void>();
  let closing: Promise<void> | undefined;
  return {
    kind,
    synced: () => listWatch.synced,
    refresh: () => listWatch.refresh(),
    get live() {
      return closing === undefined && listWatch.live;
    },
    get: (namespace, name) => copy.get(namespace, name),
    list: (namespace, labels = {}) => copy.list(namespace, labels),
    subscribe(fn) {
      const own = (event: MirrorEvent) => fn(event);
      mine.add(own);
      shared.subscribers.add(own);
      return () => {
        mine.delete(own);
        shared.subscribers.delete(own);
      };
    },
    learn(object) {
      if (object.kind !== kind) return;
      const { namespace = '', name, uid } = object.metadata;
      const known = copy.get(namespace, name);
      const member = belongs(object) ?? (known !== undefined && known.metadata.uid === uid);
      if (member) shared.emit(copy.put(object));
      // Stripped of its label by our own write: its watch will say so too, and bring it back if the label comes back.
      else if (known && known.metadata.uid === uid) shared.emit(copy.drop(object));
    },
    forget(ref, uid) {
      if (ref.kind === kind) shared.emit(copy.bury(ref.namespace, ref.name, uid));
    },
    close() {
      closing ??= (() => {
        for (const own of mine) shared.subscribers.delete(own);
        mine.clear();
        return release(shared);
      })();
      return closing;
    },
  };
}
