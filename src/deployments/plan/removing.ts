/** Taking away what is not wanted: in safe order, patient with what goes slowly, and not in circles where the cluster refuses. */

import type { Deployment } from '../record.ts';
import type { NewEntry } from '../repository.ts';
import type { Decision } from './decision.ts';
import { difference, dropsOf, firstStage, type DifferenceOptions } from './difference.ts';
import { nobody, type Observed } from './observed.ts';
import { heldByOthers } from './timers.ts';

/** How long objects that will not go may hold back an outcome. */
export const cleanUpMs = 60_000;

/** Pause after a refusal that trying again at once would not change. */
export const refusedPauseMs = 60_000;

/** Until when changes on behalf of a deployment, or removals, are not tried again after one was refused for good; undefined = they may be. */
export function refusedUntil(o: Observed, onBehalf = nobody): number | undefined {
  const refusal = o.facts.refusals.get(onBehalf);
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

export interface Removal {
  /** What is to be done first; absent = the version is gone, or has been held by others for too long. */
  next?: Decision;
  /** `Kind name` of what was held for too long; sweeping goes on. */
  leftovers: string[];
}

/** Removes a version that has served. Only finalizers of others may leave something behind, and only after a minute. */
export function removeVersion(o: Observed, d: Deployment, options: DifferenceOptions, why: string): Removal {
  const since = o.facts.since.get(heldByOthers(d.id));
  const until = since === undefined ? undefined : since + cleanUpMs;
  if (until !== undefined && o.now !== undefined && o.now >= until) return { leftovers: namesOf(o, options) };
  const next = removeNext(o, options, why, until);
  return { leftovers: [], ...(next ? { next } : {}) };
}

export const namesOf = (o: Observed, options: DifferenceOptions): string[] =>
  difference(o, options).remaining.map(object => `${object.kind} ${object.metadata.name}`);

/** What a log says of leftovers; nothing when there are none. */
export const leftoverEntries = (leftovers: string[]): NewEntry[] =>
  leftovers.length === 0
    ? []
    : [{ level: 'warn', message: `Not removed in time, sweeping goes on: ${leftovers.join(', ')}`, phase: 'settled' }];

export const leftoverFields = (leftovers: string[]): Pick<Deployment, 'leftovers'> => (leftovers.length === 0 ? {} : { leftovers });
