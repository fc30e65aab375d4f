/** What pods may ask for on this server: a level of the Pod Security Standards per namespace, and the operator's lists, which hold at every level. Pure. */

import { pointerTo } from '../../http/index.ts';
import type { Fault } from '../../lib/problem.ts';
import { Problem } from '../../lib/problem.ts';
import type { DescriptorSpec } from '../descriptor.ts';
import { secretFaults, serviceAccountFaults, whyNoSecret } from './identity.ts';
import { levelFaults, type PodLevel } from './levels.ts';
import { isAllowed } from './names-allowed.ts';
import { registryFaults } from './registries.ts';

export interface PodPolicy {
  level: PodLevel;
  /** Levels of namespaces that have one of their own. */
  levels: Readonly<Record<string, PodLevel>>;
  /** Prefixes of full image names; absent = every registry. */
  registries?: readonly string[];
  /** `NAME`, `NAMESPACE/NAME`; `*` = all. So for secrets. */
  serviceAccounts: readonly string[];
  secrets: readonly string[];
}

/** The part of a descriptor that the policy judges. */
export type Judged = Pick<DescriptorSpec, 'namespace' | 'podspec' | 'annotations' | 'imagePullSecrets'>;

export const levelIn = ({ level, levels }: PodPolicy, namespace: string): PodLevel =>
  Object.hasOwn(levels, namespace) ? (levels[namespace] ?? level) : level;

/** Every place where the descriptor asks for more than the policy allows; each fault names its rule, and the level or setting that has it. */
export function policyFaults(policy: PodPolicy, { namespace, podspec, annotations, imagePullSecrets }: Judged): Fault[] {
  const faults = levelFaults(levelIn(policy, namespace), podspec, annotations);
  const say = (message: string, ...path: (string | number)[]) => faults.push({ pointer: pointerTo('podspec', ...path), message });
  serviceAccountFaults(podspec, namespace, policy.serviceAccounts, say);
  secretFaults(podspec, namespace, policy.secrets, say);
  registryFaults(podspec, policy.registries, say);
  (imagePullSecrets ?? []).forEach(({ name }, index) => {
    if (!isAllowed(policy.secrets, namespace, name))
      faults.push({ pointer: pointerTo('imagePullSecrets', index, 'name'), message: whyNoSecret(name) });
  });
  return faults;
}

/** The refusal for such faults. */
export const policyProblem = (namespace: string, faults: Fault[]): Problem =>
  new Problem('POLICY_VIOLATION', `the descriptor asks for more than the pod policy of namespace ${namespace} allows`, { faults });
