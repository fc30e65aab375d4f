/** The front door of descriptors/: other rooms import from here only. */

export { AppListQuery, checkedApp, linkAfter, pageRequest } from './list-route.ts';
export type { PageRequest } from './list-route.ts';
export type { Container, Descriptor, DescriptorSpec, HealthCheckType, PodSpec, RoutingMode } from './descriptor.ts';
export { healthCheckPort, versionedName, versionInNames } from './descriptor.ts';
export { DescriptorDto } from './dto.ts';
export { createDescriptors } from './descriptors.ts';
export type { Descriptors, DescriptorsDeps, Stored, Verdict } from './descriptors.ts';
export { levelIn, podLevels, policyFaults, policyProblem, whyNoEntry, whyNoRegistry } from './policy/index.ts';
export type { Judged, PodLevel, PodPolicy } from './policy/index.ts';
export { descriptorRoutes } from './routes.ts';
export { secretsInVariable, secretValues } from './secrets.ts';
export { descriptorSchema, faultSchema, presentDescriptor } from './views.ts';
