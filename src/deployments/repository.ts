/**
 * Reads and writes the records of this room. `commit` is the only way to change a deployment: one transaction that compares the app (and each record it
 * changes), checks the transition table, hides secrets in what is told, numbers the log entries and keeps the indexes.
 */

import type { Clock } from '../lib/clock.ts';
import type { Hide } from '../lib/known-values.ts';
import { silentLogger } from '../lib/log.ts';
import { createQuarantine, readRecord, type Quarantine } from '../lib/stored-record.ts';
import { keys } from '../store/keys.ts';
import type { Compare, Entry, Store, Write } from '../store/store.ts';
import { discreetly } from './discretion.ts';
import { cutLine, oneLine, withinLog } from './log-limits.ts';
import type { App, Deployment, HealthDatum, LogEntry, LogLevel, Phase } from './record.ts';
import { isEnd, mayFollow } from './transitions.ts';

export interface Versioned<T> {
  value: T;
  /** Store revision of its last write; 0 = not stored yet. */
  revision: number;
}

export interface NewEntry {
  level: LogLevel;
  message: string;
  phase?: Phase;
  /** When it happened, RFC 3339; absent = at the commit. */
  time?: string;
}

export interface RecordChange {
  /** As read; absent for a new deployment. */
  before?: Versioned<Deployment>;
  /** As it shall be. `lastModified` and `log` are set here. */
  after: Deployment;
  entries: NewEntry[];
  health?: HealthDatum[];
}

export interface AppChange {
  before: Versioned<App>;
  /** Absent = the app key is only compared, not written (for log batches). */
  app?: App;
  records: RecordChange[];
  /** Records to remove, with log, health data and index. */
  remove?: Deployment[];
  compare?: Compare[];
  writes?: Write[];
}

export type Committed = { app: Versioned<App>; records: Versioned<Deployment>[] };

export class InvariantError extends Error {}

export interface Repository {
  app(namespace: string, name: string): Promise<Versioned<App>>;
  /** Every app, or those of a namespace, and the revision from which to watch for more. */
  apps(namespace?: string): Promise<{ apps: Versioned<App>[]; revision: number }>;
  deployment(namespace: string, id: string): Promise<Versioned<Deployment> | undefined>;
  /** Newest first, without those that cannot be read. `after` is the id of the last one of the page before. */
  deployments(query: {
    namespace: string;
    appName?: string;
    limit?: number;
    after?: string;
  }): Promise<{ deployments: Deployment[]; more: boolean }>;
  /** How many deployments of an app are stored; no record is read. */
  countOfApp(namespace: string, appName: string): Promise<number>;
  health(namespace: string, id: string): Promise<HealthDatum[]>;
  /** Stored entries with seq > after, and the revision from which to watch for more. */
  log(namespace: string, id: string, after?: number): Promise<{ entries: LogEntry[]; revision: number }>;
  /** Undefined when something was changed in between: read again and decide again. */
  commit(change: AppChange): Promise<Committed | undefined>;
}

export const newApp = (namespace: string, name: string): App => ({ schema: 1, namespace, name, epoch: 0, queue: [] });

/** Throws a RecordError for what is not the app of its key. */
export function parseApp(entry: Entry): Versioned<App> {
  const fits = ({ namespace, name, queue }: App) => keys.app(namespace, name) === entry.key && Array.isArray(queue);
  return { value: readRecord<App>(entry, fits), revision: entry.revision };
}

/** Throws a RecordError for what is not the deployment of its key. */
export function parseDeployment(entry: Entry): Versioned<Deployment> {
  const fits = ({ namespace, id, appName, version, descriptor, wishes, log }: Deployment) =>
    keys.deployment(namespace, id) === entry.key &&
    descriptor.namespace === namespace &&
    descriptor.appName === appName &&
    Array.isArray(descriptor.podspec.containers) &&
    typeof version === 'string' &&
    typeof wishes === 'object' &&
    Number.isInteger(log.next);
  return { value: readRecord<Deployment>(entry, fits), revision: entry.revision };
}

export interface RepositoryDeps {
  store: Store;
  clock: Clock;
  quarantine?: Quarantine;
  /** Hides the secrets that this process knows besides those of a deployment's own descriptor. */
  hide?: Hide;
}

export function createRepository({
  store,
  clock,
  quarantine = createQuarantine(silentLogger),
  hide = text => text,
}: RepositoryDeps): Repository {
  const inOneBatch = (entries: Entry[]): LogEntry[] => entries.flatMap(entry => JSON.parse(entry.value) as LogEntry[]);

  function change(record: RecordChange, compare: Compare[], writes: Write[]): Deployment {
    const before = record.before?.value;
    const { namespace, id, appName } = record.after;
    if (before && !mayFollow(before.status, record.after.status))
      throw new InvariantError(`deployment ${id} must not go from ${before.status} to ${record.after.status}`);
    const nowMs = clock.now();
    const modified = before ? Math.max(Date.parse(before.lastModified) + 1, nowMs) : Date.parse(record.after.lastModified);
    const first = before?.log.next ?? 1;
    const time = new Date(nowMs).toISOString();
    const outcome = before?.status !== record.after.status || before.settledAt !== record.after.settledAt;
    const own = discreetly(record.after);
    const told: Hide = text => own(hide(text));
    const lines = record.entries.map(entry => ({ time, ...entry, message: cutLine(oneLine(told(entry.message))) }));
    const entries = withinLog(lines, first, outcome).map((entry, index): LogEntry => ({ seq: first + index, ...entry }));
    const last = first + entries.length - 1;
    const log: Deployment['log'] = { ...before?.log, next: last + 1 };
    const underWay = !isEnd(record.after.status);
    if (underWay) delete log.endSeq;
    else if (log.endSeq === undefined) log.endSeq = last;
    if (record.after.settledAt === undefined) delete log.settledSeq;
    else log.settledSeq ??= last;
    const { reason, warnings } = record.after;
    const after: Deployment = {
      ...record.after,
      ...(reason ? { reason: { ...reason, message: told(reason.message) } } : {}),
      warnings: warnings.map(told),
      lastModified: new Date(modified).toISOString(),
      log,
    };
    compare.push({ key: keys.deployment(namespace, id), revision: record.before?.revision ?? 0 });
    writes.push({ put: keys.deployment(namespace, id), value: JSON.stringify(after) });
    if (!before) writes.push({ put: keys.deploymentOfApp(namespace, appName, id), value: '' });
    if (entries.length > 0) writes.push({ put: keys.logBatch(namespace, id, first), value: JSON.stringify(entries) });
    const health = record.health?.map(datum => ({ ...datum, value: told(datum.value) }));
    if (health) writes.push({ put: keys.health(namespace, id), value: JSON.stringify(health) });
    return after;
  }

  return {
    async app(namespace, name) {
      const entry = await store.get(keys.app(namespace, name));
      return entry ? parseApp(entry) : { value: newApp(namespace, name), revision: 0 };
    },

    async apps(namespace) {
      const page = await store.range(namespace === undefined ? keys.apps : keys.appsIn(namespace));
      return { apps: quarantine.readable(page.entries, parseApp), revision: page.revision };
    },

    async deployment(namespace, id) {
      const entry = await store.get(keys.deployment(namespace, id));
      return entry && parseDeployment(entry);
    },

    async deployments(query) {
      const { namespace, appName, limit, after } = query;
      const prefix = appName === undefined ? keys.deployments(namespace) : keys.deploymentsOfApp(namespace, appName);
      const page = await store.range(prefix, {
        descending: true,
        ...(limit === undefined ? {} : { limit }),
        ...(after === undefined ? {} : { after: prefix + after }),
      });
      const entries =
        appName === undefined
          ? page.entries
          : await Promise.all(page.entries.map(entry => store.get(keys.deployment(namespace, entry.key.slice(prefix.length)))));
      const found = entries.filter(entry => entry !== undefined);
      const deployments = quarantine.readable(found, entry => parseDeployment(entry).value);
      const last = page.entries.at(-1)?.key.slice(prefix.length);
      // The next page starts after the last one of this: there must be one.
      if (deployments.length === 0 && page.more && last !== undefined) return this.deployments({ ...query, after: last });
      return { deployments, more: page.more };
    },

    countOfApp: (namespace, appName) => store.count(keys.deploymentsOfApp(namespace, appName)),

    async health(namespace, id) {
      const entry = await store.get(keys.health(namespace, id));
      return entry ? (JSON.parse(entry.value) as HealthDatum[]) : [];
    },

    async log(namespace, id, after = 0) {
      // A batch is found under its first number, so the one that holds `after + 1` may start before it: all are read, and logs are capped.
      const page = await store.range(keys.logs(namespace, id));
      return { entries: inOneBatch(page.entries).filter(entry => entry.seq > after), revision: page.revision };
    },

    async commit({ before, app, records, remove = [], compare = [], writes = [] }) {
      const { namespace, name } = before.value;
      const allCompares: Compare[] = [{ key: keys.app(namespace, name), revision: before.revision }, ...compare];
      const allWrites: Write[] = [];
      const stored = records.map(record => change(record, allCompares, allWrites));
      if (app) allWrites.push({ put: keys.app(namespace, name), value: JSON.stringify(app) });
      for (const { id } of remove) {
        allWrites.push({ delete: keys.deployment(namespace, id) }, { delete: keys.deploymentOfApp(namespace, name, id) });
        allWrites.push({ deletePrefix: keys.logs(namespace, id) }, { delete: keys.health(namespace, id) });
      }
      const outcome = await store.transact({ compare: allCompares, writes: [...allWrites, ...writes] });
      if (!outcome.committed) return undefined;
      return {
        app: app ? { value: app, revision: outcome.revision } : before,
        records: stored.map(value => ({ value, revision: outcome.revision })),
      };
    },
  };
}
