/** The gate before the switch: who may pass. */

import type { Deployment } from '../record.ts';
import type { Observed } from './observed.ts';

/** When a version with `promotionSeconds` passes by itself, ms. */
export const promotionAt = (d: Deployment): number | undefined => {
  const seconds = d.descriptor.promotionSeconds;
  return seconds === undefined || d.waitingSince === undefined ? undefined : d.waitingSince + seconds * 1000;
};

/** Whether a version at the gate may pass. */
export function wantsTraffic(o: Observed, d: Deployment): boolean {
  if (d.wishes.promote) return true;
  const at = promotionAt(d);
  return d.descriptor.promotion !== 'manual' && at !== undefined && o.now !== undefined && o.now >= at;
}
