/** Writes, reads and prunes audit records. Append-only: a key is written once, and only age removes it. */

import { createRate } from '../access/index.ts';
import type { Clock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import type { Logger } from '../lib/log.ts';
import { keys } from '../store/keys.ts';
import type { Entry, Store } from '../store/store.ts';
import { recordOf, type Attempt, type AuditRecord } from './record.ts';

export interface JournalDeps {
  store: Store;
  clock: Clock;
  log: Logger;
  /** Newest records of a namespace that are kept. */
  keep: number;
}

export interface AuditQuery {
  /** '' = what was let in nowhere. */
  namespace: string;
  principal?: string | undefined;
  appName?: string | undefined;
  limit: number;
  /** Id of the last record of the page before. */
  after?: string | undefined;
}

export interface Journal {
  /**
   * Resolves when the record is durable, at once when it is not to be stored. Never rejects: what was done stays done when the store does not take its record; that is logged as
   * an error and counted.
   */
  record(attempt: Attempt): Promise<void>;
  /** Newest first. */
  list(query: AuditQuery): Promise<{ records: AuditRecord[]; more: boolean }>;
  readonly counts: {
    /** Records that could not be stored. */
    failed: number;
    /** Refusals beyond what one principal or address may leave here in a minute. */
    leftOut: number;
  };
}

/** Refusals that cost their sender nothing must cost no more than this: records of one principal or address that was not let in. */
const refusalsPerMinute = 60;
const page = 200;
const mostRemovedAtOnce = 1000;
/** What etcd takes in one transaction. */
const removalsPerCommit = 100;

export function createJournal({ store, clock, log, keep }: JournalDeps): Journal {
  const refusals = createRate({ perMinute: refusalsPerMinute, clock });
  const counts = { failed: 0, leftOut: 0 };
  /** So many more may stand until they are removed together. */
  const slack = Math.min(100, Math.ceil(keep / 10));
  /** Where something was written since the last pruning; the first record of a process prunes too. */
  const grown = new Set<string>();
  let appended = slack;
  let pruning: Promise<void> | undefined;

  async function append(namespace: string, record: AuditRecord): Promise<void> {
    const key = keys.auditRecord(namespace, record.id);
    try {
      const { committed } = await store.transact({
        compare: [{ key, revision: 0 }],
        writes: [{ put: key, value: JSON.stringify(record) }],
      });
      if (!committed) throw new Error('the id is taken');
    } catch (error) {
      counts.failed++;
      log.error('an audit record could not be stored', { id: record.id, requestId: record.requestId, error: String(error) });
      return;
    }
    grown.add(namespace);
    if (++appended > slack) pruning ??= pruneAll();
  }

  async function pruneAll(): Promise<void> {
    const namespaces = [...grown];
    grown.clear();
    appended = 0;
    try {
      for (const namespace of namespaces) await prune(keys.audit(namespace));
    } catch (error) {
      log.warn('old audit records could not be removed', { error: String(error) });
    } finally {
      pruning = undefined;
    }
  }

  async function prune(prefix: string): Promise<void> {
    const surplus = Math.min((await store.count(prefix)) - keep, mostRemovedAtOnce);
    if (surplus <= 0) return;
    const { entries } = await store.range(prefix, { limit: surplus });
    for (let from = 0; from < entries.length; from += removalsPerCommit)
      await store.transact({ compare: [], writes: entries.slice(from, from + removalsPerCommit).map(({ key }) => ({ delete: key })) });
  }

  return {
    counts,

    async record(attempt) {
      const { principal, namespace = '', letIn, remoteAddress, code } = attempt;
      if (!letIn && refusals.take(principal === undefined ? `address ${remoteAddress}` : `principal ${principal.name}`) > 0) {
        counts.leftOut++;
        return;
      }
      const nowMs = clock.now();
      const record = recordOf(attempt, { id: newId(nowMs), nowMs });
      // A log line has a time of its own.
      const { schema: _schema, time: _time, ...fields } = record;
      log.info('audit', fields);
      if (principal === undefined) return;
      const written = append(namespace, record);
      // Whoever is told that the store does not answer need not wait for it once more.
      if (code !== 'UNAVAILABLE') await written;
    },

    async list({ namespace, principal, appName, limit, after }) {
      const prefix = keys.audit(namespace);
      const records: AuditRecord[] = [];
      for (let last = after === undefined ? undefined : prefix + after; ;) {
        const found = await store.range(prefix, { descending: true, limit: page, ...(last === undefined ? {} : { after: last }) });
        for (const record of found.entries.map(read)) {
          if (principal !== undefined && record.principal !== principal) continue;
          if (appName !== undefined && record.appName !== appName) continue;
          if (records.length === limit) return { records, more: true };
          records.push(record);
        }
        if (!found.more) return { records, more: false };
        last = found.entries.at(-1)?.key;
      }
    },
  };
}

const read = ({ value }: Entry): AuditRecord => JSON.parse(value) as AuditRecord;
