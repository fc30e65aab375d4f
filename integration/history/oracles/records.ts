/** What records may go through: statuses that may follow, an end in time, numbers that never repeat, logs without a gap, nothing acknowledged and lost. */

import type { App, Deployment, LogEntry, Status } from '../../../src/deployments/record.ts';
import { keys } from '../../../src/store/keys.ts';
import type { Fact } from '../history.ts';

/** PROTOCOL section 4, written a second time on purpose: status after status, with the reasons that allow the step (absent = any). */
const allowed: Record<Status, Partial<Record<Status, readonly string[] | 'any'>>> = {
  DEPLOYING: { DEPLOYED: 'any', FAILURE: 'any', UNDEPLOYED: ['CANCELLED', 'ROLLED_BACK'] },
  DEPLOYED: { UNDEPLOYING: 'any', UNDEPLOYED: ['REPLACED', 'ROLLED_BACK', 'NAMESPACE_GONE'], FAILURE: ['SWITCHED_BACK'] },
  UNDEPLOYED: { DEPLOYED: 'any' },
  UNDEPLOYING: { UNDEPLOYED: 'any', FAILURE: 'any' },
  FAILURE: {},
};

export interface Seen {
  at: number;
  revision: number;
  record: Deployment;
  /** The record was removed; `record` is as it was before. */
  gone?: true;
}

/** Every deployment of an app as the store held it, in order. */
export function livesOf(facts: readonly Fact[], namespace: string, appName: string): Map<string, Seen[]> {
  const lives = new Map<string, Seen[]>();
  for (const { key, value, at, revision } of facts) {
    if (!key.startsWith(keys.deployments(namespace))) continue;
    const last = lives.get(key.slice(keys.deployments(namespace).length));
    if (value === undefined) {
      const before = last?.at(-1);
      if (last && before) last.push({ at, revision, record: before.record, gone: true });
      continue;
    }
    const record = JSON.parse(value) as Deployment;
    if (record.appName !== appName) continue;
    if (last) last.push({ at, revision, record });
    else lives.set(record.id, [{ at, revision, record }]);
  }
  return lives;
}

const pairs = <T>(items: readonly T[]): [T, T][] => items.slice(1).map((item, index) => [items[index] as T, item]);

export function wrongTransitions(lives: ReadonlyMap<string, readonly Seen[]>): string[] {
  return [...lives].flatMap(([id, life]) =>
    pairs(life).flatMap(([before, after]) => {
      const [from, to] = [before.record.status, after.record.status];
      if (from === to) return [];
      const reasons = allowed[from][to];
      const code = after.record.reason?.code ?? 'none';
      if (reasons === undefined) return [`${id}: ${to} followed ${from}`];
      return reasons === 'any' || reasons.includes(code) ? [] : [`${id}: ${to} followed ${from} with the reason ${code}`];
    }),
  );
}

/** `lastModified` grows with every change, `deployedAt` is kept for ever. */
export function wrongTimes(lives: ReadonlyMap<string, readonly Seen[]>): string[] {
  return [...lives].flatMap(([id, life]) =>
    pairs(life.filter(({ gone }) => !gone)).flatMap(([{ record: before }, { record: after }]) => [
      ...(Date.parse(after.lastModified) > Date.parse(before.lastModified)
        ? []
        : [`${id}: lastModified did not grow at ${after.lastModified}`]),
      ...(before.deployedAt === undefined || before.deployedAt === after.deployedAt ? [] : [`${id}: deployedAt changed`]),
    ]),
  );
}

export interface Patience {
  /** From these moments on somebody was there to go on with the work, after nobody was. */
  resumed: readonly number[];
  leaseMs: number;
  /** For a record that has no deadline yet. */
  timeoutMs: number;
  now: number;
}

const slackMs = 5000;
const underWay = (status: Status): boolean => status === 'DEPLOYING' || status === 'UNDEPLOYING';

/** Every record reaches an end within lease + 5 s + what is left of its deadline, counted from the last interruption. Waiting for people is not counted: give it no `promotion: manual`. */
export function lateEnds(lives: ReadonlyMap<string, readonly Seen[]>, { resumed, leaseMs, timeoutMs, now }: Patience): string[] {
  return [...lives].flatMap(([id, life]) => {
    const faults: string[] = [];
    let begun: Seen | undefined;
    let newest: Seen | undefined;
    const judge = (start: Seen, last: Seen, end: number, what: string) => {
      const from = Math.max(start.at, ...resumed.filter(at => at <= end));
      const { status, deadline, descriptor } = last.record;
      const left =
        status === 'UNDEPLOYING' ? 0 : Math.max(0, (deadline ?? from + (descriptor.timeoutSeconds ?? timeoutMs / 1000) * 1000) - from);
      const limit = leaseMs + slackMs + left;
      if (end - from > limit) faults.push(`${id}: ${what} ${end - from} ms after the last interruption; ${limit} ms are allowed`);
    };
    for (const seen of life) {
      if (underWay(seen.record.status) && !seen.gone) {
        if (begun?.record.status !== seen.record.status) begun = seen;
        newest = seen;
      } else if (begun && newest) {
        judge(begun, newest, seen.at, seen.gone ? 'was removed' : `ended as ${seen.record.status}`);
        begun = newest = undefined;
      }
    }
    if (begun && newest) judge(begun, newest, now, `is still ${begun.record.status}`);
    return faults;
  });
}

/** `#` never gives a number twice and never goes back. A rollback runs the version it brings back and takes no number. */
export function repeatedNumbers(facts: readonly Fact[], namespace: string, appName: string): string[] {
  const faults: string[] = [];
  const takenBy = new Map<string, string>();
  for (const [id, [first]] of livesOf(facts, namespace, appName)) {
    if (!first || first.record.rollbackOf !== undefined) continue;
    const { version } = first.record;
    const other = takenBy.get(version);
    if (other !== undefined) faults.push(`version ${version} was given to ${other} and to ${id}`);
    takenBy.set(version, id);
  }
  let counter = 0;
  for (const { key, value, revision } of facts) {
    if (key !== keys.app(namespace, appName) || value === undefined) continue;
    const now = (JSON.parse(value) as App).counter ?? 0;
    if (now < counter) faults.push(`store revision ${revision}: the counter went from ${counter} back to ${now}`);
    counter = now;
  }
  return faults;
}

/** A stored log is 1, 2, 3 and so on, up to the numbers that its record names. */
export function gapsInLog(record: Pick<Deployment, 'id' | 'log'>, entries: readonly Pick<LogEntry, 'seq'>[]): string[] {
  const faults = entries.flatMap(({ seq }, index) =>
    seq === index + 1 ? [] : [`${record.id}: entry ${index + 1} of the log has the number ${seq}`],
  );
  const last = entries.at(-1)?.seq ?? 0;
  if (record.log.next !== last + 1)
    faults.push(`${record.id}: the record says that entry ${record.log.next} is next, the log ends with ${last}`);
  for (const mark of ['endSeq', 'settledSeq'] as const) {
    const seq = record.log[mark];
    if (seq !== undefined && seq > last) faults.push(`${record.id}: ${mark} is ${seq}, the log ends with ${last}`);
  }
  return faults.slice(0, 5);
}

export interface Acknowledged {
  id: string;
  what: string;
}

/** What was answered with 2xx is there. `found` = ids that the API shows; one that somebody was promised to be rid of is not looked for. */
export const lostRequests = (acknowledged: readonly Acknowledged[], found: ReadonlySet<string>): string[] =>
  acknowledged.filter(({ id }) => !found.has(id)).map(({ id, what }) => `${what} of ${id} was acknowledged, and is not there`);
