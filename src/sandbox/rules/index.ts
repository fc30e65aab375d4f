/** What the API server fills in and refuses, by resource. */

import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../cluster/objects.ts';
import { badValue, forbiddenField, type Cause } from '../api/failure.ts';
import { resources, type Resource } from '../api/resources.ts';
import { controllerDefaults, controllerFaults } from './controller-rules.ts';
import { ingressFaults } from './ingress-rules.ts';
import { metadataFaults } from './metadata-rules.ts';
import { podSpecDefaults, podSpecFaults, podUpdateFaults } from './pod-rules.ts';
import { serviceDefaults, serviceFaults } from './service-rules.ts';

export interface Rules {
  /** Changes `object` (a clone of the client's) in place. */
  fillIn(resource: Resource, object: KubeObject, old: KubeObject | undefined): void;
  faults(resource: Resource, object: KubeObject, old: KubeObject | undefined): Cause[];
}

export function createRules(): Rules {
  let services = 0;
  /** Addresses that nobody can reach: the sandbox has no kube-proxy. */
  const nextClusterIp = () => {
    services++;
    return `10.96.${1 + ((services >> 8) % 254)}.${services % 256}`;
  };

  return {
    fillIn(resource, object, old) {
      if (resource === resources.services) serviceDefaults(object, old, nextClusterIp);
      else if (resource === resources.replicationcontrollers) controllerDefaults(object);
      else if (resource === resources.ingresses) object.status ??= { loadBalancer: {} };
      else if (resource === resources.pods) {
        podSpecDefaults((object.spec ??= {}));
        object.spec.serviceAccountName ??= 'default';
        object.spec.serviceAccount ??= object.spec.serviceAccountName;
        object.spec.enableServiceLinks ??= true;
        object.status ??= { phase: 'Pending', qosClass: 'BestEffort' };
      } else if (resource === resources.namespaces) {
        object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name };
        object.spec ??= {};
        object.spec.finalizers ??= ['kubernetes'];
        object.status ??= { phase: 'Active' };
      } else if (resource === resources.secrets) object.type ??= 'Opaque';
    },

    faults(resource, object, old) {
      const faults = metadataFaults(resource, object);
      if (resource === resources.services) faults.push(...serviceFaults(object, old));
      else if (resource === resources.replicationcontrollers) faults.push(...controllerFaults(object));
      else if (resource === resources.ingresses) faults.push(...ingressFaults(object));
      else if (resource === resources.pods)
        faults.push(...podSpecFaults(object.spec, 'spec'), ...(old ? podUpdateFaults(object, old) : []));
      else if (resource === resources.configmaps || resource === resources.secrets) faults.push(...dataFaults(object, old));
      return faults;
    },
  };
}

function dataFaults(object: KubeObject, old: KubeObject | undefined): Cause[] {
  const faults = Object.keys((object.data ?? {}) as object)
    .filter(key => !/^[-._a-zA-Z0-9]{1,253}$/.test(key))
    .map(key => badValue(`data[${key}]`, key, "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"));
  if (old?.immutable && (!isDeepStrictEqual(object.data, old.data) || !object.immutable)) {
    faults.push(forbiddenField('data', 'field is immutable when `immutable` is set'));
  }
  return faults;
}
