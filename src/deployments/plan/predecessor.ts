/** draining -> retiring -> settled: the version that was replaced, until nothing of it is left. A rollback meanwhile takes its pods over. */

import type { Deployment } from '../record.ts';
import { isoAt, settleServing } from './clean-up.ts';
import type { Decision, RecordStep } from './decision.ts';
import { drainMs, type Observed } from './observed.ts';
import { healthyPods, podTroubles, wantedPods } from './pods.ts';
import { leftoverEntries, leftoverFields, removeVersion } from './removing.ts';
import { blackoutMs, side } from './side.ts';
import { switchBack } from './switch.ts';
import { noneHealthy } from './timers.ts';
import { servingOf } from './wanted.ts';

/** A waiting deployment cuts the drain to this. */
const hurriedDrainMs = 10_000;

export function predecessorNext(o: Observed, old: Deployment, head: Deployment | undefined): Decision {
  if (old.phase === 'retiring') return retiring(o, old);
  if (head?.rollbackOf !== undefined && head.objectsOf === old.objectsOf) return rollBack(o, old, head);

  const serving = servingOf(o);
  if (serving) {
    const since = o.facts.since.get(noneHealthy(serving.id));
    const verdict = side({
      stage: 'draining',
      fresh: { healthy: healthyPods(o.world, o.facts, serving).length, wanted: wantedPods(o.world, serving) },
      old: { healthy: healthyPods(o.world, o.facts, old).length },
      now: o.now,
      windowEnds: 0,
      deadline: 0,
      noneHealthySince: since,
      mayGoBack: serving.descriptor.autoRollback && serving.movedBack === undefined && serving.rollbackOf === undefined,
    });
    if (verdict === 'back') {
      const message = `none of its pods was healthy for ${String(blackoutMs / 1000)} seconds: ${podTroubles(o.world, o.facts, serving).join('; ')}`;
      return switchBack(o, { from: old.id, to: serving.id, why: 'deploy', at: o.now ?? 0 }, serving, old, {
        code: 'SWITCHED_BACK',
        message,
      });
    }
    const ends = drainEnds(o, old);
    if (ends !== undefined && (o.now === undefined || o.now < ends)) {
      // A blackout that the old version cannot end is looked at again when a pod changes.
      const blackout = since === undefined ? ends : since + blackoutMs;
      const until = o.now === undefined || blackout > o.now ? Math.min(ends, blackout) : ends;
      return { do: 'wait', why: `version ${old.version} drains`, until };
    }
  }
  // Stored before the first object goes: a rollback compares this record, so that it wins or loses the race against the end of the drain cleanly.
  const message = `The drain is over, removing version ${old.version}`;
  return {
    do: 'note',
    records: [{ id: old.id, set: { phase: 'retiring' }, entries: [{ level: 'info', message, phase: 'retiring' }] }],
  };
}

function drainEnds(o: Observed, old: Deployment): number | undefined {
  if (old.wishes.delete || old.drainUntil === undefined) return undefined;
  if (o.app.queue.length === 0) return old.drainUntil;
  const serving = servingOf(o);
  const began = old.drainUntil - (serving ? drainMs(o, serving) : 0);
  return Math.min(old.drainUntil, began + hurriedDrainMs);
}

function retiring(o: Observed, old: Deployment): Decision {
  const { next, leftovers } = removeVersion(o, old, { dropShared: true }, 'waiting until the old version is gone');
  if (next) return next;
  const message = leftovers.length > 0 ? `Version ${old.version} serves no longer` : `Version ${old.version} is removed`;
  const settledAt = isoAt(o);
  const serving = servingOf(o);
  const records: RecordStep[] = [
    {
      id: old.id,
      set: { phase: 'settled', settledAt, ...leftoverFields(leftovers) },
      entries: [...leftoverEntries(leftovers), { level: 'info', message, phase: 'settled' }],
    },
    ...settleServing(o),
  ];
  return {
    do: 'commit',
    name: 'settle',
    app: {},
    unset: ['other'],
    records,
    release: leftovers.length === 0 && o.app.queue.length === 0 && serving?.status !== 'UNDEPLOYING',
    unclaim: [old.id],
    ...(old.wishes.delete ? { remove: [old.id] } : {}),
  };
}

/** No new pods, one switch: the rollback's record takes the old version's objects over. */
function rollBack(o: Observed, old: Deployment, head: Deployment): Decision {
  const now = o.now ?? 0;
  const message = `Rolling back to version ${old.version}, which still runs`;
  return {
    do: 'commit',
    name: 'intent',
    app: {
      queue: o.app.queue.slice(1),
      other: head.id,
      intent: { ...(o.app.serving === undefined ? {} : { from: o.app.serving }), to: head.id, why: 'rollback', at: now },
    },
    records: [
      {
        id: head.id,
        set: { phase: 'switching', replicas: old.replicas ?? old.descriptor.replicas, startedAt: now },
        entries: [{ level: 'info', message, phase: 'switching' }],
      },
      {
        id: old.id,
        set: { phase: 'settled', settledAt: isoAt(o) },
        entries: [{ level: 'info', message: `Deployment ${head.id} took over the pods of this one`, phase: 'settled' }],
      },
    ],
    ...(old.wishes.delete ? { remove: [old.id] } : {}),
  };
}
