/** The front door of routing/: how an app is reached from outside, in the dialect of the cluster's ingress controller. */

export type { ControllerSettings, Dialect, DialectName, DialectPlan, RoutingSettings } from './dialect.ts';
export { proxiesFollowMs, stickyCookie } from './dialect.ts';
export { hostsOf, previewHost } from './hosts.ts';
export { appIngresses, handoverIngress, helperObject, modeOf, planRouting, previewIngress } from './ingress.ts';
