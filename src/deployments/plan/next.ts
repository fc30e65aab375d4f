/**
 * The decision: given an app, its at most two running deployments, the head of its queue and what stands in the cluster, what is the one next thing to do?
 * Pure and total; PROTOCOL sections 4 to 7 are its specification. Called again after every deed.
 */

import { cleaningUp } from './clean-up.ts';
import { candidateNext } from './candidate.ts';
import type { Decision } from './decision.ts';
import { firstStage } from './difference.ts';
import { unmade } from './fitness.ts';
import { notServed } from './not-served.ts';
import type { Observed } from './observed.ts';
import { predecessorNext } from './predecessor.ts';
import { refusedUntil, removeNext } from './removing.ts';
import { start } from './start.ts';
import { switchNext } from './switch.ts';
import { undeployNext } from './undeploy.ts';
import { otherOf, servingOf } from './wanted.ts';
import type { Deployment } from '../record.ts';

/** Repairs of what others changed, after which we slow down to one a minute. */
export const repairBurst = 5;
export const repairWindowMs = 10 * 60_000;
const repairPauseMs = 60_000;

export function next(o: Observed): Decision {
  const decision = decide(o);
  if (decision.do !== 'wait') return decision;
  const repair = o.app.intent ? undefined : repairNext(o);
  if (repair?.do !== 'wait' || repair.until === undefined) return decision;
  return { ...decision, until: Math.min(decision.until ?? repair.until, repair.until) };
}

function decide(o: Observed): Decision {
  if (!o.served) return notServed(o);
  if (o.facts.namespaceGone && (o.app.serving !== undefined || o.app.other !== undefined)) return abandon(o);
  if (o.app.intent) return switchNext(o, o.app.intent);

  const repair = repairNext(o);
  // While a repair has to wait, the app's other work goes on.
  if (repair && repair.do !== 'wait') return repair;

  const other = otherOf(o);
  const undeploy = undeployNext(o);
  if (undeploy)
    return (undeploy.do === 'wait' && other?.status === 'DEPLOYING' && besideUndeployment(o, other, undeploy.until)) || undeploy;

  if (other?.phase === 'cleaning-up') return cleaningUp(o, other);
  const head = o.app.queue[0] === undefined ? undefined : o.records.get(o.app.queue[0]);
  if (other) return other.status === 'DEPLOYING' ? candidateNext(o, other) : predecessorNext(o, other, head);
  if (head) return start(o, head);
  return settled(o, repair);
}

/** While an undeployment is held up, the candidate beside it goes on and may be given up; its switch has to wait. */
function besideUndeployment(o: Observed, candidate: Deployment, until: number | undefined): Decision | undefined {
  const decision = candidate.phase === 'cleaning-up' ? cleaningUp(o, candidate) : candidateNext(o, candidate);
  if (decision.do === 'inspect' || (decision.do === 'commit' && decision.name === 'intent')) return undefined;
  if (decision.do !== 'wait') return decision;
  const times = [decision.until, until].filter(time => time !== undefined);
  const { until: _, ...rest } = decision;
  return times.length > 0 ? { ...rest, until: Math.min(...times) } : rest;
}

/** What others did to the objects of the version that serves is put back before anything else; `wait` = not now. It never skips a check. */
function repairNext(o: Observed): Decision | undefined {
  const serving = servingOf(o);
  if (!serving || serving.status === 'UNDEPLOYING') return undefined;
  const grow = unmade(o, serving);
  if (grow.length === 0) return undefined;
  const refusal = o.facts.refusals.get(serving.id);
  const refused = refusal && (refusal.final ? refusedUntil(o, serving.id) : refusal.retryAt);
  if (refusal && refused !== undefined && (o.now === undefined || o.now < refused))
    return { do: 'wait', why: refusal.reason.message, until: refused };
  const recent = o.now === undefined ? [] : o.facts.repairs.filter(time => time > (o.now ?? 0) - repairWindowMs);
  const last = recent.at(-1);
  if (recent.length >= repairBurst && last !== undefined && o.now !== undefined && o.now < last + repairPauseMs) {
    return { do: 'wait', why: 'others undo every repair: one a minute from now on', until: last + repairPauseMs };
  }
  return { do: 'change', changes: firstStage(grow), repair: true };
}

/** Sweeps what nobody wants, then lets go of the app. */
function settled(o: Observed, repair: Decision | undefined): Decision {
  const sweep = removeNext(o, { dropShared: true }, 'waiting until what nobody needs is gone') ?? repair;
  if (sweep) return sweep;
  return o.app.owner === o.me ? { do: 'commit', name: 'settle', app: {}, records: [], release: true } : { do: 'rest' };
}

/** The namespace is gone or going: nothing is repaired, nothing comes back. */
function abandon(o: Observed): Decision {
  const reason = { code: 'NAMESPACE_GONE', message: `there is no namespace ${o.app.namespace}, or it is being deleted` } as const;
  const settledAt = o.now === undefined ? new Date(0).toISOString() : new Date(o.now).toISOString();
  const ids = [...new Set([o.app.serving, o.app.other])].filter((id): id is string => id !== undefined);
  const records = ids.flatMap(id => {
    const d = o.records.get(id);
    if (!d) return [];
    const status = d.status === 'DEPLOYING' ? 'FAILURE' : d.status === 'FAILURE' ? 'FAILURE' : 'UNDEPLOYED';
    return [
      {
        id,
        set: { status, phase: 'settled', reason, settledAt } as const,
        entries: [{ level: 'error', message: reason.message, phase: 'settled' } as const],
      },
    ];
  });
  return {
    do: 'commit',
    name: 'abandon',
    app: {},
    unset: ['serving', 'other', 'intent', 'uids'],
    records,
    release: o.app.queue.length === 0,
    unclaim: ids,
    remove: ids.filter(id => o.records.get(id)?.wishes.delete),
  };
}
