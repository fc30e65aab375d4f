/** Lists and watches: pages, resourceVersion semantics, bookmarks, 410 Gone, selector transitions. */

import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../../cluster/objects.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Change, Storage } from '../storage.ts';
import { ApiFailure, badRequest, expired } from './failure.ts';
import { groupVersionOf, type Resource } from './resources.ts';
import { parseFieldSelector, parseLabelSelector, type Matcher } from './selectors.ts';

export interface Selection {
  resource: Resource;
  namespace: string;
  query: URLSearchParams;
  /** How objects are shown: as they are, or as a Table. */
  present: (objects: KubeObject[], listMetadata: Record<string, unknown>) => unknown;
}

function matcherOf({ resource, query }: Selection): Matcher {
  const labels = parseLabelSelector(query.get('labelSelector') ?? undefined);
  const fields = parseFieldSelector(query.get('fieldSelector') ?? undefined, resource.kind);
  return object => labels(object) && fields(object);
}

const tooOld = () => expired('The provided continue parameter is too old to display a consistent list result.');

/** Answers a list, page by page from one consistent revision. Throws 400 and 410. */
export function listObjects(storage: Storage, selection: Selection): unknown {
  const { resource, namespace, query } = selection;
  const token = query.get('continue');
  const position = token ? parseToken(token) : undefined;
  const exact = query.get('resourceVersionMatch') === 'Exact' ? Number(query.get('resourceVersion')) : undefined;
  const revision = position?.revision ?? exact ?? storage.revision();
  if (Number(query.get('resourceVersion') ?? 0) > storage.revision()) {
    throw new ApiFailure(504, 'Timeout', `Too large resource version: ${query.get('resourceVersion')}, current: ${storage.revision()}`, {
      retryAfterSeconds: 1,
    });
  }
  const all = storage.listAt(resource, namespace, revision);
  if (!all) throw tooOld();
  const matches = matcherOf(selection);
  const matching = all.filter(object => matches(object) && (!position || keyOf(object) > position.after));
  const limit = Number(query.get('limit') ?? 0) || matching.length;
  const page = matching.slice(0, limit);
  const rest = matching.length - page.length;
  const last = page.at(-1);
  const selective = query.has('labelSelector') || query.has('fieldSelector');
  return selection.present(page, {
    resourceVersion: String(revision),
    ...(rest > 0 && last ? { continue: tokenOf(revision, keyOf(last)) } : {}),
    ...(rest > 0 && !selective ? { remainingItemCount: rest } : {}),
  });
}

const keyOf = (object: KubeObject) => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
const tokenOf = (revision: number, after: string) => Buffer.from(JSON.stringify({ v: 1, rv: revision, after })).toString('base64url');

function parseToken(token: string): { revision: number; after: string } {
  try {
    const { rv, after } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { rv: number; after: string };
    if (Number.isInteger(rv) && typeof after === 'string') return { revision: rv, after };
  } catch {
    // said below
  }
  throw badRequest('continue key is not valid');
}

interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
}

/** What a watcher with this selector sees of a change: objects that begin or cease to match are added or deleted for it. */
export function seenThrough(matches: Matcher, change: Change): WatchEvent | undefined {
  const before = change.previous !== undefined && matches(change.previous);
  const after = change.type !== 'DELETED' && matches(change.object);
  if (after) return { type: before ? 'MODIFIED' : 'ADDED', object: change.object };
  if (!before || !change.previous) return undefined;
  const last = change.type === 'DELETED' ? change.object : change.previous;
  return { type: 'DELETED', object: { ...last, metadata: { ...last.metadata, resourceVersion: String(change.revision) } } };
}

export interface WatchDeps {
  storage: Storage;
  clock: Clock;
  bookmarkMs: number;
  /** Called with a function that ends the watch; returns the deregistration. */
  onStop: (end: () => void) => () => void;
}

const longestWatchMs = 45 * 60 * 1000;

/** Streams changes until the client goes, time is over or the server stops. A position that is too old is answered with an ERROR event of code 410. */
export function serveWatch(deps: WatchDeps, selection: Selection, response: ServerResponse): void {
  const { storage, clock } = deps;
  const { resource, namespace, query } = selection;
  const matches = matcherOf(selection);
  const from = query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(from)) throw badRequest(`invalid resource version: "${from}"`);
  const fresh = from === '' || from === '0' || query.get('sendInitialEvents') === 'true';
  const missed = fresh ? [] : storage.since(Number(from));
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private', 'transfer-encoding': 'chunked' });
  response.flushHeaders();
  const send = (type: string, object: unknown) => response.write(`${JSON.stringify({ type, object })}\n`);
  if (!missed) {
    send('ERROR', expired(`too old resource version: ${from} (${storage.revision()})`).body);
    response.end();
    return;
  }
  let lastRevision = fresh ? storage.revision() : Number(from);
  const sendObject = ({ type, object }: WatchEvent) =>
    send(type, selection.present([object], { resourceVersion: object.metadata.resourceVersion }));
  const bookmark = (annotations?: Record<string, string>) =>
    send('BOOKMARK', {
      kind: resource.kind,
      apiVersion: groupVersionOf(resource),
      metadata: { resourceVersion: String(lastRevision), creationTimestamp: null, ...(annotations ? { annotations } : {}) },
    });
  const pass = (change: Change) => {
    lastRevision = change.revision;
    if (change.resource !== resource || (namespace && change.object.metadata.namespace !== namespace)) return;
    const event = seenThrough(matches, change);
    if (event) sendObject(event);
  };
  if (fresh && query.get('sendInitialEvents') !== 'false') {
    for (const object of storage.list(resource, namespace)) if (matches(object)) sendObject({ type: 'ADDED', object });
    if (query.get('sendInitialEvents') === 'true') bookmark({ 'k8s.io/initial-events-end': 'true' });
  }
  missed.forEach(pass);
  const bookmarks = query.get('allowWatchBookmarks') === 'true' || query.get('allowWatchBookmarks') === '1';
  let cancelBookmark = () => {};
  const tick = () => {
    bookmark();
    cancelBookmark = clock.after(deps.bookmarkMs, tick);
  };
  if (bookmarks) cancelBookmark = clock.after(deps.bookmarkMs, tick);
  const unsubscribe = storage.subscribe(pass);
  const end = () => {
    if (bookmarks) bookmark();
    response.end();
  };
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  const cancelTimeout = clock.after(seconds > 0 ? seconds * 1000 : longestWatchMs, end);
  const deregister = deps.onStop(() => response.destroy());
  response.on('close', () => {
    unsubscribe();
    cancelBookmark();
    cancelTimeout();
    deregister();
  });
}
