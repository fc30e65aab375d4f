/** What should stand in the cluster for an app right now, rendered from its records. */

import { handoverIngress, renderTraffic, renderVersion, type VersionTarget } from '../../cluster/manifests/index.ts';
import type { KubeObject } from '../../cluster/objects.ts';
import type { Descriptor, RoutingMode } from '../../descriptors/index.ts';
import type { Deployment } from '../record.ts';
import type { Observed } from './observed.ts';
import { rememberedWith } from './remembered.ts';

export interface WantedObject {
  object: KubeObject;
  /** Deployment on whose behalf it stands. */
  deployment: Deployment;
  /** `version` = belongs to one version; `traffic` = shared by all versions of the app. */
  role: 'version' | 'traffic';
  /** Other renditions that are as good: the Ingress while the routing mode is about to change. */
  alternatives: KubeObject[];
}

export function targetOf(o: Observed, d: Deployment, routing?: RoutingMode): VersionTarget {
  const descriptor = routing === undefined ? d.descriptor : { ...d.descriptor, routing };
  const { installation, environment } = o;
  const { namespace, appName, version, objectsOf, replicas = descriptor.replicas } = d;
  return sameTarget(descriptor, installation, namespace, appName, version, objectsOf, o.app.epoch, environment, replicas);
}

/** A record's every change leaves most of it as it was: as long as nothing of this is new, what was rendered from it counts. */
const sameTarget = rememberedWith(
  (
    descriptor: Descriptor,
    installation: string,
    namespace: string,
    appName: string,
    version: string,
    deployment: string,
    epoch: number,
    environment: Record<string, string>,
    replicas: number,
  ): VersionTarget => ({ installation, namespace, appName, version, deployment, epoch, descriptor, environment, replicas }),
);
const versionObjects = rememberedWith(renderVersion);
const trafficObjects = rememberedWith(renderTraffic);
const handoverObject = rememberedWith(handoverIngress);

export const routingOf = (o: Observed, d: Deployment): RoutingMode => d.descriptor.routing ?? o.settings.routing.routing;

const record = (o: Observed, id: string | undefined): Deployment | undefined => (id === undefined ? undefined : o.records.get(id));

export const servingOf = (o: Observed): Deployment | undefined => record(o, o.app.serving);
export const otherOf = (o: Observed): Deployment | undefined => record(o, o.app.other);

/** Whether a version's objects should stand. */
export function mayStand(d: Deployment): boolean {
  return (
    d.phase !== 'cleaning-up' && d.phase !== 'retiring' && d.phase !== 'settled' && d.status !== 'UNDEPLOYING' && d.status !== 'FAILURE'
  );
}

/** The deployment that Service `app` and the Ingress should point to. */
export function trafficTarget(o: Observed): Deployment | undefined {
  // Traffic that goes back to a version about to be undeployed first gets there: undeploying begins when no change of traffic is under way.
  if (o.app.intent) return record(o, o.app.intent.to);
  const serving = servingOf(o);
  return serving?.status === 'UNDEPLOYING' ? undefined : serving;
}

const sameName = (a: KubeObject, b: KubeObject) => a.kind === b.kind && a.metadata.name === b.metadata.name;

/** The shared objects as `d` wants them; `routing` overrides the mode of the descriptor. */
export function trafficOf(o: Observed, d: Deployment, routing?: RoutingMode): KubeObject[] {
  return trafficObjects(targetOf(o, d, routing), o.settings.routing);
}

/** What keeps the proxy ready for all backends while two versions stand that are routed in different modes; it belongs to the newer of them. */
export function handoverOf(o: Observed): Pick<WantedObject, 'object' | 'deployment'> | undefined {
  const [older, newer] = [servingOf(o), otherOf(o)]
    .filter((d): d is Deployment => d !== undefined && mayStand(d))
    // Ids begin with their time; a rollback has the objects of the version it brings back.
    .sort((a, b) => (a.objectsOf < b.objectsOf ? -1 : 1));
  if (!older || !newer) return undefined;
  const object = handoverObject(targetOf(o, newer), targetOf(o, older), o.settings.routing);
  return object && { object, deployment: newer };
}

/** Everything wanted. */
export function wanted(o: Observed): WantedObject[] {
  const result: WantedObject[] = [];
  for (const d of [servingOf(o), otherOf(o)]) {
    if (!d || !mayStand(d)) continue;
    for (const object of versionObjects(targetOf(o, d), o.settings.routing))
      result.push({ object, deployment: d, role: 'version', alternatives: [] });
  }
  const handover = handoverOf(o);
  if (handover) result.push({ ...handover, role: 'version', alternatives: [] });
  const target = trafficTarget(o);
  if (!target) return result;
  const other = otherOf(o);
  // Only while a candidate with another mode is on its way: its last step before the switch rewrites the Ingress for the version that still serves.
  const aligns = other?.status === 'DEPLOYING' && o.app.intent === undefined && routingOf(o, other) !== routingOf(o, target);
  const nextMode = aligns ? routingOf(o, other) : undefined;
  const renditions = nextMode === undefined ? [] : trafficOf(o, target, nextMode);
  for (const object of trafficOf(o, target)) {
    result.push({ object, deployment: target, role: 'traffic', alternatives: renditions.filter(rendition => sameName(rendition, object)) });
  }
  return result;
}
