/** What can be done with descriptors. Nothing here deploys or undeploys anything. */

import type { Clock } from '../lib/clock.ts';
import { isId, newId } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { Problem, type Fault } from '../lib/problem.ts';
import { createQuarantine, readRecord, type Quarantine } from '../lib/stored-record.ts';
import { keys } from '../store/keys.ts';
import type { Entry, Store, Write } from '../store/store.ts';
import type { Descriptor, DescriptorSpec } from './descriptor.ts';
import { parseDescriptor } from './parse.ts';
import { isObject } from './pod-spec.ts';
import { ruleWarnings } from './rules.ts';
import { policyFaults, policyProblem, type PodPolicy } from './policy/index.ts';

export interface Stored {
  descriptor: Descriptor;
  /** Revision of its last write. */
  revision: number;
}

export interface Verdict {
  valid: boolean;
  errors: Fault[];
  warnings: string[];
}

export interface DescriptorsDeps {
  store: Store;
  clock: Clock;
  quarantine?: Quarantine;
  maxReplicas: number;
  /** In one namespace; 0 = no limit. */
  maxDescriptors: number;
  podPolicy: PodPolicy;
  /** What the routing dialect cannot do as asked. */
  routingWarnings(spec: DescriptorSpec): string[];
  /** Asks the API server whether it would take the objects of this descriptor; changes nothing. */
  dryRun(spec: DescriptorSpec): Promise<{ faults: Fault[]; warnings: string[] }>;
}

export interface Descriptors {
  /** What is accepted but cannot work as asked. */
  warningsOf(spec: DescriptorSpec): string[];
  /** What would be stored. Throws INVALID with every fault, or POLICY_VIOLATION. */
  read(namespace: string, raw: unknown): { spec: DescriptorSpec; warnings: string[] };
  /** Throws INVALID with every fault, POLICY_VIOLATION or QUOTA_EXCEEDED. */
  create(namespace: string, raw: unknown): Promise<Stored & { warnings: string[] }>;
  /** Newest first, without those that cannot be read. `after` is the id of the last one of the page before. */
  list(query: {
    namespace: string;
    appName?: string | undefined;
    limit?: number | undefined;
    after?: string | undefined;
  }): Promise<{ descriptors: Descriptor[]; more: boolean }>;
  find(namespace: string, id: string): Promise<Stored | undefined>;
  /** Throws NOT_FOUND. */
  get(namespace: string, id: string): Promise<Stored>;
  /** Answers what was there too. Full replace; keeps id and created. `ifMatch` = the revision that the caller has seen; another one there throws PRECONDITION_FAILED. */
  replace(
    namespace: string,
    id: string,
    raw: unknown,
    ifMatch: ((revision: number) => boolean) | undefined,
  ): Promise<Stored & { before: Descriptor; warnings: string[] }>;
  /** Answers what was there. */
  remove(namespace: string, id: string, ifMatch: ((revision: number) => boolean) | undefined): Promise<Descriptor>;
  /** Removes all of an app, newest excepted when `keepLatest`. Returns their ids. */
  removeOfApp(namespace: string, appName: string, keepLatest: boolean): Promise<string[]>;
  /** Every fault and warning, as a value. `cluster` also asks the API server. */
  validate(namespace: string, raw: unknown, cluster: boolean): Promise<Verdict>;
}

/** etcd takes 128 operations in one transaction by default; each descriptor needs two. */
const idsPerTransaction = 50;

interface Record extends Descriptor {
  schema: 1;
}

/** Throws a RecordError for what is not the descriptor of its key. */
function read(entry: Entry): Stored {
  const fits = ({ namespace, id, appName, podspec }: Record) =>
    keys.descriptor(namespace, id) === entry.key && typeof appName === 'string' && Array.isArray(podspec.containers);
  const { schema: _schema, ...descriptor } = readRecord<Record>(entry, fits);
  return { descriptor, revision: entry.revision };
}

export function createDescriptors(deps: DescriptorsDeps): Descriptors {
  const { store, clock, quarantine = createQuarantine(silentLogger) } = deps;

  function accept(namespace: string, raw: unknown): { spec: DescriptorSpec; warnings: string[] } {
    const parsed = parseDescriptor(raw, { namespace, maxReplicas: deps.maxReplicas });
    if ('faults' in parsed)
      throw new Problem('INVALID', `the descriptor has ${count(parsed.faults.length, 'fault')}`, { faults: parsed.faults });
    const faults = policyFaults(deps.podPolicy, parsed.value);
    if (faults.length > 0) throw policyProblem(namespace, faults);
    return { spec: parsed.value, warnings: [...parsed.warnings, ...deps.routingWarnings(parsed.value)] };
  }

  async function find(namespace: string, id: string): Promise<Stored | undefined> {
    // Anything else can be no key of ours, and no key is built from it.
    if (!isId(id)) return undefined;
    const entry = await store.get(keys.descriptor(namespace, id));
    return entry && read(entry);
  }

  async function get(namespace: string, id: string): Promise<Stored> {
    const stored = await find(namespace, id);
    if (stored === undefined) throw new Problem('NOT_FOUND', `there is no such descriptor in namespace ${namespace}`);
    return stored;
  }

  /** Counted before the write and not with it: requests that are under way together may exceed it by their number. */
  async function refuseBeyondQuota(namespace: string): Promise<void> {
    const most = deps.maxDescriptors;
    if (most === 0 || (await store.count(keys.descriptors(namespace))) < most) return;
    throw new Problem(
      'QUOTA_EXCEEDED',
      `namespace ${namespace} has ${most} descriptors, which is all it may have (--max-descriptors): delete some`,
    );
  }

  const put = (descriptor: Descriptor): Write => ({
    put: keys.descriptor(descriptor.namespace, descriptor.id),
    value: JSON.stringify({ schema: 1, ...descriptor } satisfies Record),
  });
  const indexOf = ({ namespace, appName, id }: Descriptor): string => keys.descriptorOfApp(namespace, appName, id);

  return {
    find,
    get,
    read: accept,
    warningsOf: spec => [...ruleWarnings(spec), ...deps.routingWarnings(spec)],

    async create(namespace, raw) {
      const { spec, warnings } = accept(namespace, raw);
      await refuseBeyondQuota(namespace);
      const now = clock.now();
      const time = new Date(now).toISOString();
      const descriptor: Descriptor = { id: newId(now), created: time, lastModified: time, ...spec };
      const outcome = await store.transact({
        compare: [{ key: keys.descriptor(namespace, descriptor.id), revision: 0 }],
        writes: [put(descriptor), { put: indexOf(descriptor), value: '' }],
      });
      if (!outcome.committed) throw new Problem('UNAVAILABLE', 'the store did not take the descriptor; try again', { retryAfter: 1 });
      return { descriptor, revision: outcome.revision, warnings };
    },

    async list(query) {
      const { namespace, appName, limit, after } = query;
      const prefix = appName === undefined ? keys.descriptors(namespace) : keys.descriptorsOfApp(namespace, appName);
      const page = await store.range(prefix, {
        descending: true,
        ...(limit === undefined ? {} : { limit }),
        ...(after === undefined ? {} : { after: prefix + after }),
      });
      const entries =
        appName === undefined
          ? page.entries
          : await Promise.all(page.entries.map(entry => store.get(keys.descriptor(namespace, entry.key.slice(prefix.length)))));
      const found = entries.filter(entry => entry !== undefined);
      const descriptors = quarantine.readable(found, entry => read(entry).descriptor);
      const last = page.entries.at(-1)?.key.slice(prefix.length);
      // The next page starts after the last one of this: there must be one.
      if (descriptors.length === 0 && page.more && last !== undefined) return this.list({ ...query, after: last });
      return { descriptors, more: page.more };
    },

    async replace(namespace, id, raw, ifMatch) {
      // Without a condition of the caller's, a write in between is simply replaced too: the later one wins.
      for (;;) {
        const before = await get(namespace, id);
        checkCondition(before, ifMatch);
        const { spec, warnings } = accept(namespace, raw);
        if (spec.appName !== before.descriptor.appName) {
          const faults = [
            { pointer: '/appName', message: `must stay "${before.descriptor.appName}": create a new descriptor for another app` },
          ];
          throw new Problem('INVALID', 'the app of a descriptor cannot be changed', { faults });
        }
        const modified = Math.max(Date.parse(before.descriptor.lastModified) + 1, clock.now());
        const descriptor: Descriptor = { id, created: before.descriptor.created, lastModified: new Date(modified).toISOString(), ...spec };
        const outcome = await store.transact({
          compare: [{ key: keys.descriptor(namespace, id), revision: before.revision }],
          writes: [put(descriptor)],
        });
        if (outcome.committed) return { descriptor, before: before.descriptor, revision: outcome.revision, warnings };
      }
    },

    async remove(namespace, id, ifMatch) {
      for (;;) {
        const before = await get(namespace, id);
        checkCondition(before, ifMatch);
        const key = keys.descriptor(namespace, id);
        const outcome = await store.transact({
          compare: [{ key, revision: before.revision }],
          writes: [{ delete: key }, { delete: indexOf(before.descriptor) }],
        });
        if (outcome.committed) return before.descriptor;
      }
    },

    async removeOfApp(namespace, appName, keepLatest) {
      const prefix = keys.descriptorsOfApp(namespace, appName);
      const page = await store.range(prefix, { descending: true });
      const ids = page.entries.map(entry => entry.key.slice(prefix.length)).slice(keepLatest ? 1 : 0);
      for (let from = 0; from < ids.length; from += idsPerTransaction) {
        const writes = ids
          .slice(from, from + idsPerTransaction)
          .flatMap(id => [{ delete: keys.descriptor(namespace, id) }, { delete: prefix + id }]);
        await store.transact({ compare: [], writes });
      }
      return ids;
    },

    async validate(namespace, raw, cluster) {
      const parsed = parseDescriptor(raw, { namespace: namespace === '' ? namespaceIn(raw) : namespace, maxReplicas: deps.maxReplicas });
      if ('faults' in parsed) return { valid: false, errors: parsed.faults, warnings: parsed.warnings };
      const spec = parsed.value;
      const errors = policyFaults(deps.podPolicy, spec);
      const warnings = [...parsed.warnings, ...deps.routingWarnings(spec)];
      if (cluster && errors.length === 0) {
        const answer = await deps.dryRun(spec);
        errors.push(...answer.faults);
        warnings.push(...answer.warnings);
      }
      return { valid: errors.length === 0, errors, warnings };
    },
  };
}

/** For a validation that names no namespace: the body's own, else the one that Kubernetes starts with. */
const namespaceIn = (raw: unknown): string => (isObject(raw) && typeof raw.namespace === 'string' ? raw.namespace : 'default');

const count = (amount: number, what: string): string => `${amount} ${what}${amount === 1 ? '' : 's'}`;

function checkCondition(before: Stored, ifMatch: ((revision: number) => boolean) | undefined): void {
  if (ifMatch === undefined || ifMatch(before.revision)) return;
  throw new Problem(
    'PRECONDITION_FAILED',
    'the descriptor was changed since it was read: read it again and apply the change to what is there now',
  );
}
