/** Asks the API server whether it would take what a descriptor makes, without making it. */

import { ClusterError, type Cluster } from './cluster/cluster.ts';
import { renderVersion, type RoutingSettings, type VersionTarget } from './cluster/manifests/index.ts';
import { secretsInVariable, type DescriptorSpec } from './descriptors/index.ts';
import type { KnownSecrets } from './lib/known-values.ts';
import type { Fault } from './lib/problem.ts';
import { keys } from './store/keys.ts';
import type { Store } from './store/store.ts';

export interface DryRunDeps {
  cluster: Pick<Cluster, 'dryRun'>;
  store: Pick<Store, 'range'>;
  routing: RoutingSettings;
  installation: string;
  /** The API server may quote an object with the variables of the store. */
  secrets: KnownSecrets;
}

/** A number that no version of an app will reach: the names that are tried are not those of objects that stand. */
const triedVersion = '0000000000';

export function createDryRun({
  cluster,
  store,
  routing,
  installation,
  secrets,
}: DryRunDeps): (spec: DescriptorSpec) => Promise<{ faults: Fault[]; warnings: string[] }> {
  return async spec => {
    const page = await store.range(keys.environment);
    const environment = page.entries.map(entry => [entry.key.slice(keys.environment.length), entry.value] as const);
    secrets.know(
      'environment',
      environment.flatMap(([name, value]) => secretsInVariable(name, value)),
    );
    const target: VersionTarget = {
      installation,
      namespace: spec.namespace,
      appName: spec.appName,
      version: spec.newVersion === '#' ? triedVersion : spec.newVersion,
      deployment: 'validation',
      epoch: 0,
      descriptor: spec,
      environment: Object.fromEntries(environment),
      replicas: spec.replicas,
    };
    const faults: Fault[] = [];
    const warnings: string[] = [];
    for (const object of renderVersion(target, routing)) {
      try {
        warnings.push(...(await cluster.dryRun(object)));
      } catch (error) {
        if (!(error instanceof ClusterError)) throw error;
        const fault = faultOf(error, object.kind, spec.namespace);
        if (fault !== undefined) faults.push(fault);
      }
    }
    return {
      faults: faults.map(fault => ({ ...fault, message: secrets.hide(fault.message) })),
      warnings: warnings.map(secrets.hide),
    };
  };
}

/** What the refusal says about the descriptor; undefined = nothing. Throws what is about the cluster's state and not about the descriptor. */
function faultOf(error: ClusterError, kind: string, namespace: string): Fault | undefined {
  const pointer = kind === 'ReplicationController' ? '/podspec' : kind === 'Ingress' ? '/frontend' : '';
  switch (error.code) {
    case 'ALREADY_EXISTS':
      return undefined;
    case 'NOT_FOUND':
      return { pointer: '/namespace', message: `namespace ${namespace} does not exist in the cluster` };
    case 'NAMESPACE_TERMINATING':
      return { pointer: '/namespace', message: `namespace ${namespace} is being deleted` };
    case 'INVALID':
    case 'BAD_REQUEST':
    case 'FORBIDDEN':
    case 'QUOTA_EXCEEDED':
      return { pointer, message: `the cluster refuses the ${kind}: ${error.message}` };
    case 'CONFLICT':
    case 'UNAUTHORIZED':
    case 'GONE':
    case 'TOO_MANY_REQUESTS':
    case 'UNAVAILABLE':
    case 'TIMEOUT':
    case 'NOT_SENT':
      throw error;
  }
}
