/** Turns a planned transition into one store transaction, with everything that belongs to it: owner, log lines, health data, claims. */

import { hostsOf, namesOf } from '../../cluster/manifests/index.ts';
import { keys } from '../../store/keys.ts';
import type { Compare, Store, Write } from '../../store/store.ts';
import type { RecordStep, Transition } from '../plan/decision.ts';
import { isOurs, keyOf } from '../plan/difference.ts';
import type { Observed } from '../plan/observed.ts';
import { checksHealth, podsOf } from '../plan/pods.ts';
import { trafficTarget, wanted } from '../plan/wanted.ts';
import type { App, Deployment, HealthDatum } from '../record.ts';
import { lostHosts, releasable } from '../claims.ts';
import type { RecordChange, Repository } from '../repository.ts';
import type { Session } from './session.ts';

function changed<T extends object>(value: T, set: Partial<T>, unset: (keyof T)[] = []): T {
  const result = { ...value, ...set };
  for (const field of unset) delete result[field];
  return result;
}

function recordChanges(session: Session, o: Observed, steps: RecordStep[], withHealth: boolean): RecordChange[] {
  const result: RecordChange[] = [];
  const ids = new Set([...steps.map(step => step.id), ...session.lines.keys()]);
  for (const id of ids) {
    const before = session.records.get(id);
    if (!before) continue;
    const step = steps.find(candidate => candidate.id === id);
    const after = step ? changed(before.value, step.set, step.unset) : before.value;
    const entries = [...(session.lines.get(id) ?? []), ...(step?.entries ?? [])];
    const health = withHealth && step ? healthData(o, after) : undefined;
    if (!step && entries.length === 0) continue;
    result.push({ before, after, entries, ...(health ? { health } : {}) });
  }
  return result;
}

function healthData(o: Observed, d: Deployment): HealthDatum[] | undefined {
  if (!checksHealth(d)) return undefined;
  const data = podsOf(o.world, d).flatMap(pod => {
    const result = o.facts.health.get(pod.metadata.uid ?? '');
    return result ? [{ podName: pod.metadata.name, value: result.value, healthy: result.healthy, checkedAt: result.checkedAt }] : [];
  });
  return data.length > 0 ? data : undefined;
}

/** uids of everything that the serving version needs, so that it is known as ours when its marks are stripped. */
function uidsOf(o: Observed): Record<string, string> {
  const target = trafficTarget(o);
  const needed = new Set(
    wanted(o)
      .filter(goal => goal.deployment.id === target?.id)
      .map(goal => keyOf(goal.object)),
  );
  return Object.fromEntries(
    o.world.objects
      .filter(object => needed.has(keyOf(object)) && isOurs(o, object))
      .map(object => [keyOf(object), object.metadata.uid ?? '']),
  );
}

/** Claims that nobody of the app needs any more when `gone` are gone. */
async function unclaims({ repository, store }: CommitDeps, o: Observed, app: App, gone: string[]): Promise<Write[]> {
  if (gone.length === 0) return [];
  const missing = app.queue.filter(id => !o.records.has(id));
  const waiting = await Promise.all(missing.map(id => repository.deployment(app.namespace, id)));
  const records = [...o.records.values(), ...waiting.flatMap(record => record?.value ?? [])];
  const leaving = records.filter(d => gone.includes(d.id));
  const staying = records.filter(d => !gone.includes(d.id) && (d.id === app.serving || d.id === app.other || app.queue.includes(d.id)));
  const { hosts, names } = releasable({ hostsOf, namesOf }, leaving, staying);
  // One that was lost belongs to somebody else by now.
  const lost = new Set((await lostHosts(store, hosts, { namespace: app.namespace, appName: app.name })).map(({ host }) => host));
  return [...hosts.filter(host => !lost.has(host)).map(keys.hostClaim), ...names.map(name => keys.nameClaim(app.namespace, name))].map(
    key => ({ delete: key }),
  );
}

export interface CommitDeps {
  repository: Repository;
  store: Store;
  me: string;
}

/** False when something changed in between: the session is stale then. */
export async function commitTransition(deps: CommitDeps, session: Session, o: Observed, transition: Transition): Promise<boolean> {
  const { repository, me } = deps;
  const { value: before } = session.app;
  const app = changed(before, transition.app, transition.unset);
  const release = transition.release === true;
  if (release) delete app.owner;
  else if (before.owner !== me && !transition.aside) Object.assign(app, { owner: me, epoch: before.epoch + 1 });
  if (transition.name === 'end' || (transition.name === 'settle' && app.serving !== undefined))
    app.uids = { ...(transition.name === 'end' ? {} : before.uids), ...uidsOf(o) };
  const removed = new Set(transition.remove ?? []);
  const records = recordChanges(session, o, transition.records, transition.name !== 'start').filter(
    change => !removed.has(change.after.id),
  );
  const remove = [...removed].flatMap(id => session.records.get(id)?.value ?? []);
  const compare: Compare[] = [...removed].flatMap(id => {
    const record = session.records.get(id);
    return record ? [{ key: keys.deployment(session.namespace, id), revision: record.revision }] : [];
  });
  const committed = await repository.commit({
    before: session.app,
    app,
    records,
    remove,
    compare,
    writes: await unclaims(deps, o, app, transition.unclaim ?? []),
  });
  return adopt(session, committed, removed);
}

/** Log lines and the finer phase: compares the app, does not write it. */
export async function commitNotes({ repository }: CommitDeps, session: Session, o: Observed, steps: RecordStep[]): Promise<boolean> {
  const records = recordChanges(session, o, steps, true);
  if (records.length === 0) {
    session.lines.clear();
    return true;
  }
  const committed = await repository.commit({ before: session.app, records });
  return adopt(session, committed, new Set());
}

function adopt(session: Session, committed: Awaited<ReturnType<Repository['commit']>>, removed: Set<string>): boolean {
  if (!committed) {
    session.stale = true;
    return false;
  }
  session.app = committed.app;
  for (const record of committed.records) session.records.set(record.value.id, record);
  for (const id of removed) session.records.delete(id);
  session.lines.clear();
  const { queue, other } = committed.app.value;
  const [head] = queue;
  // The next head of the queue is not at hand yet; or it may start now, with the environment and the hosts of now.
  if (head !== undefined && (other === undefined || !session.records.has(head))) session.stale = true;
  return true;
}
