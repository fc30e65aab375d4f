/** Admits one new deployment to the queue of its app: version, claims, record and first log lines, as parts of the one commit that accepts it. */

import type { Descriptor } from '../descriptors/index.ts';
import { versionedName } from '../descriptors/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Compare, Store, Write } from '../store/store.ts';
import type { Naming } from './claims.ts';
import { claimsOf, isNameOfOther, takeClaims } from './claims.ts';
import { asNumber, lastNumber, numberAfter } from './numbering.ts';
import type { App, Deployment } from './record.ts';
import type { NewEntry, RecordChange } from './repository.ts';

export interface AdmissionDeps {
  store: Store;
  clock: Clock;
  naming: Naming;
  /** What was accepted but cannot work as asked. */
  warningsOf(descriptor: Descriptor): string[];
}

export interface Candidate {
  id: string;
  /** The copy to deploy. */
  descriptor: Descriptor;
  principal: string;
  /** Given for a rollback that brings back running objects; otherwise the descriptor decides. */
  version?: string;
  /** Deployment whose objects serve again; default its own. */
  objectsOf?: string;
  rollbackOf?: string;
  /** Rollbacks go before everything that waits. */
  first?: boolean;
  /** Highest number in the cluster; asked only for the first `#` of an app. */
  numberInCluster(): Promise<number>;
}

export interface Admission {
  app: App;
  record: RecordChange;
  compare: Compare[];
  writes: Write[];
}

/** Throws HOST_TAKEN, NAME_TAKEN, CONFLICT or UNAVAILABLE; writes nothing itself. */
export async function admit({ store, clock, naming, warningsOf }: AdmissionDeps, app: App, candidate: Candidate): Promise<Admission> {
  const { id, descriptor, principal, objectsOf = id, rollbackOf, first = false } = candidate;
  const { namespace, appName } = descriptor;
  const { version, counters } = await chooseVersion(store, app, candidate);
  const claims = await takeClaims(store, namespace, appName, claimsOf(naming, descriptor, version));
  const created = new Date(clock.now()).toISOString();
  const warnings = warningsOf(descriptor);

  const record: Deployment = {
    schema: 1,
    id,
    namespace,
    appName,
    created,
    lastModified: created,
    version,
    status: 'DEPLOYING',
    phase: 'queued',
    descriptor,
    objectsOf,
    ...(rollbackOf === undefined ? {} : { rollbackOf }),
    principal,
    wishes: {},
    warnings,
    log: { next: 1 },
  };
  const line = (message: string, level: NewEntry['level'] = 'info'): NewEntry => ({ level, message, phase: 'queued' });
  const ahead = first ? 0 : app.queue.length + (app.other === undefined ? 0 : 1);
  const accepted =
    rollbackOf === undefined ? `Accepted as version ${version}` : `Rollback of deployment ${rollbackOf} to version ${version}`;
  const entries = [
    line(`Deployment id: ${id}`),
    line(`${accepted}, requested by ${principal}`),
    ...(ahead > 0
      ? [line(`Queued: ${ahead} earlier ${ahead === 1 ? 'deployment' : 'deployments'} of ${appName} not finished or not yet removed`)]
      : []),
    ...warnings.map(warning => line(`Warning: ${warning}`, 'warn')),
  ];
  const queue = first ? [id, ...app.queue] : [...app.queue, id];
  return { app: { ...app, ...counters, newest: id, queue }, record: { after: record, entries }, ...claims };
}

async function chooseVersion(
  store: Store,
  app: App,
  candidate: Candidate,
): Promise<{ version: string; counters: Pick<App, 'counter' | 'highestFixed'> }> {
  const { namespace, appName, newVersion } = candidate.descriptor;
  if (candidate.version !== undefined) return { version: candidate.version, counters: {} };
  if (newVersion === '#') {
    const inCluster = app.counter === undefined ? await candidate.numberInCluster() : 0;
    let number = numberAfter(lastNumber(app, inCluster));
    // An app may be called like a version of this one (`shop-3` beside `shop`): its number is passed over.
    while (await isNameOfOther(store, namespace, appName, versionedName(appName, String(number)))) number = numberAfter(number);
    return { version: String(number), counters: { counter: number } };
  }
  const number = asNumber(newVersion);
  if (number === undefined) return { version: newVersion, counters: {} };
  if (app.counter === undefined) return { version: newVersion, counters: { highestFixed: Math.max(app.highestFixed ?? 0, number) } };
  return { version: newVersion, counters: { counter: Math.max(app.counter, number) } };
}
