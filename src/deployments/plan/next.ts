/**
 * The decision: given an app, its at most two running deployments, the head of its queue and what stands in the cluster, what is the one next thing to do?
 * Pure and total; PROTOCOL sections 4 to 7 are its specification. Called again after every deed.
 */

import { cleaningUp } from './clean-up.ts';
import { candidateNext } from './candidate.ts';
import type { Decision } from './decision.ts';
import { difference, firstStage, growthOf } from './difference.ts';
import type { Observed } from './observed.ts';
import { predecessorNext } from './predecessor.ts';
import { start } from './start.ts';
import { switchNext } from './switch.ts';
import { undeployNext } from './undeploy.ts';
import { otherOf, servingOf } from './wanted.ts';

/** Repairs of what others changed, after which we slow down to one a minute. */
const repairBurst = 5;
const repairWindowMs = 10 * 60_000;
const repairPauseMs = 60_000;

export function next(o: Observed): Decision {
  if (o.facts.namespaceGone && (o.app.serving !== undefined || o.app.other !== undefined)) return abandon(o);
  if (o.app.intent) return switchNext(o, o.app.intent);

  const repair = repairNext(o);
  if (repair) return repair;

  const undeploy = undeployNext(o);
  if (undeploy) return undeploy;

  const other = otherOf(o);
  if (other?.phase === 'cleaning-up') return cleaningUp(o, other);
  const head = o.app.queue[0] === undefined ? undefined : o.records.get(o.app.queue[0]);
  if (other) return other.status === 'DEPLOYING' ? candidateNext(o, other) : predecessorNext(o, other, head);
  if (head) return start(o, head);
  return settled(o);
}

/** What others did to the objects of the version that serves is put back before anything else. It never skips a check. */
function repairNext(o: Observed): Decision | undefined {
  const serving = servingOf(o);
  if (!serving || serving.status === 'UNDEPLOYING') return undefined;
  const grow = growthOf(difference(o, { dropShared: false }).changes).filter(
    ({ change }) => 'deployment' in change && change.deployment === serving.id,
  );
  if (grow.length === 0) return undefined;
  const refusal = o.facts.refusal;
  if (refusal?.deployment === serving.id && refusal.final && o.now !== undefined) return undefined;
  const recent = o.now === undefined ? [] : o.facts.repairs.filter(time => time > (o.now ?? 0) - repairWindowMs);
  const last = recent.at(-1);
  if (recent.length >= repairBurst && last !== undefined && o.now !== undefined && o.now < last + repairPauseMs) {
    // The app's other work goes on meanwhile.
    return undefined;
  }
  return { do: 'change', changes: firstStage(grow), repair: true };
}

/** Sweeps what nobody wants, then lets go of the app. */
function settled(o: Observed): Decision {
  const { changes, remaining } = difference(o, { dropShared: true });
  if (changes.length > 0) return { do: 'change', changes: firstStage(changes), repair: false };
  if (remaining.length > 0)
    return { do: 'wait', why: `waiting until ${remaining.map(object => `${object.kind} ${object.metadata.name}`).join(', ')} is gone` };
  const refusal = o.facts.refusal;
  if (refusal && o.now !== undefined) return { do: 'wait', why: refusal.reason.message, until: o.now + repairPauseMs };
  return o.app.owner === o.me ? { do: 'commit', name: 'settle', app: {}, records: [], release: true } : { do: 'rest' };
}

/** The namespace is gone or going: nothing is repaired, nothing comes back. */
function abandon(o: Observed): Decision {
  const reason = { code: 'NAMESPACE_GONE', message: `namespace ${o.app.namespace} is gone or being deleted` } as const;
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
  };
}
