/** One run of one app: load, observe, decide, do; until there is nothing to do but wait. */

import { hostsOf, marksOf } from '../../cluster/manifests/index.ts';
import { ClusterError, type Cluster } from '../../cluster/cluster.ts';
import { secretsInVariable } from '../../descriptors/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type { KnownSecrets } from '../../lib/known-values.ts';
import type { Logger } from '../../lib/log.ts';
import { keys } from '../../store/keys.ts';
import { StoreError, type Store } from '../../store/store.ts';
import type { Monitor } from '../health/monitor.ts';
import type { ProxyProbe } from '../health/proxy-probe.ts';
import { lostHosts } from '../claims.ts';
import { discreetly } from '../discretion.ts';
import type { Decision } from '../plan/decision.ts';
import { next } from '../plan/next.ts';
import type { HealthResult, Observed } from '../plan/observed.ts';
import { aboutToStart } from '../plan/start.ts';
import type { App } from '../record.ts';
import type { Repository, Versioned } from '../repository.ts';
import { createCatchingUp } from './catching-up.ts';
import { createDeeds } from './deeds.ts';
import type { ForeignHosts } from './looks.ts';
import { createMeasuring } from './measuring.ts';
import { observe, serves, type ObserveDeps } from './observe.ts';
import type { Ownership } from './ownership.ts';
import { retryDelay } from './outcomes.ts';
import { newSession, type Session } from './session.ts';
import type { EngineSettings } from './settings.ts';
import { turnMs } from './turns.ts';
import type { View } from './view.ts';

export interface WorkerDeps {
  foreignHosts?: ForeignHosts;
  policyFaults: ObserveDeps['policyFaults'];
  secrets: KnownSecrets;
  store: Store;
  repository: Repository;
  cluster: Cluster;
  view: View;
  monitor: Monitor;
  probe?: ProxyProbe;
  ownership: Ownership;
  clock: Clock;
  log: Logger;
  settings: EngineSettings;
  counts: { decisions: number; repairs: number };
  wake: (namespace: string, app: string) => void;
  /** Told when a pod of the app has said something new. */
  seen: (namespace: string, app: string) => void;
  installation: () => string;
  /** The newest that the store's watch has told of an app. */
  known: (key: string) => Versioned<App> | undefined;
  /** Takes what we wrote ourselves: the watch that tells of it wakes nobody then. */
  learn: (app: Versioned<App>) => void;
}

export interface Worker {
  run(key: string): Promise<void>;
  alarms(): string[];
  /** What was found by health checks while this replica works on the app, by pod uid. */
  health(key: string): ReadonlyMap<string, HealthResult>;
  /** Releases every app that this replica owns, except those that its successor has to fence. */
  close(): Promise<void>;
}

/** Lease times after which nobody can be expected who serves a namespace that this replica does not. */
const notServedPatienceLeases = 2;

/** More decisions in one run than any deployment needs: something turns in circles. */
const decisionLimit = 200;

export function createWorker(deps: WorkerDeps): Worker {
  const { repository, cluster, view, monitor, probe, ownership, clock, log, settings, counts } = deps;
  const sessions = new Map<string, Session>();
  const alarms = new Map<string, string>();
  /** Times of the latest repairs by app; they outlive sessions, since a repaired app rests again at once. */
  const repairs = new Map<string, number[]>();
  const catchingUp = createCatchingUp(deps);
  const measuring = createMeasuring(monitor, probe, deps.wake, deps.seen);
  const deeds = createDeeds(deps, { look, later, drop, rememberRepairs: (key, times) => void repairs.set(key, times) });

  function look(session: Session): Observed {
    const { policyFaults } = deps;
    return observe(
      { view, installation: deps.installation(), me: ownership.me, settings, time: () => cluster.time(), policyFaults },
      session,
    );
  }

  async function readEnvironment(): Promise<Record<string, string>> {
    const { entries } = await deps.store.range(keys.environment);
    const environment = entries.map(entry => [entry.key.slice(keys.environment.length), entry.value] as const);
    deps.secrets.know(
      'environment',
      environment.flatMap(([name, value]) => secretsInVariable(name, value)),
    );
    return Object.fromEntries(environment);
  }

  async function load(session: Session): Promise<void> {
    session.term = ownership.term;
    session.app = await repository.app(session.namespace, session.name);
    const { serving, other, queue } = session.app.value;
    const ids = [...new Set([serving, other, queue[0]])].filter((id): id is string => id !== undefined);
    const [found, environment] = await Promise.all([
      Promise.all(ids.map(id => repository.deployment(session.namespace, id))),
      // A deployment that has started keeps the environment it started with.
      other !== undefined && session.environment ? session.environment : readEnvironment(),
    ]);
    session.records = new Map(found.flatMap(record => (record ? [[record.value.id, record] as const] : [])));
    session.environment = environment;
    session.hostLost = await lostHost(session);
    session.stale = false;
  }

  /** Claims change only in commits that write the app too, so this is as fresh as the app itself. */
  async function lostHost({ app, records }: Session): Promise<string | undefined> {
    const d = aboutToStart({ app: app.value, records: new Map([...records].map(([id, { value }]) => [id, value])) });
    const [lost] = d ? await lostHosts(deps.store, hostsOf(d.descriptor), d) : [];
    return (
      lost &&
      `the host ${lost.host} ${lost.holder === undefined ? 'is not claimed' : `belongs to the app ${lost.holder}, not`} by this app any more`
    );
  }

  function drop(key: string, session: Session): void {
    session.cancelTimer?.();
    measuring.stop(key, session);
    sessions.delete(key);
  }

  async function run(key: string): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    const session =
      sessions.get(key) ??
      newSession(
        namespace,
        name,
        deps.known(key) ?? { value: { schema: 1, namespace, name, epoch: 0, queue: [] }, revision: 0 },
        repairs.get(key),
      );
    sessions.set(key, session);
    session.cancelTimer?.();
    session.cancelTimer = undefined;
    const heard = deps.known(key);
    if (heard && heard.revision > session.app.revision) session.stale = true;
    try {
      await decide(key, session);
    } catch (error) {
      if (!(error instanceof StoreError) && !(error instanceof ClusterError)) throw error;
      session.stale = true;
      session.failures++;
      const message = [...session.records.values()].reduce((text, { value }) => discreetly(value)(text), error.message);
      log.warn('an app waits for its store or cluster', { app: key, code: error.code, message });
      later(session, retryDelay(session));
    }
  }

  function later(session: Session, ms: number): void {
    session.cancelTimer?.();
    session.cancelTimer = clock.after(ms, () => deps.wake(session.namespace, session.name));
  }

  /** How long to leave an unowned app to replicas that come before us, ms. */
  function untilTurn(key: string, session: Session): number {
    // Another replica may serve, by newer settings, what this one does not.
    const patience = serves(settings, session.namespace) ? 0 : notServedPatienceLeases * settings.leaseSeconds * 1000;
    session.claimFrom ??= clock.monotonic() + ownership.turn(key) * turnMs + patience;
    return session.claimFrom - clock.monotonic();
  }

  async function decide(key: string, session: Session): Promise<void> {
    for (let round = 0; round < decisionLimit; round++) {
      // A lease that was lost and replaced: others may have owned the app in between.
      while (session.stale || session.term !== ownership.term) await load(session);
      // After the last pause before the decision: we may have been frozen in any.
      if (!catchingUp.done(() => deps.wake(session.namespace, session.name))) return;
      const { app } = session;
      if (app.revision === 0) {
        drop(key, session);
        return;
      }
      const { owner } = app.value;
      if (owner !== undefined && owner !== ownership.me && ownership.isAlive(owner)) {
        drop(key, session);
        return;
      }
      if (owner === ownership.me && session.unfenced) {
        if (!(await deeds.fence(session))) {
          await load(session);
          if (session.app.value.owner === ownership.me && !(await behindCluster(key, session, look(session)))) later(session, 1000);
          return;
        }
      }
      const o = look(session);
      if (o.now === undefined) {
        // Deadlines are on the API server's clock: nothing is begun before its first answer told the time.
        later(session, 1000);
        return;
      }
      if (await behindCluster(key, session, o)) return;
      let decision: Decision = next(o);
      if (owner !== ownership.me) {
        const unclean = owner !== undefined;
        if (decision.do === 'rest' && (!unclean || !o.served)) {
          drop(key, session);
          return;
        }
        // Without a sure lease nothing is claimed: others would see a dead owner.
        const waitMs = ownership.mayWrite() ? untilTurn(key, session) : 250;
        if (waitMs > 0) {
          later(session, waitMs);
          return;
        }
        // A clean, unowned app is claimed by the transition itself; everything else needs to own it first.
        if (o.served && (unclean || decision.do !== 'commit')) decision = { do: 'claim', takeOver: unclean };
      }
      measuring.follow(key, session, o);
      counts.decisions++;
      log.debug('decision', {
        app: key,
        do: decision.do,
        ...('name' in decision ? { name: decision.name } : {}),
        ...('why' in decision ? { why: decision.why } : {}),
      });
      const goOn = await deeds.execute(key, session, o, decision);
      deps.learn(session.app);
      if (!goOn) return;
    }
    log.error('an app does not come to rest', { app: key });
    later(session, 5000);
  }

  /** A cluster whose objects carry a higher epoch than the store: the store was restored from an old backup, or we are fenced. */
  async function behindCluster(key: string, session: Session, o: Observed): Promise<boolean> {
    const ours = o.world.objects.map(marksOf).filter(({ installation }) => installation === o.installation);
    const highest = Math.max(0, ...ours.map(({ epoch = 0 }) => epoch));
    if (highest <= o.app.epoch) {
      alarms.delete(key);
      return false;
    }
    await load(session);
    if (highest <= session.app.value.epoch) return false;
    const message = `STORE_BEHIND_CLUSTER: objects of ${key} carry epoch ${String(highest)}, the store knows ${String(session.app.value.epoch)}`;
    if (!alarms.has(key)) log.error(message);
    // Readiness is for everybody to read, the names of apps are not.
    alarms.set(key, 'STORE_BEHIND_CLUSTER: objects of an app carry a higher epoch than the store knows; the log names it');
    later(session, 5000);
    return true;
  }

  return {
    run,
    alarms: () => [...new Set(alarms.values())],
    health: key => sessions.get(key)?.health ?? new Map<string, HealthResult>(),
    async close() {
      for (const [key, session] of sessions) measuring.stop(key, session);
      await Promise.all(
        [...sessions.values()].map(async session => {
          session.cancelTimer?.();
          // The next owner has to set the fence: we did not, or sent something of which nobody knows whether it will still arrive.
          if (session.unfenced || [...session.refusals.values()].some(({ answered }) => !answered)) return;
          for (let attempt = 0; attempt < 3; attempt++) {
            const app = await repository.app(session.namespace, session.name);
            if (app.value.owner !== ownership.me) return;
            const { owner: _mine, ...released } = app.value;
            if (await repository.commit({ before: app, app: released, records: [] })) return;
          }
        }),
      ).catch((error: unknown) => log.warn('an app could not be released; its lease will end', { error }));
      sessions.clear();
    },
  };
}
