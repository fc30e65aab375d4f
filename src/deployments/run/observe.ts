/** Reads the world once: everything the next decision may look at, in one value. */

import { previewHost } from '../../cluster/manifests/index.ts';
import { healthCheckPort, type Descriptor } from '../../descriptors/index.ts';
import type { Fault } from '../../lib/problem.ts';
import { discreetly } from '../discretion.ts';
import type { Watched } from '../health/monitor.ts';
import type { Facts, Observed } from '../plan/observed.ts';
import { allHealthy, checksHealth, isReady, podsOf } from '../plan/pods.ts';
import { aboutToStart } from '../plan/start.ts';
import { conditions } from '../plan/timers.ts';
import { handoverOf, otherOf, servingOf, targetOf } from '../plan/wanted.ts';
import type { Deployment, Reason } from '../record.ts';
import type { Session } from './session.ts';
import type { EngineSettings } from './settings.ts';
import type { View } from './view.ts';

export interface ObserveDeps {
  view: View;
  installation: string;
  me: string;
  settings: EngineSettings;
  /** The API server's clock. */
  time: () => number | undefined;
  policyFaults: (descriptor: Descriptor) => Fault[];
}

export function observe({ view, installation, me, settings, time, policyFaults }: ObserveDeps, session: Session): Observed {
  const o: Observed = {
    now: time(),
    me,
    installation,
    app: session.app.value,
    records: new Map([...session.records].map(([id, record]) => [id, record.value])),
    world: view.world(session.namespace, session.name),
    facts: factsOf(session),
    settings,
    environment: session.environment ?? {},
    served: serves(settings, session.namespace),
  };
  // Until it is handed out it may still change.
  forgetOldFacts(session, o);
  o.facts = factsOf(session);
  if (o.now !== undefined) noteConditions(session, o, o.now);
  const denied = whyDenied(aboutToStart(o), session, policyFaults);
  if (denied) o.denied = denied;
  return o;
}

export const serves = ({ namespaces }: Pick<EngineSettings, 'namespaces'>, namespace: string): boolean =>
  namespaces.length === 0 || namespaces.includes(namespace);

const faultsTold = 3;

function whyDenied(d: Deployment | undefined, session: Session, policyFaults: ObserveDeps['policyFaults']): Reason | undefined {
  if (!d) return undefined;
  const faults = policyFaults(d.descriptor);
  if (faults.length > 0) {
    const told = faults.slice(0, faultsTold).map(({ pointer, message }) => `${pointer} ${message}`);
    const more = faults.length > faultsTold ? `; and ${String(faults.length - faultsTold)} more` : '';
    return { code: 'POLICY', message: `the pod policy does not allow it any more: ${told.join('; ')}${more}` };
  }
  return session.hostLost === undefined ? undefined : { code: 'HOST_TAKEN', message: session.hostLost };
}

const factsOf = (session: Session): Facts => ({
  health: session.health,
  previewLoaded: session.previewLoaded,
  frontendLoaded: session.frontendLoaded,
  since: session.since,
  ...(session.inspected === undefined ? {} : { inspected: session.inspected }),
  ...(session.readBack ? { readBack: session.readBack } : {}),
  refusals: new Map(session.refusals),
  namespaceGone: session.namespaceGone,
  ...(session.hostTaken === undefined ? {} : { hostTaken: session.hostTaken }),
  repairs: session.repairs,
});

function noteConditions(session: Session, o: Observed, now: number): void {
  const holding = new Set(conditions(o));
  for (const condition of holding) if (!session.since.has(condition)) session.since.set(condition, now);
  for (const condition of session.since.keys()) if (!holding.has(condition)) session.since.delete(condition);
}

/** A look that a later change has overtaken does not count. */
function forgetOldFacts(session: Session, o: Observed): void {
  const other = otherOf(o);
  if (!o.app.intent) {
    session.readBack = undefined;
    session.readBackDue = undefined;
    if (session.inspected !== undefined && !(other?.id === session.inspected && allHealthy(o.world, o.facts, other)))
      session.inspected = undefined;
  } else if (session.readBack !== undefined && session.readBack.deployment !== o.app.intent.to) {
    session.readBack = undefined;
  }
  const uids = new Set(o.world.pods.map(pod => pod.metadata.uid));
  for (const uid of session.health.keys()) if (!uids.has(uid)) session.health.delete(uid);
}

/** The host that the proxy is to be asked for now, and the set that takes the answer. */
export function hostToAsk(o: Observed, session: Session): { deployment: Deployment; host: string; loaded: Set<string> } | undefined {
  const other = otherOf(o);
  if (other?.phase === 'preparing-traffic' && !session.previewLoaded.has(other.id)) {
    return { deployment: other, host: previewHostOf(o, other), loaded: session.previewLoaded };
  }
  const to = o.app.intent && o.records.get(o.app.intent.to);
  const asked = to?.phase === 'confirming' && to.descriptor.frontend !== undefined && !session.frontendLoaded.has(to.id);
  return asked ? { deployment: to, host: to.descriptor.frontend ?? '', loaded: session.frontendLoaded } : undefined;
}

/** Where the routing mode changes, the proxy has to know more than the preview. */
function previewHostOf(o: Observed, d: Deployment): string {
  const handover = handoverOf(o)?.object['spec']?.rules[0]?.host as string | undefined;
  return handover ?? previewHost(targetOf(o, d), o.settings.routing);
}

/** The ready pods whose health matters now. */
export function podsToCheck(o: Observed): Watched[] {
  const other = otherOf(o);
  const serving = servingOf(o);
  const busy = o.app.intent !== undefined || other?.phase === 'draining';
  const versions: (Deployment | undefined)[] = busy
    ? [serving, other]
    : other && ['starting', 'verifying', 'preparing-traffic', 'waiting'].includes(other.phase)
      ? [other]
      : [];
  return versions.flatMap(d => (d ? watchedPods(o, d) : []));
}

export function watchedPods(o: Observed, d: Deployment): Watched[] {
  const port = healthCheckPort(d.descriptor);
  if (!checksHealth(d) || port === undefined) return [];
  return podsOf(o.world, d)
    .filter(isReady)
    .map(pod => ({
      uid: pod.metadata.uid ?? '',
      namespace: d.namespace,
      pod: pod.metadata.name,
      podIp: String(pod['status']?.podIP ?? ''),
      port,
      path: d.descriptor.healthCheckPath ?? '/health',
      type: d.descriptor.healthCheckType ?? 'probe',
      hide: discreetly(d),
    }));
}
