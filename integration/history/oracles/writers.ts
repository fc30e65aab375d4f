/** One writer at a time: epochs never go back, and who has lost an app changes nothing of it any more (PROTOCOL section 2). */

import { marksOf } from '../../../src/cluster/manifests/index.ts';
import type { App } from '../../../src/deployments/record.ts';
import { keys } from '../../../src/store/keys.ts';
import type { Call, Fact, History, ObjectChange } from '../history.ts';

/** A create cannot be fenced: the owner removes what a late one made so soon after it is seen. */
export const strayMs = 2000;

const textOf = ({ object }: ObjectChange) => `${object.kind} ${object.metadata.name}`;
const epochOf = ({ object }: ObjectChange): number => marksOf(object).epoch ?? 0;

const isOf = (change: ObjectChange, namespace: string, appName: string): boolean =>
  change.object.metadata.namespace === namespace && change.object.metadata.labels?.['app'] === appName;

/** Writes by an owner that was no longer one, as the cluster saw them: an object whose epoch went back. */
export function epochsThatWentBack(changes: readonly ObjectChange[]): string[] {
  const highest = new Map<string, number>();
  const faults: string[] = [];
  for (const change of changes) {
    const { uid = '' } = change.object.metadata;
    const epoch = epochOf(change);
    const before = highest.get(uid) ?? 0;
    if (epoch < before) faults.push(`revision ${change.revision}: ${textOf(change)} went from epoch ${before} back to ${epoch}`);
    highest.set(uid, Math.max(before, epoch));
  }
  return faults;
}

interface Term {
  epoch: number;
  /** First known moment of this epoch. */
  from: number;
}

/** Epochs of an app in the order of the store, and what was wrong with that order. */
function termsOf(facts: readonly Fact[], namespace: string, appName: string): { terms: Term[]; faults: string[] } {
  const terms: Term[] = [];
  const faults: string[] = [];
  let last: App | undefined;
  for (const { key, value, at, revision } of facts) {
    if (key !== keys.app(namespace, appName) || value === undefined) continue;
    const app = JSON.parse(value) as App;
    if (last && app.epoch < last.epoch) faults.push(`store revision ${revision}: the epoch went from ${last.epoch} back to ${app.epoch}`);
    if (last && app.owner !== undefined && app.owner !== last.owner && app.epoch <= last.epoch)
      faults.push(`store revision ${revision}: ${app.owner} became owner without a new epoch`);
    if (app.epoch > (last?.epoch ?? -1)) terms.push({ epoch: app.epoch, from: at });
    last = app;
  }
  return { terms, faults };
}

/** An epoch belongs to one owner: two processes that changed the cluster in its name wrote together. */
export function sharedEpochs(calls: readonly Call[], namespace: string, appName: string): string[] {
  const writers = new Map<number, Set<string>>();
  for (const { port, n, outcome, app, epoch, process } of calls) {
    if (port !== 'cluster' || n === 0 || outcome !== 'done' || app !== `${namespace}/${appName}` || epoch === undefined) continue;
    writers.set(epoch, (writers.get(epoch) ?? new Set()).add(process));
  }
  return [...writers].flatMap(([epoch, { size }]) => (size > 1 ? [`${size} processes changed ${appName} with epoch ${epoch}`] : []));
}

/** Changes of the cluster that were carried out though they were begun after a later owner had claimed the app; creates apart, which `strays` judges. */
export function lateWrites(calls: readonly Call[], facts: readonly Fact[], namespace: string, appName: string): string[] {
  const { terms, faults } = termsOf(facts, namespace, appName);
  for (const call of calls) {
    if (call.port !== 'cluster' || call.n === 0 || call.outcome !== 'done' || call.app !== `${namespace}/${appName}`) continue;
    if (call.epoch === undefined || call.what.startsWith('create ')) continue;
    const epoch = call.epoch;
    const later = terms.find(term => term.epoch > epoch && term.from < call.sentAt);
    if (later)
      faults.push(
        `process ${call.process}: ${call.what} with epoch ${epoch} succeeded, begun ${call.sentAt - later.from} ms after epoch ${later.epoch}`,
      );
  }
  return faults;
}

/** When an object was made: as its maker recorded the answer, else as the watch told of it. A watch that is read late must not make an early create a late one. */
function madeAt(change: ObjectChange, calls: readonly Call[]): number {
  const what = `create ${textOf(change)}`;
  const made = calls.filter(call => call.what === what && call.epoch === epochOf(change) && call.outcome === 'done');
  return Math.min(change.at, ...made.map(({ endedAt }) => endedAt ?? Infinity));
}

/** Objects made with an epoch that was over, and not gone (or taken over) in time. */
export function strays(
  { calls, facts, changes }: Pick<History, 'calls' | 'facts' | 'changes'>,
  namespace: string,
  appName: string,
  now: number,
): string[] {
  const { terms } = termsOf(facts, namespace, appName);
  return changes.flatMap(change => {
    if (change.type !== 'added' || !isOf(change, namespace, appName) || marksOf(change.object).epoch === undefined) return [];
    const epoch = epochOf(change);
    const at = madeAt(change, calls);
    if (!terms.some(term => term.epoch > epoch && term.from < at)) return [];
    const { uid } = change.object.metadata;
    const settled = changes.find(
      later =>
        later.revision > change.revision && later.object.metadata.uid === uid && (later.type === 'deleted' || epochOf(later) > epoch),
    );
    const ms = (settled?.at ?? now) - change.at;
    return ms > strayMs ? [`${textOf(change)} was made with epoch ${epoch}, which was over, and stood for ${ms} ms`] : [];
  });
}

/** What a process changed after this moment: a paused one must change nothing more when it wakes. */
export function changedAfter(calls: readonly Call[], process: string, at: number): string[] {
  return calls
    .filter(call => call.process === process && call.n > 0 && call.outcome === 'done' && (call.endedAt ?? 0) > at)
    .filter(call => call.port === 'cluster' || call.owner !== undefined)
    .map(call => call.what);
}

const isClaim = ({ port, owner }: Call): boolean => port === 'store' && typeof owner === 'string';

/**
 * What a process began after it was struck and before it claimed with a new epoch. A create that was under way then may still land, and whoever hears of it may claim the app to remove it: the woken
 * process too, which is a replica like any other again.
 */
export function underOldClaim(calls: readonly Call[], process: string, struck: number): Call[] {
  const own = calls.filter(call => call.process === process);
  const held = Math.max(0, ...own.filter(call => isClaim(call) && call.sentAt <= struck).map(({ epoch = 0 }) => epoch));
  const begun = own.filter(({ sentAt }) => sentAt > struck);
  const claimed = Math.min(
    ...begun.filter(call => isClaim(call) && call.outcome === 'done' && (call.epoch ?? 0) > held).map(({ sentAt }) => sentAt),
  );
  return begun.filter(({ sentAt }) => sentAt < claimed);
}
