/** What can be asked about apps. Every replica can answer: records come from the store, pods and traffic from its own mirrors. */

import { whyNoAppName } from '../../lib/names.ts';
import { createBell } from '../../lib/bell.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { Problem } from '../../lib/problem.ts';
import { appOfKey, keys } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';
import type { App, Deployment } from '../record.ts';
import { newApp, type Repository } from '../repository.ts';
import type { Sight } from '../run/sight.ts';
import { createAppChanges } from './changes.ts';
import { detailOf, type AppDetail } from './detail.ts';
import { summaryOf, type AppFacts, type AppSummary } from './summary.ts';

export interface AppsDeps {
  store: Store;
  repository: Repository;
  clock: Clock;
  log: Logger;
  sight: Sight;
  /** The API server's clock. */
  time: () => number | undefined;
  /** The server's defaults for what a descriptor leaves open. */
  settings: { confirmSeconds: number };
}

export interface WaitForApp {
  namespace: string;
  appName: string;
  /** The revision that the reader has. */
  after: string;
  timeoutMs: number;
  signal: AbortSignal;
}

export interface Apps {
  /** Of one namespace, or of all that `mayRead` lets through; in order of namespace and name. */
  list(namespace: string | undefined, mayRead: (namespace: string) => boolean): Promise<AppSummary[]>;
  /** Throws NOT_FOUND for an app without any deployment or descriptor. */
  get(namespace: string, appName: string): Promise<AppDetail>;
  /** As soon as its revision is another, or when the time is over. Throws NOT_FOUND. */
  wait(request: WaitForApp): Promise<AppDetail>;
  /** The namespaces that have apps, in order. */
  namespaces(): Promise<string[]>;
}

/** `described`: it has a descriptor. An app with neither descriptors nor deployments is a counter, and nobody sees it. */
interface Known {
  app: App;
  described: boolean;
}

/** Changes that come together are one answer. */
const gatherMs = 50;

export function createApps({ store, repository, clock, log, sight, time, settings }: AppsDeps): Apps {
  const changes = createAppChanges({ store, clock, log, sight });

  const recordOf = async (namespace: string, id: string | undefined): Promise<Deployment | undefined> =>
    id === undefined ? undefined : (await repository.deployment(namespace, id))?.value;

  async function newestOf({ namespace, name, newest }: App): Promise<Deployment | undefined> {
    const accepted = await recordOf(namespace, newest);
    // It may have been deleted, and the app may be older than the note of the newest.
    return accepted ?? (await repository.deployments({ namespace, appName: name, limit: 1 })).deployments[0];
  }

  /** Only deployments that stood before the newest can have been undeployed after it failed: few, for what serves is one of the latest. */
  async function wasUndeployedAfter({ namespace, appName, settledAt }: Deployment): Promise<boolean> {
    if (settledAt === undefined) return false;
    const { deployments } = await repository.deployments({ namespace, appName, limit: 20 });
    return deployments.some(({ reason, settledAt: end = '' }) => reason?.code === 'UNDEPLOYED' && end > settledAt);
  }

  async function factsOf(app: App): Promise<AppFacts> {
    const { namespace } = app;
    const [serving, other, newest] = await Promise.all([recordOf(namespace, app.serving), recordOf(namespace, app.other), newestOf(app)]);
    const undeployedSince = serving === undefined && newest?.status === 'FAILURE' && (await wasUndeployedAfter(newest));
    const seen = sight.see(namespace, app.name);
    return {
      app,
      settings,
      ...(serving ? { serving } : {}),
      ...(other ? { other } : {}),
      ...(newest ? { newest } : {}),
      undeployedSince,
      ...(seen ? { world: seen.world } : {}),
    };
  }

  /** Every app that may exist, of one namespace or of all. Those that have only descriptors have no record yet. */
  async function appsIn(namespace: string | undefined): Promise<Known[]> {
    const [{ apps }, { entries }] = await Promise.all([
      repository.apps(namespace),
      store.range(namespace === undefined ? keys.appsWithDescriptors : keys.appsWithDescriptorsIn(namespace)),
    ]);
    const described = entries.flatMap(({ key }) => appOfKey(key) ?? []);
    const found = new Map<string, Known>();
    for (const { namespace: place, name } of described) found.set(`${place}/${name}`, { app: newApp(place, name), described: true });
    for (const { value: app } of apps) {
      const key = `${app.namespace}/${app.name}`;
      found.set(key, { app, described: found.has(key) });
    }
    return [...found.values()];
  }

  async function get(namespace: string, appName: string): Promise<AppDetail> {
    // No key is built from what cannot be a name.
    if (whyNoAppName(appName) !== undefined) throw noApp(namespace, appName);
    const { value: app } = await repository.app(namespace, appName);
    const [facts, queue] = await Promise.all([factsOf(app), Promise.all(app.queue.map(id => recordOf(namespace, id)))]);
    if (!facts.newest && (await store.count(keys.descriptorsOfApp(namespace, appName))) === 0) throw noApp(namespace, appName);
    const versions = [facts.serving, facts.other].filter(d => d !== undefined);
    const storedHealth = await Promise.all(versions.map(async ({ id }) => [id, await repository.health(namespace, id)] as const));
    return detailOf({
      ...facts,
      queue: queue.filter(d => d !== undefined),
      health: sight.see(namespace, appName)?.health ?? new Map(),
      storedHealth: new Map(storedHealth),
      now: time() ?? clock.now(),
    });
  }

  return {
    get,

    async list(namespace, mayRead) {
      const known = (await appsIn(namespace)).filter(({ app }) => mayRead(app.namespace));
      const facts = await Promise.all(known.map(async ({ app, described }) => ({ ...(await factsOf(app)), described })));
      return facts
        .filter(({ newest, described }) => newest !== undefined || described)
        .map(summaryOf)
        .sort((a, b) => inOrder(a.namespace, b.namespace) || inOrder(a.appName, b.appName));
    },

    async wait({ namespace, appName, after, timeoutMs, signal }) {
      if (whyNoAppName(appName) !== undefined) throw noApp(namespace, appName);
      const timer = new AbortController();
      const cancelTimer = clock.after(timeoutMs, () => timer.abort());
      const over = AbortSignal.any([signal, timer.signal]);
      const bell = createBell();
      const ring = () => bell.ring();
      over.addEventListener('abort', ring, { once: true });
      const stop = await changes.listen(namespace, appName, ring);
      try {
        for (;;) {
          const detail = await get(namespace, appName);
          if (detail.revision !== after || over.aborted) return detail;
          await bell.rung();
          await clock.sleep(gatherMs, over).catch(() => undefined);
        }
      } finally {
        stop();
        cancelTimer();
        over.removeEventListener('abort', ring);
      }
    },

    async namespaces() {
      const known = await appsIn(undefined);
      return [...new Set(known.map(({ app }) => app.namespace))].sort(inOrder);
    },
  };
}

const noApp = (namespace: string, appName: string): Problem =>
  new Problem('NOT_FOUND', `There is no app ${appName} in namespace ${namespace}`);

const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
