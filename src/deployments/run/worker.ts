/** One run of one app: load, observe, decide, do; until there is nothing to do but wait. The deeds are in changes, commits, looks and take-over. */

import { marksOf } from '../../cluster/manifests/index.ts';
import { ClusterError, type Cluster } from '../../cluster/cluster.ts';
import { refOf, refText } from '../../cluster/objects.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { keys } from '../../store/keys.ts';
import { StoreError, type Store } from '../../store/store.ts';
import type { Monitor } from '../health/monitor.ts';
import type { ProxyProbe } from '../health/proxy-probe.ts';
import type { Decision, Transition } from '../plan/decision.ts';
import type { Change } from '../plan/difference.ts';
import { next } from '../plan/next.ts';
import type { Observed } from '../plan/observed.ts';
import type { App } from '../record.ts';
import type { Repository, Versioned } from '../repository.ts';
import { sendChange } from './changes.ts';
import { commitNotes, commitTransition } from './commits.ts';
import { gatherEvidence, secretsOf } from './evidence.ts';
import { inspect, readBack, type ForeignHosts } from './looks.ts';
import { hostToAsk, observe, podsToCheck } from './observe.ts';
import type { Ownership } from './ownership.ts';
import { noteOutcome, noteRepair, retryDelay } from './outcomes.ts';
import { newSession, say, type Session } from './session.ts';
import type { EngineSettings } from './settings.ts';
import { takeOver } from './take-over.ts';
import type { View } from './view.ts';

export interface WorkerDeps {
  foreignHosts?: ForeignHosts;
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
  installation: () => string;
  /** The newest that the store's watch has told of an app. */
  known: (key: string) => Versioned<App> | undefined;
}

export interface Worker {
  run(key: string): Promise<void>;
  alarms(): string[];
  /** Releases every app that this replica owns. */
  close(): Promise<void>;
}

/** More decisions in one run than any deployment needs: something turns in circles. */
const decisionLimit = 200;

export function createWorker(deps: WorkerDeps): Worker {
  const { repository, cluster, view, monitor, probe, ownership, clock, log, settings, counts } = deps;
  const sessions = new Map<string, Session>();
  const alarms = new Map<string, string>();
  /** Times of the latest repairs by app; they outlive sessions, since a repaired app rests again at once. */
  const repairs = new Map<string, number[]>();
  const commitDeps = { repository, me: ownership.me };
  const time = () => cluster.time();

  const look = (session: Session): Observed =>
    observe({ view, installation: deps.installation(), me: ownership.me, settings, time }, session);

  async function readEnvironment(): Promise<Record<string, string>> {
    const { entries } = await deps.store.range(keys.environment);
    return Object.fromEntries(entries.map(entry => [entry.key.slice(keys.environment.length), entry.value]));
  }

  async function load(session: Session): Promise<void> {
    session.term = ownership.term;
    session.app = await repository.app(session.namespace, session.name);
    const { serving, other, queue } = session.app.value;
    const ids = [...new Set([serving, other, queue[0]])].filter((id): id is string => id !== undefined);
    const found = await Promise.all(ids.map(id => repository.deployment(session.namespace, id)));
    session.records = new Map(found.flatMap(record => (record ? [[record.value.id, record] as const] : [])));
    // A deployment that has started keeps the environment it started with.
    if (other === undefined || !session.environment) session.environment = await readEnvironment();
    session.stale = false;
  }

  function drop(key: string, session: Session): void {
    session.cancelTimer?.();
    monitor.track(key, [], () => undefined);
    stopProbes(session);
    sessions.delete(key);
  }

  function stopProbes(session: Session, except?: string): void {
    for (const [key, controller] of session.probes) {
      if (key === except) continue;
      controller.abort();
      session.probes.delete(key);
    }
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
      log.warn('an app waits for its store or cluster', { app: key, code: error.code, message: error.message });
      later(session, retryDelay(session));
    }
  }

  function later(session: Session, ms: number): void {
    session.cancelTimer?.();
    session.cancelTimer = clock.after(ms, () => deps.wake(session.namespace, session.name));
  }

  async function decide(key: string, session: Session): Promise<void> {
    for (let round = 0; round < decisionLimit; round++) {
      // A lease that was lost and replaced: others may have owned the app in between.
      if (session.stale || session.term !== ownership.term) await load(session);
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
        if (!(await fence(session))) {
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
        if (decision.do === 'rest' && !unclean) {
          drop(key, session);
          return;
        }
        // A clean, unowned app is claimed by the transition itself; everything else needs to own it first.
        if (unclean || decision.do !== 'commit') decision = { do: 'claim', takeOver: unclean };
      }
      watchOver(key, session, o);
      counts.decisions++;
      log.debug('decision', {
        app: key,
        do: decision.do,
        ...('name' in decision ? { name: decision.name } : {}),
        ...('why' in decision ? { why: decision.why } : {}),
      });
      const goOn = await execute(key, session, o, decision);
      if (!goOn) return;
    }
    log.error('an app does not come to rest', { app: key });
    later(session, 5000);
  }

  /** A cluster whose objects carry a higher epoch than the store: the store was restored from an old backup, or we are fenced. */
  async function behindCluster(key: string, session: Session, o: Observed): Promise<boolean> {
    const highest = Math.max(
      0,
      ...o.world.objects.filter(object => marksOf(object).installation === o.installation).map(object => marksOf(object).epoch ?? 0),
    );
    if (highest <= o.app.epoch) {
      alarms.delete(key);
      return false;
    }
    await load(session);
    if (highest <= session.app.value.epoch) return false;
    const message = `STORE_BEHIND_CLUSTER: objects of ${key} carry epoch ${String(highest)}, the store knows ${String(session.app.value.epoch)}`;
    if (!alarms.has(key)) log.error(message);
    alarms.set(key, message);
    later(session, 5000);
    return true;
  }

  /** Starts and stops what must be measured for the next decisions. */
  function watchOver(app: string, session: Session, o: Observed): void {
    monitor.track(app, podsToCheck(o), (uid, result, changed) => {
      session.health.set(uid, result);
      if (changed) deps.wake(session.namespace, session.name);
    });
    const asked = hostToAsk(o, session);
    const key = asked && `${asked.deployment.id}/${asked.host}`;
    stopProbes(session, key);
    if (!asked || key === undefined || !probe || session.probes.has(key)) return;
    const controller = new AbortController();
    session.probes.set(key, controller);
    void probe.loaded(asked.host, controller.signal).then(loaded => {
      if (session.probes.get(key) === controller) session.probes.delete(key);
      if (!loaded) return;
      asked.loaded.add(asked.deployment.id);
      deps.wake(session.namespace, session.name);
    });
  }

  /** True = decide again at once. */
  async function execute(key: string, session: Session, o: Observed, decision: Decision): Promise<boolean> {
    switch (decision.do) {
      case 'rest':
        drop(key, session);
        return false;
      case 'wait':
        return wait(session, o, decision.until);
      case 'claim':
        return claim(session, decision.takeOver);
      case 'note':
        await commitNotes(commitDeps, session, o, decision.records);
        return true;
      case 'commit':
        return commit(key, session, o, decision);
      case 'explain': {
        const d = o.records.get(decision.deployment);
        if (d)
          for (const line of await gatherEvidence(cluster, o, d, secretsOf(d, session.environment ?? {})))
            say(session, clock.now(), d.id, 'warn', line);
        return commit(key, session, o, decision.then);
      }
      case 'change':
        return change(key, session, o, decision.changes, decision.repair);
      case 'inspect':
        await inspect(
          { cluster, view, monitor, clock, ...(deps.foreignHosts ? { foreignHosts: deps.foreignHosts } : {}) },
          session,
          () => look(session),
          decision.deployment,
        );
        return true;
      case 'read-back': {
        if (await readBack({ cluster, view, monitor, clock }, session, o, decision, time)) return true;
        later(session, Math.max(20, (session.readBackDue ?? 0) - clock.monotonic()));
        return false;
      }
    }
  }

  async function wait(session: Session, o: Observed, until: number | undefined): Promise<boolean> {
    if (session.lines.size > 0 && !(await commitNotes(commitDeps, session, o, []))) return true;
    // Deadlines are on the API server's clock; a minute is the longest we trust our copy of it.
    if (until !== undefined) later(session, o.now === undefined ? 1000 : Math.min(Math.max(until - o.now, 5), 60_000));
    return false;
  }

  async function claim(session: Session, unclean: boolean): Promise<boolean> {
    const { value: app } = session.app;
    const compare = unclean && app.owner !== undefined ? [{ key: keys.replica(app.owner), revision: 0 }] : [];
    const committed = await repository.commit({
      before: session.app,
      app: { ...app, owner: ownership.me, epoch: app.epoch + 1 },
      records: [],
      compare,
    });
    if (!committed) {
      session.stale = true;
      // Somebody was faster, or we have not heard yet that the owner lives.
      later(session, 50);
      return false;
    }
    session.app = committed.app;
    session.unfenced = unclean;
    if (!unclean) return true;
    log.info('taking over an app', { app: `${app.namespace}/${app.name}`, from: app.owner, epoch: app.epoch + 1 });
    for (const id of new Set([app.other, app.intent?.to]))
      if (id !== undefined) say(session, clock.now(), id, 'warn', 'The work on this deployment was interrupted and goes on');
    return true;
  }

  const changeDeps = () => ({
    cluster,
    view,
    installation: deps.installation(),
    requestTimeoutMs: ownership.requestTimeoutMs,
    mayWrite: () => ownership.mayWrite(),
  });

  /** Sets the fence after an unclean take-over; the session stays unfenced, also when this throws, until it stands. */
  async function fence(session: Session): Promise<boolean> {
    if (!(await takeOver(changeDeps(), session))) return false;
    session.unfenced = false;
    return true;
  }

  async function commit(key: string, session: Session, o: Observed, transition: Transition): Promise<boolean> {
    const done = await commitTransition(commitDeps, session, o, transition);
    if (!done) return true;
    session.refusal = undefined;
    session.failures = 0;
    if (transition.name === 'intent') session.readBack = undefined;
    if (transition.name === 'abandon') session.namespaceGone = false;
    if (transition.release && session.app.value.queue.length === 0) {
      drop(key, session);
      return false;
    }
    return true;
  }

  async function change(key: string, session: Session, o: Observed, changes: Change[], repair: boolean): Promise<boolean> {
    if (!ownership.mayWrite()) {
      later(session, 250);
      return false;
    }
    if (repair) {
      counts.repairs++;
      noteRepair(session, o, changes, clock.now());
      repairs.set(key, session.repairs);
      log.warn('repair', { app: key, objects: changes.map(one => refText(refOf(one.object))) });
    }
    const results = await Promise.all(
      changes.map(async one => ({
        change: one,
        outcome: await sendChange(changeDeps(), session, one),
      })),
    );
    let delay: number | undefined;
    let refused = false;
    for (const { change: one, outcome } of results) {
      const wait = noteOutcome(session, o, { change: one, outcome, repair, nowMs: clock.now() });
      if (outcome.result === 'fenced') {
        drop(key, session);
        return false;
      }
      if (outcome.result === 'refused') refused = true;
      if (wait !== undefined) delay = Math.max(delay ?? 0, wait);
    }
    if (!refused) {
      session.refusal = undefined;
      session.failures = 0;
    }
    session.outdated = results.every(({ outcome }) => outcome.result === 'again') ? session.outdated + 1 : 0;
    // Our copy of the cluster is behind, and reading again does not help: its watch has to catch up.
    if (session.outdated > 3) delay = Math.max(delay ?? 0, 200);
    if (delay === undefined) return true;
    later(session, delay);
    return false;
  }

  return {
    run,
    alarms: () => [...alarms.values()],
    async close() {
      for (const session of sessions.values()) stopProbes(session);
      await Promise.all(
        [...sessions.values()].map(async session => {
          session.cancelTimer?.();
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
