/** Conditions whose age matters to a decision. The engine notes when each began; the planner reads it from `facts.since`. */

import type { Deployment } from '../record.ts';
import { wantsTraffic } from './gate.ts';
import { difference } from './difference.ts';
import type { Observed } from './observed.ts';
import { isFit } from './fitness.ts';
import { checksHealth, healthyPods, isReady, podsOf } from './pods.ts';
import { otherOf, servingOf, trafficTarget } from './wanted.ts';

export const noneHealthy = (id: string): string => `${id}/none-healthy`;
export const notFitAtGate = (id: string): string => `${id}/not-fit-at-gate`;
export const switchingTo = (id: string): string => `${id}/switching`;
export const inPreparation = (id: string): string => `${id}/preparing-traffic`;
export const heldByOthers = (id: string): string => `${id}/held-by-others`;

/** After a crash nobody has asked the pods yet: not knowing is not being ill. */
const someUnknown = (o: Observed, d: Deployment): boolean =>
  checksHealth(d) && podsOf(o.world, d).some(pod => isReady(pod) && !o.facts.health.has(pod.metadata.uid ?? ''));

/** The conditions that hold now. */
export function conditions(o: Observed): string[] {
  const result: string[] = [];
  const target = trafficTarget(o);
  if (target && !someUnknown(o, target) && healthyPods(o.world, o.facts, target).length === 0) result.push(noneHealthy(target.id));
  if (o.app.intent) result.push(switchingTo(o.app.intent.to));
  const other = otherOf(o);
  if (other?.phase === 'preparing-traffic') result.push(inPreparation(other.id));
  if (other?.phase === 'waiting' && wantsTraffic(o, other) && !isFit(o, other)) result.push(notFitAtGate(other.id));
  const leaving = leavingOf(o);
  if (leaving && onlyHeld(o)) result.push(heldByOthers(leaving.id));
  return result;
}

/** The version that is being removed after it served. */
function leavingOf(o: Observed): Deployment | undefined {
  const serving = servingOf(o);
  if (serving?.status === 'UNDEPLOYING' && o.app.intent === undefined) return serving;
  return [serving, otherOf(o)].find(d => d?.phase === 'retiring');
}

/** Everything that shall go has been deleted and still stands: finalizers of others hold it, and nothing that Teal could do is left. */
function onlyHeld(o: Observed): boolean {
  const { remaining } = difference(o, { dropShared: otherOf(o)?.status !== 'DEPLOYING' });
  return remaining.length > 0 && remaining.every(object => object.metadata.deletionTimestamp !== undefined);
}
