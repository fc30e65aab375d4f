/** What became of the changes that were sent: remembered for the next decision, and told in the deployment's log. */

import { refOf, refText } from '../../cluster/objects.ts';
import { createBackoff } from '../../lib/backoff.ts';
import type { Change } from '../plan/difference.ts';
import { repairBurst, repairWindowMs } from '../plan/next.ts';
import { nobody, type Observed } from '../plan/observed.ts';
import type { Result } from './changes.ts';
import { say, type Session } from './session.ts';

export const onWhoseBehalf = (change: Change): string => ('deployment' in change ? change.deployment : nobody);

const verbs = { create: 'Created', update: 'Changed', empty: 'Scaled down', remove: 'Removed' } as const;
const repairsKept = 10;

/** ms until a call that was not answered is tried again; longer with every failure in a row. */
export function retryDelay(session: Session): number {
  const backoff = createBackoff({ baseMs: 100, capMs: 5000 });
  let delay = 0;
  for (let attempt = 0; attempt < Math.min(session.failures, 8); attempt++) delay = backoff.next();
  return delay;
}

/** Returns how long to wait, ms, or undefined to go on: after a first final refusal the planner decides what it means. */
export function noteOutcome(
  session: Session,
  o: Observed,
  { change, outcome, repair, nowMs }: { change: Change; outcome: Result; repair: boolean; nowMs: number },
): number | undefined {
  const what = refText(refOf(change.object));
  const deployment = 'deployment' in change ? change.deployment : (o.app.other ?? o.app.serving ?? '');
  switch (outcome.result) {
    case 'done':
      if (!repair && o.records.has(deployment)) say(session, nowMs, deployment, 'info', `${verbs[change.type]} ${what}`);
      return undefined;
    case 'again':
    case 'fenced':
      return undefined;
    case 'namespace-gone':
      session.namespaceGone = true;
      return undefined;
    case 'refused': {
      const { reason, final, answered, retryAfterMs } = outcome;
      const onBehalf = onWhoseBehalf(change);
      const last = session.refusals.get(onBehalf);
      const repeated = last?.final === true && o.facts.refusals.get(onBehalf)?.final === true;
      const before = last?.object === what ? last : undefined;
      session.failures++;
      const [at, delay] = [o.now ?? 0, retryAfterMs ?? retryDelay(session)];
      session.refusals.set(onBehalf, { object: what, reason, final, answered, since: before?.since ?? at, at, retryAt: at + delay });
      if (before?.reason.message !== reason.message && o.records.has(deployment)) {
        say(session, nowMs, deployment, final ? 'error' : 'warn', `Refused: ${reason.message}`);
      }
      // The app's other work goes on while a repair has to wait.
      return (final && !repeated) || repair ? undefined : delay;
    }
  }
}

/** Remembers a repair and tells it. True when there were so many that from now on one a minute is done: the operator's alarm. */
export function noteRepair(session: Session, o: Observed, changes: Change[], nowMs: number): boolean {
  const { now } = o;
  if (now !== undefined) session.repairs = [...session.repairs.slice(1 - repairsKept), now];
  const alarm = now !== undefined && session.repairs.filter(time => time > now - repairWindowMs).length >= repairBurst;
  for (const change of changes) {
    const what = refText(refOf(change.object));
    const how = change.type === 'update' ? `changed ${change.fields.join(', ')}` : 'deleted it or took its marks away';
    if (!('deployment' in change)) continue;
    say(session, nowMs, change.deployment, 'warn', `Put back ${what}: somebody else ${how}`);
    if (alarm)
      say(session, nowMs, change.deployment, 'error', 'Others undo every repair: from now on once a minute what they change is put back');
  }
  return alarm;
}
