/**
 * switching -> confirming -> DEPLOYED, and the way back. From the durable intent on, Service `app` and the Ingress are rendered from `intent.to`: forward and
 * back are the same function with swapped arguments (PROTOCOL section 5).
 */

import { proxiesFollowMs } from '../../cluster/manifests/index.ts';
import type { Deployment, Intent, Phase, Reason } from '../record.ts';
import type { NewEntry } from '../repository.ts';
import { isoAt, outcomeOf } from './clean-up.ts';
import type { Decision, RecordStep, Transition } from './decision.ts';
import { firstStage } from './difference.ts';
import { unmade } from './fitness.ts';
import { confirmMs, drainMs, nobody, timeoutMs, type Observed } from './observed.ts';
import { allHealthy, healthyPods, podTroubles, wantedPods } from './pods.ts';
import { cleanUpMs, leftoverEntries, leftoverFields, removeVersion } from './removing.ts';
import { side } from './side.ts';
import { noneHealthy, switchingTo } from './timers.ts';
import { trafficOf } from './wanted.ts';

/** How long a refusal that might pass is borne before traffic is put back. */
export const refusalPatienceMs = 10_000;

/** What an owner that finds an old intent gives it. */
const latePatienceMs = 15_000;

export function switchNext(o: Observed, intent: Intent): Decision {
  const to = o.records.get(intent.to);
  const from = intent.from === undefined ? undefined : o.records.get(intent.from);
  if (!to) return { do: 'wait', why: `the record of deployment ${intent.to} is missing` };
  const back = intent.why === 'switch-back';
  // The old version's objects have begun to go: there is nothing to go back to.
  const decided = back || from?.phase === 'retiring';

  // An owner that finds an intent decides from an uncached look whether forward is still right.
  if (o.facts.inspected !== to.id && o.facts.readBack?.deployment !== to.id) return { do: 'inspect', deployment: to.id };

  if (!decided && to.wishes.cancel)
    return switchBack(o, intent, to, from, to.reason ?? { code: 'CANCELLED', message: 'cancelled on request' });
  const grow = unmade(o, to);
  // A refusal counts while what was refused is still to be done: a call may fail and be applied all the same.
  const refusal = grow.length > 0 ? o.facts.refusals.get(to.id) : undefined;
  if (!decided && refusal && (refusal.final || (refusal.answered && o.now !== undefined && o.now >= refusal.since + refusalPatienceMs)))
    return switchBack(o, intent, to, from, whyNotSwitched(refusal.reason));
  const moved = trafficHere(o, to);
  if (
    !moved &&
    !decided &&
    from &&
    !allHealthy(o.world, o.facts, to) &&
    healthyPods(o.world, o.facts, from).length >= 1 &&
    healthyPods(o.world, o.facts, to).length === 0
  ) {
    return switchBack(o, intent, to, from, {
      code: 'UNHEALTHY',
      message: `the version lost its health before it had the traffic: ${troubles(o, to)}`,
    });
  }

  if (!moved && !decided && o.now !== undefined && o.now >= switchDeadline(o, intent, to)) {
    return switchBack(o, intent, to, from, { code: 'TIMEOUT', message: `traffic did not reach the version in time: ${troubles(o, to)}` });
  }

  if (grow.length > 0) return { do: 'change', changes: firstStage(grow), repair: moved };
  if (!moved) {
    // Where the direction is fixed and the version is down, no endpoint may ever be listed.
    const pods = decided && healthyPods(o.world, o.facts, to).length === 0 ? 'any' : 'ready';
    return { do: 'read-back', deployment: to.id, pods };
  }
  if (back) return movedBack(o, intent, to, from);
  return confirming(o, intent, to, from);
}

/** An owner that comes late, after an outage, still tries for a while: time in which nobody worked is not the version's fault. */
function switchDeadline(o: Observed, intent: Intent, to: Deployment): number {
  const began = o.facts.since.get(switchingTo(to.id)) ?? o.now ?? intent.at;
  return Math.max(intent.at + timeoutMs(o, to), began + latePatienceMs);
}

export const whyNotSwitched = (reason: Reason): Reason =>
  reason.code === 'REFUSED_BY_CLUSTER' ? { code: 'SWITCH_REFUSED', message: `the cluster refused the switch: ${reason.message}` } : reason;

const troubles = (o: Observed, d: Deployment): string => podTroubles(o.world, o.facts, d).join('; ') || 'its pods are healthy';

/** Whether Service and Ingress were read back uncached as pointing to `d` (nothing to read where nothing is routed). */
const trafficHere = (o: Observed, d: Deployment): boolean => o.facts.readBack?.deployment === d.id || trafficOf(o, d).length === 0;

function confirming(o: Observed, intent: Intent, to: Deployment, from: Deployment | undefined): Decision {
  const start = o.facts.readBack?.at ?? intent.at;
  const seconds = confirmMs(o, to) / 1000;
  if (intent.why === 'rollback' || from?.phase === 'retiring') return toDrain(o, to, from, {}, proxiesFollowMs);
  if (to.phase !== 'confirming') {
    const message = `Traffic is on version ${to.version}; watching it for ${String(seconds)} seconds`;
    return {
      do: 'note',
      records: [{ id: to.id, set: { phase: 'confirming' }, entries: [{ level: 'info', message, phase: 'confirming' }] }],
    };
  }
  const deadline = switchDeadline(o, intent, to);
  const windowEnds = start + confirmMs(o, to);
  const verdict = side({
    stage: 'confirming',
    fresh: { healthy: healthyPods(o.world, o.facts, to).length, wanted: wantedPods(o.world, to) },
    ...(from ? { old: { healthy: healthyPods(o.world, o.facts, from).length } } : {}),
    now: o.now,
    windowEnds,
    deadline,
    noneHealthySince: o.facts.since.get(noneHealthy(to.id)),
    mayGoBack: true,
  });
  switch (verdict) {
    case 'back':
      return switchBack(o, intent, to, from, {
        code: 'UNHEALTHY',
        message: `the version did not stay healthy with the traffic: ${troubles(o, to)}`,
      });
    case 'hold': {
      const held = allHealthy(o.world, o.facts, to) ? windowEnds : deadline;
      const soon = o.facts.since.has(noneHealthy(to.id)) && o.now !== undefined ? Math.min(held, o.now + 1000) : held;
      return { do: 'wait', why: 'confirming', until: soon };
    }
    case 'degraded':
      return toDrain(o, to, from, { degraded: true });
    case 'forward':
      return o.settings.proxyKnown && to.descriptor.frontend !== undefined && !o.facts.frontendLoaded.has(to.id)
        ? unanswered(o, intent, to, from, windowEnds)
        : toDrain(o, to, from, {});
  }
}

/** Healthy pods are not enough: the proxy must have answered for the host since the switch. */
function unanswered(o: Observed, intent: Intent, to: Deployment, from: Deployment | undefined, windowEnds: number): Decision {
  const until = windowEnds + o.settings.proxySleepSeconds * 1000;
  if (o.now === undefined || o.now < until) return { do: 'wait', why: 'waiting until the proxy answers for the host', until };
  const message = `the proxy did not answer for ${String(to.descriptor.frontend)} within ${String(o.settings.proxySleepSeconds)} seconds after the switch`;
  return switchBack(o, intent, to, from, { code: 'PROXY_NOT_READY', message });
}

const degradedEntry: NewEntry = {
  level: 'warn',
  message: 'Not all pods are healthy, but the old version is worse: traffic stays',
};

/** Traffic is where it belongs: DEPLOYED, and the old version drains. Without a drain the old version goes first and is announced gone. */
function toDrain(o: Observed, to: Deployment, from: Deployment | undefined, extra: Partial<Deployment>, leastMs = 0): Decision {
  const least = from?.phase === 'retiring' ? 0 : leastMs;
  const drain = from && trafficOf(o, to).length > 0 ? Math.max(drainMs(o, to), least) : 0;
  let leftovers: string[] = [];
  let staysFor: Phase | undefined = drain > 0 ? 'draining' : undefined;
  if (from && drain === 0) {
    if (from.phase !== 'retiring') {
      // Durable before the first object goes: from here on there is no way back.
      const message = `Removing version ${from.version}`;
      const degraded: RecordStep[] = extra.degraded ? [{ id: to.id, set: extra, entries: [degradedEntry] }] : [];
      return {
        do: 'note',
        records: [{ id: from.id, set: { phase: 'retiring' }, entries: [{ level: 'info', message, phase: 'retiring' }] }, ...degraded],
      };
    }
    const removal = removeVersion(o, from, { dropShared: true }, 'waiting until the old version is gone');
    const refused = o.facts.refusals.get(nobody);
    const isStuck = refused !== undefined && o.now !== undefined && o.now >= refused.since + cleanUpMs;
    if (removal.next && !isStuck) return removal.next;
    leftovers = removal.leftovers;
    // The cluster will not let it go: the new version serves all the same, and the old one is left as after a drain.
    staysFor = removal.next === undefined ? undefined : 'retiring';
  }
  const now = isoAt(o);
  const delay = o.now === undefined ? {} : { drainUntil: o.now + (from?.wishes.undeploy ? 0 : drain) };
  const entries: NewEntry[] = [{ level: 'info', message: `Blue-green deployment successful`, phase: 'serving' }];
  if (extra.degraded) entries.unshift(degradedEntry);
  const alone = !from || staysFor === undefined;
  if (alone) entries.push({ level: 'info', message: `Deployment ${to.id} deployed`, phase: 'serving' });
  else if (drain > 0)
    entries.push({ level: 'info', message: `Version ${from.version} keeps running for ${String(drain / 1000)} seconds`, phase: 'serving' });
  else
    entries.push({
      level: 'warn',
      message: `Version ${from.version} serves no longer, and the cluster refuses to remove it`,
      phase: 'serving',
    });
  const records: RecordStep[] = [
    {
      id: to.id,
      set: { status: 'DEPLOYED', phase: 'serving', deployedAt: to.deployedAt ?? now, ...extra, ...(alone ? { settledAt: now } : {}) },
      unset: ['reason'],
      entries,
    },
  ];
  if (from) {
    const message = `Undeployed during deployment of ${to.id}`;
    const reason: Reason = { code: 'REPLACED', message: `replaced by deployment ${to.id}` };
    const set: Partial<Deployment> = alone
      ? { status: 'UNDEPLOYED', phase: 'settled', reason, settledAt: now, ...leftoverFields(leftovers) }
      : { status: 'UNDEPLOYED', phase: staysFor ?? 'draining', reason, ...delay };
    const entry = { level: 'info', message, phase: staysFor ?? 'settled' } as const;
    const step: RecordStep = { id: from.id, set, entries: [...leftoverEntries(leftovers), entry] };
    records.push(alone ? step : { ...step, unset: ['settledAt'] });
  }
  const keepsOther = from !== undefined && !alone;
  return {
    do: 'commit',
    name: 'end',
    app: { serving: to.id, ...(keepsOther ? { other: from.id } : {}) },
    unset: keepsOther ? ['intent'] : ['intent', 'other'],
    records,
    release: alone && leftovers.length === 0 && o.app.queue.length === 0 && to.wishes.undeploy === undefined,
    ...(alone && from ? { unclaim: [from.id] } : {}),
    ...(alone && from?.wishes.delete ? { remove: [from.id] } : {}),
  };
}

/** Turns the intent around, at once: evidence is gathered when traffic is safe. Where nothing served before, gives the first version up. */
export function switchBack(o: Observed, intent: Intent, to: Deployment, from: Deployment | undefined, reason: Reason): Decision {
  const message = outcomeOf(reason) === 'UNDEPLOYED' ? `Deployment stopped: ${reason.message}` : `Deployment failed! ${reason.message}`;
  if (!from) {
    const then: Transition = {
      do: 'commit',
      name: 'clean-up',
      app: { other: to.id },
      unset: ['intent', 'serving'],
      records: [failing(o, to, reason, [{ level: 'error', message, phase: 'cleaning-up' }])],
    };
    return { do: 'explain', deployment: to.id, then };
  }
  return {
    do: 'commit',
    name: 'intent',
    app: { intent: { from: to.id, to: from.id, why: 'switch-back', at: o.now ?? intent.at, reason }, serving: from.id, other: to.id },
    records: [
      {
        id: to.id,
        set: { reason, movedBack: true },
        entries: [
          { level: 'error', message, phase: to.phase },
          { level: 'warn', message: `Switching traffic back to version ${from.version}`, phase: to.phase },
        ],
      },
      { id: from.id, set: {}, entries: [{ level: 'warn', message: `Traffic comes back from deployment ${to.id}`, phase: from.phase }] },
    ],
  };
}

const failing = (o: Observed, d: Deployment, reason: Reason, entries: NewEntry[]): RecordStep => ({
  id: d.id,
  set: { phase: 'cleaning-up', reason, ...(o.now === undefined ? {} : { cleanUpBy: o.now + cleanUpMs }) },
  entries: [...entries, { level: 'info', message: 'Cleaning up resources created by deployment', phase: 'cleaning-up' }],
});

/** Traffic is back: the version that failed is removed; one that had already been announced says so now. */
function movedBack(o: Observed, intent: Intent, to: Deployment, from: Deployment | undefined): Decision {
  if (!from) return { do: 'wait', why: 'the record of the failed version is missing' };
  const wasDeployed = from.status === 'DEPLOYED';
  const reason: Reason = wasDeployed
    ? { code: 'SWITCHED_BACK', message: intent.reason?.message ?? 'the version lost its health while the old one still ran' }
    : (intent.reason ?? { code: 'UNHEALTHY', message: 'failed' });
  const step = failing(o, from, reason, [{ level: 'warn', message: `Traffic is back on version ${to.version}`, phase: 'cleaning-up' }]);
  if (wasDeployed) step.set.status = 'FAILURE';
  if (o.now !== undefined && trafficOf(o, to).length > 0) step.set.drainUntil = o.now + proxiesFollowMs;
  // Whoever wished that its record should go meant a version that was on its way out.
  const { delete: forget, ...wishes } = to.wishes;
  const undeploys = to.status === 'UNDEPLOYING';
  const kept: NewEntry[] =
    forget && !undeploys ? [{ level: 'warn', message: 'It serves, so its record is not deleted as was requested', phase: 'serving' }] : [];
  const revived: RecordStep = {
    id: to.id,
    set: { status: undeploys ? 'UNDEPLOYING' : 'DEPLOYED', phase: 'serving', ...(undeploys ? {} : { wishes }) },
    unset: ['reason', 'drainUntil', 'settledAt'],
    entries: [{ level: 'info', message: `Serving again: deployment ${from.id} failed`, phase: 'serving' }, ...kept],
  };
  const then: Transition = {
    do: 'commit',
    name: 'end',
    app: { serving: to.id, other: from.id },
    unset: ['intent'],
    records: [step, revived],
  };
  return { do: 'explain', deployment: from.id, then };
}
