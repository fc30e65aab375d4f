/** The scale subresource of a ReplicationController. */

import type { KubeObject } from '../../cluster/objects.ts';
import { staleWrite } from './failure.ts';
import { resources } from './resources.ts';

export function asScale(rc: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = rc.metadata;
  const selector = Object.entries(rc.spec.selector as Record<string, string>).map(([key, value]) => `${key}=${value}`);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...Object.fromEntries(
        Object.entries({ namespace, uid, resourceVersion, creationTimestamp }).filter(([, value]) => value !== undefined),
      ),
    },
    spec: { replicas: rc.spec.replicas },
    status: { replicas: rc.status?.replicas ?? 0, selector: selector.sort().join(',') },
  };
}

/** The RC with the replicas of `scale`. Throws 409 when `scale` was read from an older state. */
export function withScale(rc: KubeObject, scale: KubeObject): KubeObject {
  const { resourceVersion } = scale.metadata ?? {};
  if (resourceVersion && resourceVersion !== rc.metadata.resourceVersion)
    throw staleWrite(resources.replicationcontrollers, rc.metadata.name);
  return { ...rc, spec: { ...rc.spec, replicas: scale.spec?.replicas ?? 0 } };
}
