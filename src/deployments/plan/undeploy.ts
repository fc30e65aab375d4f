/** Undeploying the version that serves: traffic objects first, then its pods; a predecessor goes too, a candidate goes on. */

import { isoAt } from './clean-up.ts';
import { candidateNext } from './candidate.ts';
import type { Decision } from './decision.ts';
import { difference } from './difference.ts';
import type { Observed } from './observed.ts';
import { leftoverEntries, leftoverFields, removeVersion } from './removing.ts';
import type { Deployment } from '../record.ts';
import { otherOf, servingOf } from './wanted.ts';

export function undeployNext(o: Observed): Decision | undefined {
  const serving = servingOf(o);
  if (serving?.status !== 'UNDEPLOYING') return undefined;
  const other = otherOf(o);
  if (other?.status === 'UNDEPLOYED' && other.phase === 'draining') {
    const entries = [{ level: 'info', message: 'The drain ends: the app is being undeployed', phase: 'retiring' } as const];
    return { do: 'note', records: [{ id: other.id, set: { phase: 'retiring' }, entries }] };
  }
  // A candidate's Service that somebody made select every version would hold this version's pods for ever.
  if (other?.status === 'DEPLOYING' && wasChangedByOthers(o, other)) return candidateNext(o, other);
  const { next, leftovers } = removeVersion(o, serving, { dropShared: other?.status !== 'DEPLOYING' }, 'waiting until the version is gone');
  if (next) return next;
  const settledAt = isoAt(o);
  const reason = { code: 'UNDEPLOYED', message: 'undeployed on request' } as const;
  const gone = other && other.phase === 'retiring' ? [other] : [];
  return {
    do: 'commit',
    name: 'settle',
    app: {},
    unset: gone.length > 0 ? ['serving', 'other', 'uids'] : ['serving', 'uids'],
    records: [
      {
        id: serving.id,
        set: { status: 'UNDEPLOYED', phase: 'settled', reason, settledAt, ...leftoverFields(leftovers) },
        entries: [...leftoverEntries(leftovers), { level: 'info', message: `Deployment ${serving.id} undeployed.`, phase: 'settled' }],
      },
      ...gone.map(d => ({
        id: d.id,
        set: { phase: 'settled', settledAt } as const,
        entries: [{ level: 'info', message: `Version ${d.version} is removed`, phase: 'settled' } as const],
      })),
    ],
    release: leftovers.length === 0 && o.app.queue.length === 0 && (!other || gone.length > 0),
    unclaim: [serving.id, ...gone.map(d => d.id)],
    remove: [serving, ...gone].filter(d => d.wishes.delete).map(d => d.id),
  };
}

const wasChangedByOthers = (o: Observed, d: Deployment): boolean =>
  difference(o, { dropShared: false }).changes.some(({ change }) => change.type === 'update' && change.deployment === d.id);
