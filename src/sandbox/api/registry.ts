/** Create, update and delete as the Kubernetes API server does them: validation, optimistic concurrency, finalizers, graceful deletion. */

import { randomBytes, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../cluster/objects.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Rules } from '../rules/index.ts';
import type { Storage } from '../storage.ts';
import { ApiFailure, alreadyExists, badRequest, conflict, forbidden, invalid, notFound, staleWrite } from './failure.ts';
import { groupVersionOf, resources, type Resource } from './resources.ts';

export interface DeleteOptions {
  preconditions?: { uid?: string; resourceVersion?: string };
  propagationPolicy?: string;
  orphanDependents?: boolean;
  gracePeriodSeconds?: number;
  dryRun?: boolean;
}

export interface WriteOptions {
  dryRun?: boolean;
  /** A write to `status` changes only the status; any other write leaves it alone. */
  subresource?: 'status' | 'finalize' | undefined;
  /** Who writes; signs the object in metadata.managedFields. */
  manager?: string;
}

export interface Registry {
  read(resource: Resource, namespace: string, name: string): KubeObject;
  create(resource: Resource, namespace: string, input: KubeObject, options?: WriteOptions): KubeObject;
  /** PUT. Says whether it created the object. */
  replace(
    resource: Resource,
    namespace: string,
    name: string,
    input: KubeObject,
    options?: WriteOptions,
  ): { object: KubeObject; created: boolean };
  /** Reads, lets `edit` change a clone (or return another object), writes. A resourceVersion that `edit` leaves in place is current. */
  change(
    resource: Resource,
    namespace: string,
    name: string,
    edit: (object: KubeObject) => KubeObject | undefined,
    options?: WriteOptions,
  ): KubeObject;
  /** `gone` = it exists no more; otherwise finalizers or the grace period keep it. */
  remove(resource: Resource, namespace: string, name: string, options?: DeleteOptions): { object: KubeObject; gone: boolean };
}

export const timestamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

const nameLetters = 'bcdfghjklmnpqrstvwxz2456789';
export const randomSuffix = (length = 5): string => [...randomBytes(length)].map(byte => nameLetters[byte % nameLetters.length]).join('');

export function createRegistry(deps: { storage: Storage; rules: Rules; clock: Clock }): Registry {
  const { storage, rules, clock } = deps;
  const now = () => timestamp(clock.now());

  function read(resource: Resource, namespace: string, name: string): KubeObject {
    const found = storage.get(resource, namespace, name);
    if (!found) throw notFound(resource, name);
    return found;
  }

  function admit(resource: Resource, namespace: string, name: string) {
    if (!resource.namespaced) return;
    const home = read(resources.namespaces, '', namespace);
    if (!home.metadata.deletionTimestamp) return;
    throw forbidden(resource, name, `unable to create new content in namespace ${namespace} because it is being terminated`, [
      { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' },
    ]);
  }

  function admitQuota(resource: Resource, object: KubeObject) {
    if (resource !== resources.pods) return;
    const namespace = object.metadata.namespace ?? '';
    const used = storage.list(resource, namespace).filter(pod => !['Succeeded', 'Failed'].includes(pod.status?.phase)).length;
    for (const quota of storage.list(resources.resourcequotas, namespace)) {
      const [key, limit] =
        Object.entries((quota.spec?.hard ?? {}) as Record<string, string>).find(([name]) => name === 'pods' || name === 'count/pods') ?? [];
      if (key && used + 1 > Number(limit)) {
        const why = `exceeded quota: ${quota.metadata.name}, requested: ${key}=1, used: ${key}=${used}, limited: ${key}=${limit}`;
        throw forbidden(resource, object.metadata.name, why);
      }
    }
  }

  function create(resource: Resource, namespace: string, input: KubeObject, options: WriteOptions = {}): KubeObject {
    const object = structuredClone(input);
    const metadata = (object.metadata ??= { name: '' });
    if (metadata.resourceVersion) throw new ApiFailure(500, undefined, 'resourceVersion should not be set on objects to be created');
    if (resource.namespaced) {
      if ((metadata.namespace ?? namespace) !== namespace)
        throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
      metadata.namespace = namespace;
    } else delete metadata.namespace;
    const prefix = (metadata as { generateName?: string }).generateName;
    if (!metadata.name && prefix) metadata.name = prefix.slice(0, 58) + randomSuffix();
    metadata.name ??= '';
    admit(resource, namespace, metadata.name);
    Object.assign(metadata, { uid: randomUUID(), creationTimestamp: now(), ...(resource.generation ? { generation: 1 } : {}) });
    for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'managedFields', 'selfLink'])
      delete (metadata as unknown as Record<string, unknown>)[field];
    if (resource.subresources.includes('status')) delete object.status;
    object.apiVersion = groupVersionOf(resource);
    object.kind = resource.kind;
    rules.fillIn(resource, object, undefined);
    const faults = rules.faults(resource, object, undefined);
    if (faults.length > 0) throw invalid(resource, metadata.name, faults);
    if (storage.get(resource, metadata.namespace ?? '', metadata.name)) throw alreadyExists(resource, metadata.name);
    admitQuota(resource, object);
    sign(object, options, now());
    return options.dryRun ? object : storage.put(resource, object);
  }

  function update(resource: Resource, old: KubeObject, input: KubeObject, options: WriteOptions): KubeObject {
    const { name } = old.metadata;
    if (input.metadata.uid && input.metadata.uid !== old.metadata.uid) {
      throw conflict(
        resource,
        name,
        `Precondition failed: UID in precondition: ${input.metadata.uid}, UID in object meta: ${old.metadata.uid}`,
      );
    }
    if (input.metadata.resourceVersion && input.metadata.resourceVersion !== old.metadata.resourceVersion) throw staleWrite(resource, name);
    const next = merged(resource, old, structuredClone(input), options.subresource);
    if (options.subresource === undefined) {
      rules.fillIn(resource, next, old);
      const faults = rules.faults(resource, next, old);
      if (faults.length > 0) throw invalid(resource, name, faults);
    }
    if (resource.generation && !isDeepStrictEqual(desired(next), desired(old)))
      next.metadata.generation = (old.metadata.generation ?? 0) + 1;
    if (isFinished(resource, next)) return options.dryRun ? next : storage.remove(resource, next);
    if (isDeepStrictEqual(next, old)) return old;
    sign(next, options, now());
    return options.dryRun ? next : storage.put(resource, next);
  }

  function replace(resource: Resource, namespace: string, name: string, input: KubeObject, options: WriteOptions = {}) {
    const metadata = input.metadata ?? {};
    if (!metadata.name) throw badRequest('the name of the object must be specified');
    if (metadata.name !== name) throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
    if (resource.namespaced && (metadata.namespace ?? namespace) !== namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    }
    const old = storage.get(resource, namespace, name);
    if (old) return { object: update(resource, old, input, options), created: false };
    if (!resource.createOnUpdate || options.subresource) throw notFound(resource, name);
    const { resourceVersion: _, uid: __, ...rest } = metadata;
    return { object: create(resource, namespace, { ...input, metadata: rest }, options), created: true };
  }

  function change(
    resource: Resource,
    namespace: string,
    name: string,
    edit: (object: KubeObject) => KubeObject | undefined,
    options: WriteOptions = {},
  ) {
    const old = read(resource, namespace, name);
    const clone = structuredClone(old);
    return update(resource, old, edit(clone) ?? clone, options);
  }

  function remove(resource: Resource, namespace: string, name: string, options: DeleteOptions = {}) {
    const old = read(resource, namespace, name);
    checkPreconditions(resource, old, options);
    const next = structuredClone(old);
    next.metadata.finalizers = finalizersFor(resource, next, options);
    if (next.metadata.finalizers.length === 0) delete next.metadata.finalizers;
    const grace = resource === resources.pods ? graceOf(old, options) : 0;
    const earlier = old.metadata['deletionGracePeriodSeconds' as keyof typeof old.metadata] as number | undefined;
    if (!old.metadata.deletionTimestamp || grace < (earlier ?? 0)) {
      Object.assign(next.metadata, { deletionTimestamp: timestamp(clock.now() + grace * 1000), deletionGracePeriodSeconds: grace });
      if (resource.generation) next.metadata.generation = (old.metadata.generation ?? 0) + 1;
      if (resource === resources.namespaces) next.status = { ...next.status, phase: 'Terminating' };
    }
    if (isFinished(resource, next)) {
      return { object: options.dryRun ? old : storage.remove(resource, old), gone: true };
    }
    const unchanged = isDeepStrictEqual(next, old);
    return { object: options.dryRun || unchanged ? next : storage.put(resource, next), gone: false };
  }

  return { read, create, replace, change, remove };
}

/** What counts for the generation: everything but metadata and status. */
const desired = ({ metadata: _, status: __, ...rest }: KubeObject) => rest;

function merged(resource: Resource, old: KubeObject, input: KubeObject, subresource: WriteOptions['subresource']): KubeObject {
  if (subresource === 'status') return { ...old, metadata: { ...old.metadata }, status: input.status ?? {} };
  if (subresource === 'finalize') return { ...old, metadata: { ...old.metadata }, spec: input.spec ?? {} };
  const kept: Record<string, unknown> = {};
  const server = [
    'name',
    'namespace',
    'generateName',
    'uid',
    'resourceVersion',
    'creationTimestamp',
    'generation',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'managedFields',
  ];
  for (const field of server) {
    const value = (old.metadata as unknown as Record<string, unknown>)[field];
    if (value !== undefined) kept[field] = value;
  }
  const { labels, annotations, finalizers, ownerReferences } = input.metadata;
  const metadata = { ...kept, ...filled({ labels, annotations, finalizers, ownerReferences }) } as unknown as KubeObject['metadata'];
  const next: KubeObject = { ...input, apiVersion: old.apiVersion, kind: old.kind, metadata };
  if (resource.subresources.includes('status')) {
    delete next.status;
    if (old.status !== undefined) next.status = old.status;
  }
  return next;
}

/** Notes the writer. Which fields it wrote is not kept. */
function sign(object: KubeObject, { manager, subresource }: WriteOptions, time: string) {
  if (manager === undefined) return;
  const metadata = object.metadata as KubeObject['metadata'] & { managedFields?: { manager: string; subresource?: string }[] };
  const others = (metadata.managedFields ?? []).filter(entry => entry.manager !== manager || entry.subresource !== subresource);
  const entry = { manager, operation: 'Update', apiVersion: object.apiVersion, time, fieldsType: 'FieldsV1', fieldsV1: {} };
  metadata.managedFields = [...others, { ...entry, ...(subresource === undefined ? {} : { subresource }) }];
}

function filled(fields: Record<string, object | undefined | null>): Record<string, object> {
  const present: Record<string, object> = {};
  for (const [key, value] of Object.entries(fields)) if (value && Object.keys(value).length > 0) present[key] = value;
  return present;
}

function isFinished(resource: Resource, object: KubeObject): boolean {
  const { deletionTimestamp, finalizers } = object.metadata;
  if (!deletionTimestamp || finalizers?.length) return false;
  if (resource === resources.namespaces) return !object.spec?.finalizers?.length;
  return (object.metadata as { deletionGracePeriodSeconds?: number }).deletionGracePeriodSeconds === 0;
}

function checkPreconditions(resource: Resource, object: KubeObject, options: DeleteOptions) {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const refuse = (why: string) => conflict({ ...resource, plural: resource.kind, group: resource.group }, object.metadata.name, why);
  if (uid !== undefined && uid !== object.metadata.uid) {
    const known = object.metadata.uid;
    throw refuse(
      `the UID in the precondition (${uid}) does not match the UID in record (${known}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) {
    const known = object.metadata.resourceVersion;
    throw refuse(
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${known}). The object might have been modified`,
    );
  }
}

function finalizersFor(resource: Resource, object: KubeObject, options: DeleteOptions): string[] {
  const present = object.metadata.finalizers ?? [];
  const others = present.filter(finalizer => finalizer !== 'orphan' && finalizer !== 'foregroundDeletion');
  const asked =
    options.propagationPolicy ?? (options.orphanDependents === undefined ? undefined : options.orphanDependents ? 'Orphan' : 'Background');
  if (asked === undefined && present.length > others.length) return present;
  switch (asked ?? resource.propagation) {
    case 'Orphan':
      return [...others, 'orphan'];
    case 'Foreground':
      return [...others, 'foregroundDeletion'];
    default:
      return others;
  }
}

/** Pods that never reached a node or have ended go at once. */
function graceOf(pod: KubeObject, options: DeleteOptions): number {
  if (!pod.spec.nodeName || ['Succeeded', 'Failed'].includes(pod.status?.phase)) return 0;
  return options.gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
}
