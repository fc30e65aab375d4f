/** The front door of manifests/: the objects of a version and of the traffic to it, and how they compare with what stands in the cluster. Pure. */

import type { KubeObject } from '../objects.ts';
import { appIngresses, helperObject, planRouting, previewIngress } from '../routing/index.ts';
import type { RoutingSettings } from '../routing/index.ts';
import { controllerOf } from './controller.ts';
import { withOwnership } from './ownership.ts';
import { appService, versionService } from './services.ts';
import type { VersionTarget } from './target.ts';

export type { ControllerSettings, DialectName, RoutingSettings } from '../routing/index.ts';
export { handoverIngress, hostsOf, previewHost, proxiesFollowMs } from '../routing/index.ts';
export { drift, merge } from './compare.ts';
export { marksOf, whyForeign } from './marks.ts';
export type { Marks } from './marks.ts';
export { namesOf } from './names.ts';
export { routedPort } from './ports.ts';
export type { VersionTarget } from './target.ts';
export { routingWarnings } from './warnings.ts';

const present = (objects: (KubeObject | undefined)[]): KubeObject[] => objects.filter(object => object !== undefined);

const listed = (service: KubeObject | undefined, annotations: Record<string, string>): KubeObject | undefined =>
  service === undefined ? undefined : withOwnership(service, Object.keys(annotations));

/**
 * What one version needs, in the order of creation: the proxy's helper objects, RC, Service, preview Ingress. Helpers belong to the app (no `teal/deployment`),
 * stand in `renderTraffic` too, and are the same object for every version with the same wishes. They come first because a proxy that reads an Ingress before
 * its helper refuses the whole host; made with the version, they are long known when the traffic moves.
 */
export function renderVersion(target: VersionTarget, settings: RoutingSettings): KubeObject[] {
  const plan = planRouting(target.descriptor, settings);
  return present([
    ...plan.helpers.map(helper => helperObject(target, helper)),
    controllerOf(target),
    listed(versionService(target, plan.serviceAnnotations), plan.serviceAnnotations),
    previewIngress(target, settings, plan),
  ]);
}

/**
 * What brings the app's traffic to this version, in the order of writing: Service `app`, helper objects, Ingress `app`, Ingress `app-www-redirect`. In
 * `stable-service` everything but the Service is the same for all versions with the same frontend settings.
 */
export function renderTraffic(target: VersionTarget, settings: RoutingSettings): KubeObject[] {
  const plan = planRouting(target.descriptor, settings);
  return present([
    listed(appService(target, plan.serviceAnnotations), plan.serviceAnnotations),
    ...plan.helpers.map(helper => helperObject(target, helper)),
    ...appIngresses(target, settings, plan),
  ]);
}
