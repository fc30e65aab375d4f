/** starting -> verifying -> preparing-traffic -> waiting -> (intent): a candidate on its way to the traffic. */

import type { Deployment, Phase } from '../record.ts';
import type { NewEntry } from '../repository.ts';
import { cleanUp } from './clean-up.ts';
import type { Decision } from './decision.ts';
import { promotionAt, wantsTraffic } from './gate.ts';
import { difference, dropsOf, firstStage } from './difference.ts';
import { growthFor, isUp, troublesOf } from './fitness.ts';
import { timeoutMs, type Observed } from './observed.ts';
import { wantedPods, whyHopeless } from './pods.ts';
import { previewMadeBefore } from './preview.ts';
import { refusedUntil } from './removing.ts';
import { refusalPatienceMs, whyNotSwitched } from './switch.ts';
import { inPreparation, notFitAtGate } from './timers.ts';
import { handoverOf, routingOf, servingOf, trafficOf, trafficTarget } from './wanted.ts';

/** How long a promoted version may take to be healthy again before it is given up. */
const promotedGraceMs = 30_000;

export function candidateNext(o: Observed, d: Deployment): Decision {
  if (d.wishes.cancel) return cleanUp(o, d, d.reason ?? { code: 'CANCELLED', message: 'cancelled on request' });
  if (d.wishes.abort) return cleanUp(o, d, { code: 'ABORTED', message: 'aborted on request before the switch' });

  if (d.phase === 'starting' && o.denied) return cleanUp(o, d, o.denied);

  const refusal = o.facts.refusals.get(d.id);
  if (refusal?.final) return cleanUp(o, d, refusal.reason);

  const { changes, inTheWay } = difference(o, { dropShared: false });
  const own = growthFor(changes, d);
  const tooLate = tooLateToMake(o, d);
  if ((own.length > 0 || inTheWay.length > 0) && tooLate !== undefined && o.now !== undefined && o.now >= tooLate)
    return cleanUp(o, d, { code: 'TIMEOUT', message: refusal?.reason.message ?? 'the objects of the version could not be made in time' });
  // Sweeping what others left must not hold the candidate up when the cluster refuses it.
  const sweeps = refusedUntil(o) === undefined ? dropsOf(changes) : [];
  if (own.length + sweeps.length > 0) return { do: 'change', changes: firstStage([...own, ...sweeps]), repair: false };
  if (inTheWay.length > 0) {
    const why = `waiting until ${inTheWay.map(object => `${object.kind} ${object.metadata.name}`).join(', ')} of an earlier deployment is gone`;
    const times = [tooLate, refusedUntil(o)].filter(time => time !== undefined);
    return { do: 'wait', why, ...(times.length > 0 ? { until: Math.min(...times) } : {}) };
  }
  if (d.phase === 'starting') {
    const seconds = Math.round(timeoutMs(o, d) / 1000);
    return enter(d, 'verifying', [
      `Waiting up to ${String(seconds)} seconds for ${String(wantedPods(o.world, d))} pods to start and to become healthy`,
    ]);
  }
  if (!isUp(o, d)) return notUp(o, d);
  if (d.phase === 'verifying') {
    const pods = wantedPods(o.world, d);
    const asksProxy = o.settings.proxyKnown && d.descriptor.frontend !== undefined && hasPreview(o, d);
    const healthy = `Deployment healthy! ${String(pods)} of ${String(pods)} pods are ready${d.descriptor.useHealthCheck && !d.descriptor.ignoreHealthCheck ? ' and pass their health check' : ''}`;
    if (asksProxy) return enter(d, 'preparing-traffic', [healthy, 'Asking the proxy for the new version']);
    return ready(o, d, [healthy]);
  }
  if (d.phase === 'preparing-traffic') return preparing(o, d);
  return waiting(o, d);
}

const hasPreview = (o: Observed, d: Deployment): boolean =>
  routingOf(o, d) === 'versioned' || o.settings.routing.previewDomain !== undefined || handoverOf(o) !== undefined;

const pastDeadline = (o: Observed, d: Deployment): boolean => o.now !== undefined && d.deadline !== undefined && o.now >= d.deadline;

/**
 * When objects that are still missing are given up, ms. The time to become healthy says nothing about a version that was ready once: what others take away of it is
 * put back, and while nobody promotes it there is no hurry.
 */
function tooLateToMake(o: Observed, d: Deployment): number | undefined {
  const after = (since: number | undefined, patienceMs: number) => (since === undefined ? undefined : since + patienceMs);
  switch (d.phase) {
    case 'waiting':
      return after(o.facts.since.get(notFitAtGate(d.id)), promotedGraceMs);
    case 'preparing-traffic':
      return after(o.facts.since.get(inPreparation(d.id)), o.settings.proxySleepSeconds * 1000);
    default:
      return d.deadline;
  }
}

function enter(d: Deployment, phase: Phase, messages: string[], set: Partial<Deployment> = {}): Decision {
  const entries = messages.map((message): NewEntry => ({ level: 'info', message, phase }));
  return { do: 'note', records: [{ id: d.id, set: { phase, ...set }, entries }] };
}

function notUp(o: Observed, d: Deployment): Decision {
  const hopeless = whyHopeless(o.world, d);
  if (hopeless) return cleanUp(o, d, hopeless);
  const troubles = troublesOf(o, d);
  if (d.phase === 'waiting') {
    // Its time to become healthy is over; while nobody promotes it there is no hurry.
    if (!wantsTraffic(o, d)) return { do: 'wait', why: `waiting for promotion; not healthy now: ${troubles}` };
    const since = o.facts.since.get(notFitAtGate(d.id));
    if (since !== undefined && o.now !== undefined && o.now >= since + promotedGraceMs) {
      return cleanUp(o, d, { code: 'UNHEALTHY', message: `the version was not healthy when it should have been switched: ${troubles}` });
    }
    return { do: 'wait', why: troubles, ...(o.now === undefined ? {} : { until: (since ?? o.now) + promotedGraceMs }) };
  }
  if (pastDeadline(o, d)) return cleanUp(o, d, { code: 'TIMEOUT', message: `Timeout waiting for pods to become healthy: ${troubles}` });
  return { do: 'wait', why: troubles, ...(d.deadline === undefined ? {} : { until: d.deadline }) };
}

function preparing(o: Observed, d: Deployment): Decision {
  if (o.facts.previewLoaded.has(d.id)) return ready(o, d, ['The proxy has loaded the new version']);
  const since = o.facts.since.get(inPreparation(d.id));
  if (since === undefined || o.now === undefined) return { do: 'wait', why: 'asking the proxy for the new version' };
  const patienceMs = o.settings.proxySleepSeconds * 1000;
  const [half, until] = [since + patienceMs / 2, since + patienceMs];
  const unheard = previewMadeBefore(o, d, half);
  if (unheard && o.now >= half && o.now < until && refusedUntil(o) === undefined)
    return { do: 'change', changes: [{ type: 'remove', object: unheard }], repair: false };
  if (o.now < until) return { do: 'wait', why: 'asking the proxy for the new version', until: o.now < half ? half : until };
  const message = `the proxy did not answer for the new version within ${String(o.settings.proxySleepSeconds)} seconds`;
  return cleanUp(o, d, { code: 'PROXY_NOT_READY', message });
}

/** Healthy and loaded: to the switch, or to the gate when somebody wants to say yes first. */
function ready(o: Observed, d: Deployment, messages: string[]): Decision {
  const manual = d.descriptor.promotion === 'manual';
  const seconds = d.descriptor.promotionSeconds ?? 0;
  if (!manual && seconds === 0) return toSwitch(o, d, messages);
  const until = manual ? 'until somebody promotes it' : `${String(seconds)} seconds before the switch`;
  return enter(d, 'waiting', [...messages, `Waiting ${until}`], o.now === undefined ? {} : { waitingSince: o.now });
}

function waiting(o: Observed, d: Deployment): Decision {
  if (wantsTraffic(o, d)) return toSwitch(o, d, [d.wishes.promote ? 'Promoted' : 'The time before the switch is over']);
  const at = promotionAt(d);
  const until = d.descriptor.promotion === 'manual' ? undefined : at;
  return { do: 'wait', why: 'waiting for promotion', ...(until === undefined ? {} : { until }) };
}

/** The last looks, then the durable intent. From there on switch.ts decides. */
function toSwitch(o: Observed, d: Deployment, messages: string[]): Decision {
  const align = alignRouting(o, d);
  const refusal = o.facts.refusals.get(d.id);
  if (align && refusal && o.now !== undefined && o.now >= refusal.since + refusalPatienceMs)
    return cleanUp(o, d, whyNotSwitched(refusal.reason));
  if (align) return align;
  if (o.facts.inspected !== d.id) return { do: 'inspect', deployment: d.id };
  if (o.facts.hostTaken !== undefined) return cleanUp(o, d, { code: 'HOST_TAKEN', message: o.facts.hostTaken });
  const from = servingOf(o)?.status === 'DEPLOYED' ? o.app.serving : undefined;
  const message =
    from === undefined
      ? 'Giving traffic to the first version'
      : `Switching traffic from version ${String(o.records.get(from)?.version)} to ${d.version}`;
  return {
    do: 'commit',
    name: 'intent',
    app: { intent: { ...(from === undefined ? {} : { from }), to: d.id, why: 'deploy', at: o.now ?? 0 } },
    records: [
      {
        id: d.id,
        set: { phase: 'switching' },
        entries: [...messages, message].map(text => ({ level: 'info', message: text, phase: 'switching' })),
      },
    ],
  };
}

/** A change of routing mode rewrites the Ingress while the old version still serves; only then traffic moves. */
function alignRouting(o: Observed, d: Deployment): Decision | undefined {
  const serving = trafficTarget(o);
  if (!serving || routingOf(o, serving) === routingOf(o, d)) return undefined;
  const aligned = { ...serving, descriptor: { ...serving.descriptor, routing: routingOf(o, d) } };
  const asAligned: Observed = { ...o, records: new Map([...o.records, [serving.id, aligned]]) };
  const objects = new Set(trafficOf(asAligned, aligned).map(object => `${object.kind}/${object.metadata.name}`));
  const changes = difference(asAligned, { dropShared: false }).changes.filter(
    ({ change }) =>
      objects.has(`${change.object.kind}/${change.object.metadata.name}`) && (change.type === 'create' || change.type === 'update'),
  );
  if (changes.length === 0) return undefined;
  // A refusal concerns the one that wants the change.
  const forCandidate = firstStage(changes).map(change => ('deployment' in change ? { ...change, deployment: d.id } : change));
  return { do: 'change', changes: forCandidate, repair: false };
}
