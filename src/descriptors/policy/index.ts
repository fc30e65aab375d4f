/** The parts of the pod policy that the rest of descriptors/ and its front door use. */

export { podLevels } from './levels.ts';
export type { PodLevel } from './levels.ts';
export { whyNoEntry } from './names-allowed.ts';
export { levelIn, policyFaults, policyProblem } from './policy.ts';
export type { Judged, PodPolicy } from './policy.ts';
export { whyNoRegistry } from './registries.ts';
