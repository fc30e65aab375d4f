/** The unfortunate end of a candidate: what it made is removed, then the outcome is told. */

import type { Deployment, Reason, Status } from '../record.ts';
import type { Decision, RecordStep, Transition } from './decision.ts';
import { nobody, type Observed } from './observed.ts';
import { cleanUpMs, leftoverEntries, leftoverFields, namesOf, removeNext } from './removing.ts';
import { servingOf } from './wanted.ts';

/** The cluster's time as RFC 3339; the epoch while the clock is unknown (the store's own times are always right). */
export const isoAt = (o: Observed): string => new Date(o.now ?? 0).toISOString();

/** What a deployment ends as, by the reason it ends for. */
export const outcomeOf = (reason: Reason | undefined): Status =>
  reason?.code === 'CANCELLED' || reason?.code === 'ROLLED_BACK' ? 'UNDEPLOYED' : 'FAILURE';

/** Gives the candidate up. Evidence for the log is gathered first when the pods may have something to say. */
export function cleanUp(o: Observed, d: Deployment, reason: Reason): Decision {
  const wished = outcomeOf(reason) === 'UNDEPLOYED';
  const then: Transition = {
    do: 'commit',
    name: 'clean-up',
    app: {},
    records: [
      {
        id: d.id,
        set: { phase: 'cleaning-up', reason, ...(o.now === undefined ? {} : { cleanUpBy: o.now + cleanUpMs }) },
        entries: [
          {
            level: wished ? 'info' : 'error',
            message: wished ? `Deployment stopped: ${reason.message}` : `Deployment failed! ${reason.message}`,
            phase: 'cleaning-up',
          },
          { level: 'info', message: 'Cleaning up resources created by deployment', phase: 'cleaning-up' },
        ],
      },
    ],
  };
  return wished ? then : { do: 'explain', deployment: d.id, then };
}

/** Removes what the candidate made; when nothing is left, or patience ends, tells the outcome. */
export function cleaningUp(o: Observed, d: Deployment): Decision {
  // Traffic has just left it: what proxies still send it is answered.
  if (o.now !== undefined && d.drainUntil !== undefined && o.now < d.drainUntil)
    return { do: 'wait', why: `version ${d.version} answers what proxies still send it`, until: d.drainUntil };
  const tooLong = o.now !== undefined && d.cleanUpBy !== undefined && o.now >= d.cleanUpBy;
  const removal = removeNext(o, { dropShared: true }, 'waiting until the removed objects are gone', d.cleanUpBy);
  // Patience ends with the cluster's refusals, not with a time in which nobody worked: what was never tried is tried.
  if (removal && (!tooLong || (removal.do === 'change' && !o.facts.refusals.has(nobody)))) return removal;
  const leftovers = namesOf(o, { dropShared: true });
  const status = d.status === 'FAILURE' ? 'FAILURE' : outcomeOf(d.reason);
  const [cleaned = { level: 'info', message: 'Clean-up finished', phase: 'settled' } as const] = leftoverEntries(leftovers);
  return {
    do: 'commit',
    name: 'settle',
    app: {},
    unset: ['other'],
    records: [
      {
        id: d.id,
        set: { status, phase: 'settled', settledAt: isoAt(o), ...leftoverFields(leftovers) },
        entries: [
          cleaned,
          {
            level: status === 'FAILURE' ? 'error' : 'info',
            message: status === 'FAILURE' ? `Deployment ended: ${d.reason?.message ?? 'failed'}` : 'Deployment cancelled',
            phase: 'settled',
          },
        ],
      },
      ...settleServing(o),
    ],
    release: leftovers.length === 0 && o.app.queue.length === 0,
    unclaim: [d.id],
    ...(d.wishes.delete ? { remove: [d.id] } : {}),
  };
}

/** The version that serves alone again, or at last: nothing more will happen to it. */
export function settleServing(o: Observed): RecordStep[] {
  const serving = servingOf(o);
  if (serving?.status !== 'DEPLOYED' || serving.settledAt !== undefined) return [];
  const message = `Deployment ${serving.id} deployed`;
  return [{ id: serving.id, set: { settledAt: isoAt(o) }, entries: [{ level: 'info', message, phase: 'serving' }] }];
}
