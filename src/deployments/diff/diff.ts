/** What would a deployment of this descriptor change? Compares it with what serves now; nothing is stored or changed. */

import type { Principal } from '../../access/index.ts';
import { may } from '../../access/index.ts';
import { whyForeign, type RoutingSettings, type VersionTarget } from '../../cluster/manifests/index.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { kinds, refOf, type Kind } from '../../cluster/objects.ts';
import { presentDescriptor, secretValues, type Descriptor, type DescriptorSpec } from '../../descriptors/index.ts';
import { hiding, mask, type Hide } from '../../lib/known-values.ts';
import { Problem } from '../../lib/problem.ts';
import { hideNamed } from '../../lib/redact.ts';
import { unifiedDiff } from '../../lib/unified-diff.ts';
import { keys } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';
import { isOurs } from '../plan/difference.ts';
import { wantedPods } from '../plan/pods.ts';
import { startingReplicas } from '../plan/start.ts';
import type { Deployment } from '../record.ts';
import type { Repository } from '../repository.ts';
import type { Sight } from '../run/sight.ts';
import { compareObjects, type ObjectDiff } from './objects.ts';
import { descriptorText } from './texts.ts';

export interface DescriptorDiff {
  appName: string;
  /** `#` = the next number, which is given at acceptance. */
  version: string;
  /** What serves now. */
  against?: { deploymentId: string; version: string };
  descriptor: string;
  objects: ObjectDiff[];
  warnings: string[];
}

export interface DiffDeps {
  store: Pick<Store, 'range'>;
  repository: Pick<Repository, 'app' | 'deployment'>;
  cluster: Pick<Cluster, 'read'>;
  sight: Pick<Sight, 'see'>;
  installation: string;
  routing: RoutingSettings;
  /** Throws INVALID with every fault, or POLICY_VIOLATION. */
  readDescriptor(namespace: string, raw: unknown): { spec: DescriptorSpec; warnings: string[] };
}

/** Throws INVALID, POLICY_VIOLATION, or UNAVAILABLE while the cluster is not known. */
export type Diff = (namespace: string, raw: unknown, principal: Principal) => Promise<DescriptorDiff>;

export function createDiff(deps: DiffDeps): Diff {
  const { store, repository, cluster, sight, installation, routing } = deps;

  /** Names only: whoever may deploy may not read the store's values. */
  async function environmentNames(): Promise<Record<string, string>> {
    const { entries } = await store.range(keys.environment);
    return Object.fromEntries(entries.map(({ key }) => [key.slice(keys.environment.length), mask]));
  }

  /** What the mirrors do not show because it carries no mark of ours stands in the way all the same. */
  async function inTheWay(objects: readonly ObjectDiff[], { namespace, name }: { namespace: string; name: string }): Promise<string[]> {
    const missing = objects.filter(({ action, kind }) => action === 'create' && kind in kinds);
    const found = await Promise.all(missing.map(object => cluster.read({ kind: object.kind as Kind, namespace, name: object.name })));
    return found.flatMap(object => {
      const why = object && whyForeign(object, installation, name);
      return object && why !== undefined ? [`${why}: a deployment that needs ${refOf(object).name} would end in FOREIGN_OBJECT`] : [];
    });
  }

  return async (namespace, raw, principal) => {
    const { spec, warnings } = deps.readDescriptor(namespace, raw);
    const { appName, newVersion } = spec;
    const { value: app } = await repository.app(namespace, appName);
    const serving = app.serving === undefined ? undefined : (await repository.deployment(namespace, app.serving))?.value;
    const world = sight.see(namespace, appName)?.world;
    if (!world) throw new Problem('UNAVAILABLE', 'the cluster has not been read yet', { retryAfter: 2 });

    const shown = (descriptor: DescriptorSpec): Descriptor =>
      presentDescriptor({ id: '', created: '', lastModified: '', ...descriptor }, principal);
    const hide = hidingFrom(principal, namespace, [spec, ...(serving ? [serving.descriptor] : [])]);
    const environment = await environmentNames();
    const target = (descriptor: DescriptorSpec, version: string, replicas: number): VersionTarget => ({
      installation,
      namespace,
      appName,
      version,
      // Of what stands, so that an object that only gets another mark is not told as changed.
      deployment: serving?.objectsOf ?? '-',
      epoch: 0,
      descriptor: shown(descriptor),
      environment,
      replicas,
    });
    const objects = compareObjects({
      world,
      isOurs: object => isOurs({ installation, app }, object),
      routing,
      serving: serving && target(serving.descriptor, serving.version, wantedPods(world, serving)),
      next: target(spec, newVersion, startingReplicas(world, serving, spec.replicas)),
      hide,
    });
    return {
      appName,
      version: newVersion,
      ...(serving ? { against: { deploymentId: serving.id, version: serving.version } } : {}),
      descriptor: unifiedDiff(serving ? hide(descriptorText(shown(serving.descriptor))) : '', hide(descriptorText(shown(spec))), {
        before: serving ? `version ${serving.version}` : '/dev/null',
        after: `version ${newVersion}`,
      }),
      objects,
      warnings: [...warnings, ...liveAlready(serving, newVersion), ...(await inTheWay(objects, { namespace, name: appName }))],
    };
  };
}

const liveAlready = (serving: Deployment | undefined, version: string): string[] =>
  serving?.version === version ? [`version ${version} serves already: deploying it again fails (VERSION_LIVE)`] : [];

/** What stands in the cluster is not masked as descriptors are: whoever may not see secrets sees none there either. */
function hidingFrom(principal: Principal, namespace: string, descriptors: DescriptorSpec[]): Hide {
  if (may(principal, 'deployer', namespace)) return text => text;
  const hide = hiding(descriptors.flatMap(secretValues));
  return text => hideNamed(hide(text));
}
