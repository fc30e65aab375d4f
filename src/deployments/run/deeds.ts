/** Does what the planner decided: one function per kind of decision. What a deed changes, the next round observes. */

import { refOf, refText } from '../../cluster/objects.ts';
import { keys } from '../../store/keys.ts';
import type { Decision, Transition } from '../plan/decision.ts';
import type { Change } from '../plan/difference.ts';
import type { Observed } from '../plan/observed.ts';
import { sendChange } from './changes.ts';
import { commitNotes, commitTransition } from './commits.ts';
import { discreetly } from '../discretion.ts';
import { gatherEvidence, hidingEnvironment } from './evidence.ts';
import { inspect, readBack } from './looks.ts';
import { noteOutcome, noteRepair, onWhoseBehalf } from './outcomes.ts';
import { say, type Session } from './session.ts';
import { takeOver } from './take-over.ts';
import type { WorkerDeps } from './worker.ts';

/** What the worker lends to a deed. */
export interface Hands {
  look(session: Session): Observed;
  /** Decides again after so many milliseconds, unless something happens before. */
  later(session: Session, ms: number): void;
  /** Forgets the app: nothing more is to be done here. */
  drop(key: string, session: Session): void;
  /** Times of an app's latest repairs outlive its session. */
  rememberRepairs(key: string, times: number[]): void;
}

export interface Deeds {
  /** True = decide again at once. */
  execute(key: string, session: Session, o: Observed, decision: Decision): Promise<boolean>;
  /** Sets the fence after an unclean take-over; the session stays unfenced, also when this throws, until it stands. */
  fence(session: Session): Promise<boolean>;
}

export function createDeeds(deps: WorkerDeps, { look, later, drop, rememberRepairs }: Hands): Deeds {
  const { repository, cluster, view, monitor, ownership, clock, log, counts } = deps;
  const commitDeps = { repository, store: deps.store, me: ownership.me };
  const lookDeps = { cluster, view, monitor, clock, ...(deps.foreignHosts ? { foreignHosts: deps.foreignHosts } : {}) };

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
        if (d) {
          const [own, variables] = [discreetly(d), hidingEnvironment(d, session.environment ?? {})];
          for (const line of await gatherEvidence(cluster, o, d, text => own(variables(deps.secrets.hide(text)))))
            say(session, clock.now(), d.id, 'warn', line);
        }
        return commit(key, session, o, decision.then);
      }
      case 'change':
        return change(key, session, o, decision.changes, decision.repair);
      case 'inspect':
        await inspect(lookDeps, session, () => look(session), decision.deployment);
        return true;
      case 'read-back': {
        if (await readBack(lookDeps, session, o, decision, () => cluster.time())) return true;
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

  async function fence(session: Session): Promise<boolean> {
    if (!(await takeOver(changeDeps(), session))) return false;
    session.unfenced = false;
    return true;
  }

  async function commit(key: string, session: Session, o: Observed, transition: Transition): Promise<boolean> {
    const done = await commitTransition(commitDeps, session, o, transition);
    if (!done) return true;
    session.refusals.clear();
    session.failures = 0;
    if (transition.name === 'intent') session.readBack = undefined;
    if (transition.name === 'abandon') session.namespaceGone = false;
    if (transition.release && session.app.value.queue.length === 0) {
      drop(key, session);
      return false;
    }
    return true;
  }

  /** Only what the cluster took is a repair: what it refused was not undone by anybody. */
  function tellRepair(key: string, session: Session, o: Observed, done: Change[]): void {
    if (done.length === 0) return;
    counts.repairs++;
    const alarm = noteRepair(session, o, done, clock.now());
    rememberRepairs(key, session.repairs);
    log[alarm ? 'error' : 'warn'](alarm ? 'repair, and others undo every one: once a minute from now on' : 'repair', {
      app: key,
      objects: done.map(one => refText(refOf(one.object))),
    });
  }

  async function change(key: string, session: Session, o: Observed, changes: Change[], repair: boolean): Promise<boolean> {
    if (!ownership.mayWrite()) {
      later(session, 250);
      return false;
    }
    const results = await Promise.all(
      changes.map(async one => ({
        change: one,
        outcome: await sendChange(changeDeps(), session, one),
      })),
    );
    if (repair)
      tellRepair(
        key,
        session,
        o,
        results.filter(({ outcome }) => outcome.result === 'done').map(one => one.change),
      );
    let delay: number | undefined;
    const refused = new Set<string>();
    for (const { change: one, outcome } of results) {
      const wait = noteOutcome(session, o, { change: one, outcome, repair, nowMs: clock.now() });
      if (outcome.result === 'fenced') {
        drop(key, session);
        return false;
      }
      if (outcome.result === 'refused') refused.add(onWhoseBehalf(one));
      if (wait !== undefined) delay = Math.max(delay ?? 0, wait);
    }
    for (const one of changes) if (!refused.has(onWhoseBehalf(one))) session.refusals.delete(onWhoseBehalf(one));
    if (refused.size === 0) session.failures = 0;
    session.outdated = results.every(({ outcome }) => outcome.result === 'again') ? session.outdated + 1 : 0;
    // Our copy of the cluster is behind, and reading again does not help: its watch has to catch up.
    if (session.outdated > 3) delay = Math.max(delay ?? 0, 200);
    if (delay === undefined) return true;
    later(session, delay);
    return false;
  }

  return { execute, fence };
}
