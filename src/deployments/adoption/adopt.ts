/**
 * Takes over what runs already without touching its pods (PROTOCOL section 2). The record comes first: one transaction writes the deployment as DEPLOYED, the app with the uids of its
 * objects, and the claims. From then on the objects are ours by their uids, and the engine puts our marks on them as it does when somebody has stripped them. Marks without a record would
 * be swept away. Only what the engine never writes is marked here, before the record: pods, and the template from which new ones are made.
 */

import { marksOf, namesOf, hostsOf } from '../../cluster/manifests/index.ts';
import { ClusterError, type Cluster } from '../../cluster/cluster.ts';
import { refOf, type Kind, type KubeObject } from '../../cluster/objects.ts';
import { versionedName, type Descriptor, type DescriptorSpec } from '../../descriptors/index.ts';
import type { Clock } from '../../lib/clock.ts';
import { newIdAfter } from '../../lib/ids.ts';
import { Problem } from '../../lib/problem.ts';
import { keys } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';
import { claimsOf, takeClaims } from '../claims.ts';
import { asNumber, highestNumberInCluster } from '../numbering.ts';
import { keyOf } from '../plan/difference.ts';
import type { App, Deployment } from '../record.ts';
import type { Repository } from '../repository.ts';
import { refuseOtherTraffic, runningVersion, whoseIs, type Found, type Whose } from './found.ts';
import { readBack } from './read-back.ts';

export interface AdoptDeps {
  store: Store;
  repository: Repository;
  cluster: Pick<Cluster, 'read' | 'list' | 'replace' | 'mayI'>;
  clock: Clock;
  installation: string;
  ingressClass: string;
  /** The kinds of helper objects that this server makes. */
  helperKinds: Kind[];
  descriptors: {
    /** Throws INVALID with every fault, or POLICY_VIOLATION. */
    read(namespace: string, raw: unknown): { spec: DescriptorSpec; warnings: string[] };
    create(namespace: string, raw: unknown): Promise<{ descriptor: Descriptor }>;
    remove(namespace: string, id: string, ifMatch: undefined): Promise<unknown>;
  };
}

export interface Adoption {
  dryRun: boolean;
  appName: string;
  version: string;
  descriptor: DescriptorSpec;
  objects: { kind: string; name: string; whose: Whose; action: 'mark' | 'none' }[];
  warnings: string[];
  /** Absent in a dry run. */
  deployment?: string;
}

/** Throws CONFLICT with the reason, INVALID or POLICY_VIOLATION for what no descriptor may say, HOST_TAKEN, NAME_TAKEN. */
export type Adopt = (request: { namespace: string; appName: string; principal: string; dryRun: boolean }) => Promise<Adoption>;

const managedBy = 'app.kubernetes.io/managed-by';
const updatePods = { verb: 'update', group: '', resource: 'pods' };

export function createAdopt(deps: AdoptDeps): Adopt {
  const { store, repository, cluster, clock, installation, ingressClass, helperKinds, descriptors } = deps;
  const naming = { namesOf, hostsOf };

  async function find(namespace: string, appName: string): Promise<{ found: Found; version: string; controller: KubeObject }> {
    const labels = `app=${appName}`;
    const controllers = await cluster.list('ReplicationController', namespace, { labels });
    const { version, controller } = runningVersion(appName, controllers);
    const name = versionedName(appName, version);
    const read = (kind: Kind, of: string) => cluster.read({ kind, namespace, name: of });
    const helpersOf = (kind: Kind) => cluster.list(kind, namespace, { labels: `${labels},${managedBy}=teal` });
    const [service, versionService, ingress, preview, www, pods, ...helpers] = await Promise.all([
      read('Service', appName),
      read('Service', name),
      read('Ingress', appName),
      read('Ingress', name),
      read('Ingress', `${appName}-www-redirect`),
      cluster.list('Pod', namespace, { labels: `${labels},version=${version},name=${name}` }),
      ...helperKinds.map(helpersOf),
    ]);
    return { found: { controllers, service, versionService, ingress, preview, www, pods, helpers: helpers.flat() }, version, controller };
  }

  /** Teal sees only pods that carry its label; what it does not see it could not go back to. */
  async function refuseUnmarkable(namespace: string, pods: readonly KubeObject[]): Promise<void> {
    if (pods.every(isMarked) || (await cluster.mayI(updatePods, namespace))) return;
    const detail = `the server may not label pods in ${namespace}: label them by hand (kubectl label pods -n ${namespace} NAME ${managedBy}=teal), or grant it "update" on pods meanwhile`;
    throw new Problem('CONFLICT', `it cannot be adopted: ${detail}; nothing was changed`);
  }

  async function markPods(pods: readonly KubeObject[], controller: KubeObject): Promise<void> {
    // First the template: a pod that is made meanwhile has the label already.
    await edit(cluster, controller, copy => {
      const template = copy['spec'].template as { metadata: { labels?: Record<string, string> } };
      if (template.metadata.labels?.[managedBy] === 'teal') return false;
      template.metadata.labels = { ...template.metadata.labels, [managedBy]: 'teal' };
      return true;
    });
    for (const pod of pods) {
      await edit(cluster, pod, copy => {
        if (isMarked(copy)) return false;
        copy.metadata.labels = { ...copy.metadata.labels, [managedBy]: 'teal' };
        return true;
      });
    }
  }

  return async ({ namespace, appName, principal, dryRun }) => {
    const before = await repository.app(namespace, appName);
    refuseKnown(before.value);
    const { found, version, controller } = await find(namespace, appName);
    refuseOtherTraffic(appName, version, found, ingressClass);
    await refuseUnmarkable(namespace, found.pods);

    const { entries } = await store.range(keys.environment);
    const stored = new Set(entries.map(({ key }) => key.slice(keys.environment.length)));
    const back = readBack({ namespace, appName, version }, controller, found, stored);
    const { spec, warnings } = descriptors.read(namespace, back.descriptor);
    const claims = await takeClaims(store, namespace, appName, claimsOf(naming, spec, version));
    const objects = objectsOf(appName, version, controller, found);
    const named = objects.map(({ kind, name, object }) => {
      const whose = whoseIs(object, installation);
      return { kind, name, whose, action: whose === 'missing' ? ('none' as const) : ('mark' as const) };
    });
    const others = found.controllers
      .filter(({ metadata }) => metadata.uid !== controller.metadata.uid)
      .map(({ metadata }) => metadata.name);
    const told = [
      ...back.warnings,
      ...warnings,
      ...(others.length > 0 ? [`ReplicationControllers without pods are left alone: ${others.join(', ')}`] : []),
      ...(named.some(({ whose }) => whose === 'other-installation')
        ? ['another installation of Teal has made these objects: end it first, or both will put their own marks back for ever']
        : []),
    ];
    const adoption = { dryRun, appName, version, descriptor: spec, objects: named, warnings: told };
    if (dryRun) return adoption;

    const standing = objects.flatMap(({ object }) => object ?? []);
    const number = Math.max(before.value.counter ?? 0, asNumber(version) ?? 0, await highestNumberInCluster(cluster, namespace, appName));
    await markPods(found.pods, controller);
    const { descriptor } = await descriptors.create(namespace, back.descriptor);
    const record = recordOf({
      id: newIdAfter(before.value.newest, clock.now()),
      descriptor,
      version,
      principal,
      warnings: told,
      nowMs: clock.now(),
    });
    const app: App = {
      ...before.value,
      // Whoever wrote the marks that stand there may have come far.
      epoch: Math.max(before.value.epoch, ...standing.map(object => marksOf(object).epoch ?? 0)) + 1,
      counter: number,
      newest: record.id,
      serving: record.id,
      uids: Object.fromEntries(standing.map(object => [keyOf(object), object.metadata.uid ?? ''])),
    };
    const messages = [
      `Deployment id: ${record.id}`,
      `Adopted as version ${version}, requested by ${principal}: its pods go on running`,
      `Taken over: ${standing.map(object => `${object.kind} ${object.metadata.name}`).join(', ')}`,
    ];
    const committed = await repository
      .commit({
        before,
        app,
        records: [{ after: record, entries: messages.map(message => ({ level: 'info', message, phase: 'serving' })) }],
        ...claims,
      })
      .catch(async (error: unknown) => {
        await descriptors.remove(namespace, descriptor.id, undefined).catch(() => undefined);
        throw error;
      });
    if (!committed) {
      await descriptors.remove(namespace, descriptor.id, undefined);
      throw new Problem('CONFLICT', 'the app was changed meanwhile: look at it, and adopt it again if that is still wished');
    }
    return { ...adoption, deployment: record.id };
  };
}

const isMarked = (pod: KubeObject): boolean => pod.metadata.labels?.[managedBy] === 'teal';

function refuseKnown({ name, serving, other, queue }: App): void {
  if (serving === undefined && other === undefined && queue.length === 0) return;
  throw new Problem('CONFLICT', `${name} has deployments of Teal that serve or are under way: there is nothing to adopt`);
}

/** What becomes ours. The first part of the answer, and the uids that the app remembers. */
function objectsOf(
  appName: string,
  version: string,
  controller: KubeObject,
  found: Found,
): { kind: string; name: string; object?: KubeObject }[] {
  const versioned = versionedName(appName, version);
  const entry = (kind: string, name: string, object: KubeObject | undefined) => ({ kind, name, ...(object ? { object } : {}) });
  return [
    entry('ReplicationController', versioned, controller),
    entry('Service', versioned, found.versionService),
    entry('Service', appName, found.service),
    ...(found.ingress ? [entry('Ingress', appName, found.ingress)] : []),
    ...(found.preview ? [entry('Ingress', versioned, found.preview)] : []),
    ...(found.www ? [entry('Ingress', `${appName}-www-redirect`, found.www)] : []),
    ...found.helpers.map(object => entry(object.kind, object.metadata.name, object)),
  ];
}

function recordOf(made: {
  id: string;
  descriptor: Descriptor;
  version: string;
  principal: string;
  warnings: string[];
  nowMs: number;
}): Deployment {
  const { id, descriptor, version, principal, warnings, nowMs } = made;
  const time = new Date(nowMs).toISOString();
  return {
    schema: 1,
    id,
    namespace: descriptor.namespace,
    appName: descriptor.appName,
    created: time,
    lastModified: time,
    version,
    status: 'DEPLOYED',
    phase: 'serving',
    descriptor,
    objectsOf: id,
    principal,
    wishes: {},
    replicas: descriptor.replicas,
    warnings,
    deployedAt: time,
    settledAt: time,
    log: { next: 1 },
  };
}

const attempts = 5;

/** Changes an object as it is now; `change` says whether there is anything to do. One that is gone is left out. */
async function edit(cluster: Pick<Cluster, 'read' | 'replace'>, object: KubeObject, change: (copy: KubeObject) => boolean): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const found = await cluster.read(refOf(object));
    if (!found || found.metadata.uid !== object.metadata.uid) return;
    const copy = structuredClone(found);
    if (!change(copy)) return;
    try {
      await cluster.replace(copy);
      return;
    } catch (error) {
      if (!(error instanceof ClusterError) || error.code !== 'CONFLICT' || attempt === attempts) throw error;
    }
  }
}
