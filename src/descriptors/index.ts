/** The front door of descriptors/: other rooms import from here only. */

export type { Container, Descriptor, DescriptorSpec, HealthCheckType, PodSpec, RoutingMode } from './descriptor.ts';
export { healthCheckPort, versionedName, versionInNames } from './descriptor.ts';
