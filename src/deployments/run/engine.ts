/**
 * The engine: wakes an app when something about it changed, observes, asks the planner for the next decision, does it, and asks again. One run per app at a
 * time; apps in parallel. Watches and timers only wake.
 */

import type { Cluster } from '../../cluster/cluster.ts';
import type { Kind } from '../../cluster/objects.ts';
import { createBackoff } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import { createKeyedQueue } from '../../lib/keyed-queue.ts';
import type { KnownSecrets } from '../../lib/known-values.ts';
import type { Logger } from '../../lib/log.ts';
import { createQuarantine, RecordError, type Quarantine } from '../../lib/stored-record.ts';
import { keys } from '../../store/keys.ts';
import { StoreError, type Entry, type Store } from '../../store/store.ts';
import { viaApi, viaPodIp } from '../health/check.ts';
import { createMonitor } from '../health/monitor.ts';
import { createProxyProbe } from '../health/proxy-probe.ts';
import { parseApp, type Repository, type Versioned } from '../repository.ts';
import type { App } from '../record.ts';
import { serves, type ObserveDeps } from './observe.ts';
import { createOwnership } from './ownership.ts';
import type { EngineSettings } from './settings.ts';
import type { ForeignHosts } from './looks.ts';
import { createSight, type Sight } from './sight.ts';
import { openView } from './view.ts';
import { createWorker } from './worker.ts';

export interface EngineDeps {
  foreignHosts?: ForeignHosts;
  /** Every place where a descriptor asks for more than the pod policy of now allows. */
  policyFaults: ObserveDeps['policyFaults'];
  /** Hides what this process knows; learns the secret variables of the store. */
  secrets: KnownSecrets;
  store: Store;
  repository: Repository;
  cluster: Cluster;
  clock: Clock;
  log: Logger;
  settings: EngineSettings;
  quarantine?: Quarantine;
}

export interface Engine {
  /** Returns when watches are open; apps that need work are picked up from then on. Keeps trying while the cluster is away. */
  start(): Promise<void>;
  /** Hands over: ends the steps under way, releases every app, gives the lease back. */
  stop(): Promise<void>;
  wake(namespace: string, app: string): void;
  /** What is wrong, for readiness; empty when all is well. */
  problems(): string[];
  /** This installation's id; known after `start`. */
  readonly installation: string;
  /** What this replica sees of the apps. */
  readonly sight: Sight;
  /** Counts since the start, for metrics. */
  readonly counts: { decisions: number; repairs: number };
}

/** How long an app rests whose records cannot be read; somebody has to mend them first. */
const quarantineMs = 60_000;

export function createEngine(deps: EngineDeps): Engine {
  const {
    foreignHosts,
    policyFaults,
    secrets,
    store,
    repository,
    cluster,
    clock,
    log,
    settings,
    quarantine = createQuarantine(log),
  } = deps;
  const stopping = new AbortController();
  const ownership = createOwnership({ store, clock, log, leaseSeconds: settings.leaseSeconds });
  const extraKinds: Kind[] = settings.routing.controller?.middlewares === 'crd' ? ['Middleware'] : [];
  const view = openView({ cluster, namespaces: settings.namespaces, extraKinds });
  const monitor = createMonitor({ ask: settings.healthVia === 'pod-ip' ? viaPodIp : viaApi(cluster, clock), clock, hide: secrets.hide });
  const probe = settings.ingressAddress === undefined ? undefined : createProxyProbe({ address: settings.ingressAddress, clock });
  /** The newest we have heard of every app. */
  const apps = new Map<string, Versioned<App>>();
  let installation = '';
  let ready = false;
  const background: Promise<void>[] = [];
  const counts = { decisions: 0, repairs: 0 };

  const keyOfApp = (namespace: string, app: string) => `${namespace}/${app}`;
  const wake = (namespace: string, app: string) => queue.wake(keyOfApp(namespace, app));
  const sight = createSight((namespace, app) =>
    ready ? { world: view.world(namespace, app), health: worker.health(keyOfApp(namespace, app)) } : undefined,
  );
  /** Of a namespace that is not served only what waits to start is this replica's business. */
  const concerns = ({ namespace, queue: waiting }: App) => serves(settings, namespace) || waiting.length > 0;
  const worker = createWorker({
    ...(foreignHosts ? { foreignHosts } : {}),
    policyFaults,
    secrets,
    repository,
    cluster,
    view,
    monitor,
    ...(probe ? { probe } : {}),
    ownership,
    clock,
    log,
    settings,
    counts,
    wake,
    seen: sight.changed,
    installation: () => installation,
    store,
    known: key => apps.get(key),
    learn,
  });
  const queue = createKeyedQueue(key => worker.run(key), {
    concurrency: settings.concurrency ?? 64,
    onError: (key, error) => {
      const unreadable = error instanceof RecordError;
      if (unreadable) quarantine.note(error);
      else log.error('a run of an app broke', { app: key, error });
      clock.after(unreadable ? quarantineMs : 1000, () => queue.wake(key));
    },
  });

  /** False when it is no news. */
  function learn(app: Versioned<App>): boolean {
    const key = keyOfApp(app.value.namespace, app.value.name);
    if ((apps.get(key)?.revision ?? -1) >= app.revision) return false;
    apps.set(key, app);
    return true;
  }

  function heard(entry: Entry): void {
    let app: Versioned<App>;
    try {
      app = parseApp(entry);
    } catch (error) {
      quarantine.note(error);
      return;
    }
    if (learn(app) && concerns(app.value)) wake(app.value.namespace, app.value.name);
  }

  /** Follows the apps for ever: range, then watch; again from a fresh range when the watch breaks. */
  async function followApps(): Promise<void> {
    const backoff = createBackoff({ baseMs: 100, capMs: 5000 });
    while (!stopping.signal.aborted) {
      try {
        const page = await store.range(keys.apps);
        page.entries.forEach(heard);
        for await (const changes of store.watch(keys.apps, page.revision + 1, stopping.signal)) {
          backoff.reset();
          for (const change of changes) if (change.type === 'put') heard(change.entry);
        }
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (error.code === 'CLOSED') return;
        log.warn('the watch of the apps broke', { code: error.code });
      }
      await clock.sleep(backoff.next(), stopping.signal).catch(() => undefined);
    }
  }

  async function identify(): Promise<string> {
    const found = await store.get(keys.installation);
    if (found) return found.value;
    await store.transact({
      compare: [{ key: keys.installation, revision: 0 }],
      writes: [{ put: keys.installation, value: newId(clock.now()) }],
    });
    return identify();
  }

  return {
    wake,
    counts,
    sight,
    get installation() {
      return installation;
    },
    problems() {
      const problems = [...worker.alarms()];
      if (!ready) problems.push('the cluster has not been read yet');
      else if (!view.live) problems.push('a watch of the cluster is not connected');
      return problems;
    },
    async start() {
      installation = await identify();
      await ownership.start();
      ownership.onGone(replica => {
        for (const { value } of apps.values()) if (value.owner === replica && concerns(value)) wake(value.namespace, value.name);
      });
      void (async () => {
        await view.synced();
        if (stopping.signal.aborted) return;
        ready = true;
        view.subscribe((namespace, app) => {
          wake(namespace, app);
          sight.changed(namespace, app);
        });
        for (const { namespace, app } of view.apps()) sight.changed(namespace, app);
        background.push(followApps());
      })().catch((error: unknown) => {
        // Whoever stops before the cluster was ever reached closes mirrors that never were filled.
        if (!stopping.signal.aborted) log.error('the engine could not start its watches', { error });
      });
    },
    async stop() {
      stopping.abort();
      await queue.close();
      monitor.close();
      await worker.close();
      await ownership.stop();
      await probe?.close();
      await view.close();
      await Promise.allSettled(background);
    },
  };
}
