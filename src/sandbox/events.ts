/** Records what controllers did as Event objects; the same thing again raises the count. */

import type { KubeObject } from '../cluster/objects.ts';
import type { Clock } from '../lib/clock.ts';
import { ApiFailure } from './api/failure.ts';
import { randomSuffix, timestamp, type Registry } from './api/registry.ts';
import { resources } from './api/resources.ts';
import type { Storage } from './storage.ts';

export interface EventRecorder {
  record(about: KubeObject, source: string, type: 'Normal' | 'Warning', reason: string, message: string): void;
}

/** As long as an API server keeps them by default. */
const keepMs = 3_600_000;

interface Known {
  namespace: string;
  name: string;
  at: number;
}

export function createEventRecorder(deps: { registry: Registry; storage: Storage; clock: Clock }): EventRecorder {
  const { registry, storage, clock } = deps;
  /** uid + reason + message -> the event that counts it; the one that was not seen for longest comes first */
  const known = new Map<string, Known>();

  function note(key: string, namespace: string, name: string) {
    known.delete(key);
    known.set(key, { namespace, name, at: clock.now() });
  }

  function forgetOld() {
    for (const [key, { namespace, name, at }] of known) {
      if (clock.now() - at < keepMs) return;
      known.delete(key);
      if (storage.get(resources.events, namespace, name)) registry.remove(resources.events, namespace, name);
    }
  }

  return {
    record(about, source, type, reason, message) {
      const namespace = about.metadata.namespace ?? 'default';
      const key = `${about.metadata.uid} ${reason} ${message}`;
      const now = timestamp(clock.now());
      forgetOld();
      const earlier = known.get(key)?.name;
      try {
        if (earlier && storage.get(resources.events, namespace, earlier)) {
          note(key, namespace, earlier);
          registry.change(resources.events, namespace, earlier, event => ({
            ...event,
            count: Number(event.count) + 1,
            lastTimestamp: now,
          }));
          return;
        }
        const name = `${about.metadata.name}.${randomSuffix(16)}`;
        note(key, namespace, name);
        const { name: involved, uid, resourceVersion } = about.metadata;
        registry.create(resources.events, namespace, {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name },
          involvedObject: { kind: about.kind, namespace, name: involved, uid, apiVersion: about.apiVersion, resourceVersion },
          reason,
          message,
          type,
          count: 1,
          firstTimestamp: now,
          lastTimestamp: now,
          eventTime: null,
          source: { component: source },
          reportingComponent: source,
          reportingInstance: '',
        });
      } catch (error) {
        // A namespace that is being deleted takes no events.
        if (!(error instanceof ApiFailure)) throw error;
      }
    },
  };
}
