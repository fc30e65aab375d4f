/** Conditions whose age matters to a decision. The engine notes when each began; the planner reads it from `facts.since`. */

import type { Observed } from './observed.ts';
import { allHealthy, healthyPods } from './pods.ts';
import { otherOf, trafficTarget } from './wanted.ts';

export const noneHealthy = (id: string): string => `${id}/none-healthy`;
export const notHealthyAtGate = (id: string): string => `${id}/not-healthy-at-gate`;
export const inPreparation = (id: string): string => `${id}/preparing-traffic`;

/** The conditions that hold now. */
export function conditions(o: Observed): string[] {
  const result: string[] = [];
  const target = trafficTarget(o);
  if (target && healthyPods(o.world, o.facts, target).length === 0) result.push(noneHealthy(target.id));
  const other = otherOf(o);
  if (other?.phase === 'preparing-traffic') result.push(inPreparation(other.id));
  if (other?.phase === 'waiting' && !allHealthy(o.world, o.facts, other)) result.push(notHealthyAtGate(other.id));
  return result;
}
