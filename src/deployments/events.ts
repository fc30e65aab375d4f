/** Every change of descriptors and deployments in a namespace, in order of the store's commits, resumable by position. */

import type { Descriptor } from '../descriptors/index.ts';
import type { Clock } from '../lib/clock.ts';
import { keys } from '../store/keys.ts';
import type { Change, Store } from '../store/store.ts';
import { StoreError } from '../store/store.ts';
import type { Deployment, Phase, Status } from './record.ts';

export interface DeploymentEvent {
  type: 'event';
  /** Everything up to this position has been sent: what `?after=` continues from without gap. */
  seq: number;
  /** When it was changed, RFC 3339; for a deletion when it was seen. */
  time: string;
  kind: 'descriptor' | 'deployment';
  action: 'created' | 'changed' | 'deleted';
  id: string;
  appName: string;
  version?: string;
  status?: Status;
  phase?: Phase;
}

export type DeploymentEvents = { seq: number; events: DeploymentEvent[] };

export interface EventsRequest {
  namespace: string;
  /** Position of the last event that the reader has; absent = only what comes from now on. */
  after?: number | undefined;
  signal: AbortSignal;
}

/** `too-old`: history back to `after` is gone; the reader lists again and starts anew. */
export type EventsEnd = 'aborted' | 'too-old';

/** The first batch has no events: it tells the position from which on nothing is missed. Throws StoreError. */
export async function* followEvents(
  { store, clock }: { store: Store; clock: Clock },
  { namespace, after, signal }: EventsRequest,
): AsyncGenerator<DeploymentEvents, EventsEnd> {
  const start = after ?? (await store.range(keys.records, { limit: 1 })).revision;
  yield { seq: start, events: [] };
  /** Whose app something was: a deletion does not always tell. */
  const apps = new Map<string, string>();
  try {
    for await (const changes of store.watch(keys.records, start + 1, signal)) {
      const events = eventsOf(namespace, changes, apps, clock.now());
      const seq = revisionOf(changes);
      if (events.length > 0 && seq !== undefined) yield { seq, events };
    }
  } catch (error) {
    if (error instanceof StoreError && error.code === 'COMPACTED') return 'too-old';
    throw error;
  }
  return 'aborted';
}

const revisionOf = (changes: readonly Change[]): number | undefined => {
  const last = changes.at(-1);
  return last?.type === 'put' ? last.entry.revision : last?.revision;
};

/** A batch may hold several commits, and a commit several events: only the last event of a commit moves the position to it. */
function eventsOf(namespace: string, changes: readonly Change[], apps: Map<string, string>, nowMs: number): DeploymentEvent[] {
  const found = changes.flatMap(change => {
    const event = eventOf(namespace, change, apps, nowMs);
    return event ? [event] : [];
  });
  return found.map((event, index) => (found[index + 1]?.seq === event.seq ? { ...event, seq: event.seq - 1 } : event));
}

function eventOf(namespace: string, change: Change, apps: Map<string, string>, nowMs: number): DeploymentEvent | undefined {
  const key = change.type === 'put' ? change.entry.key : change.key;
  const kind = key.startsWith(keys.deployments(namespace))
    ? 'deployment'
    : key.startsWith(keys.descriptors(namespace))
      ? 'descriptor'
      : undefined;
  if (!kind) return undefined;
  const id = key.slice((kind === 'deployment' ? keys.deployments(namespace) : keys.descriptors(namespace)).length);
  if (change.type === 'delete') {
    const appName = (change.previous === undefined ? undefined : appOf(change.previous)) ?? apps.get(id) ?? '';
    apps.delete(id);
    return { type: 'event', seq: change.revision, time: new Date(nowMs).toISOString(), kind, action: 'deleted', id, appName };
  }
  const record = recordIn(change.entry.value);
  // What cannot be read has changed, but nobody knows into what; reading it raises the alarm.
  if (record?.appName === undefined) return undefined;
  apps.set(id, record.appName);
  const action = record.created === record.lastModified ? 'created' : 'changed';
  const base = { type: 'event', seq: change.entry.revision, time: record.lastModified, kind, action, id, appName: record.appName } as const;
  if (!('status' in record)) return base;
  return { ...base, version: record.version, status: record.status, phase: record.phase };
}

const appOf = (value: string): string | undefined => recordIn(value)?.appName;

function recordIn(value: string): Deployment | Descriptor | undefined {
  try {
    return (JSON.parse(value) as Deployment | Descriptor | null) ?? undefined;
  } catch {
    return undefined;
  }
}
