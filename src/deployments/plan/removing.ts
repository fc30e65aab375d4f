/** Taking away what is not wanted: in safe order, patient with what goes slowly, and not in circles where the cluster refuses. */

import type { Decision } from './decision.ts';
import { difference, dropsOf, firstStage, type DifferenceOptions } from './difference.ts';
import type { Observed } from './observed.ts';

/** Pause after a refusal that trying again at once would not change. */
export const refusedPauseMs = 60_000;

/** Until when changes of the kind that was refused for good are not tried again; undefined = they may be. */
export function refusedUntil(o: Observed): number | undefined {
  const refusal = o.facts.refusal;
  if (!refusal?.final) return undefined;
  const until = refusal.at + refusedPauseMs;
  return o.now !== undefined && o.now >= until ? undefined : until;
}

/** The next step of removing everything that is not wanted; undefined when none of it stands any more. */
export function removeNext(o: Observed, options: DifferenceOptions, why: string, patienceUntil?: number): Decision | undefined {
  const { changes, remaining } = difference(o, options);
  const drops = dropsOf(changes);
  const retry = refusedUntil(o);
  if (drops.length > 0 && retry === undefined) return { do: 'change', changes: firstStage(drops), repair: false };
  if (remaining.length === 0) return undefined;
  const times = [patienceUntil, drops.length > 0 ? retry : undefined].filter(time => time !== undefined);
  return { do: 'wait', why, ...(times.length > 0 ? { until: Math.min(...times) } : {}) };
}
