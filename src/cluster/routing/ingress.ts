/** Ingress objects and their helpers, from a version and what the dialect planned. */

import { isDeepStrictEqual } from 'node:util';
import { versionedName } from '../../descriptors/index.ts';
import type { DescriptorSpec, RoutingMode } from '../../descriptors/index.ts';
import { withOwnership } from '../manifests/ownership.ts';
import { marked } from '../manifests/marks.ts';
import type { Belonging } from '../manifests/marks.ts';
import { handoverName, wwwName } from '../manifests/names.ts';
import { routedPort, servicePorts } from '../manifests/ports.ts';
import type { VersionTarget } from '../manifests/target.ts';
import type { KubeObject } from '../objects.ts';
import { nothingPlanned } from './dialect.ts';
import type { Dialect, DialectName, DialectPlan, Helper, RoutingSettings, RoutingWish } from './dialect.ts';
import { handoverHosts, previewHost } from './hosts.ts';
import { ingressNginx } from './ingress-nginx.ts';
import { plain } from './plain.ts';
import { traefik } from './traefik.ts';

const dialects: Record<DialectName, Dialect> = { 'ingress-nginx': ingressNginx, traefik, plain };

export const modeOf = (descriptor: DescriptorSpec, settings: RoutingSettings): RoutingMode => descriptor.routing ?? settings.routing;

/** What the descriptor asks of the proxy; undefined for an app that is not routed. */
function wishOf(descriptor: DescriptorSpec): RoutingWish | undefined {
  if (descriptor.frontend === undefined || routedPort(descriptor) === undefined) return undefined;
  return {
    namespace: descriptor.namespace,
    appName: descriptor.appName,
    frontend: descriptor.frontend.toLowerCase(),
    redirectWww: descriptor.redirectWww,
    compression: descriptor.useCompression,
    sticky: descriptor.useStickySessions,
    headers: (descriptor.additionHttpHeaders ?? []).map(({ Header, Value }) => ({ name: Header, value: Value })),
  };
}

/** The dialect's plan for this descriptor; an empty one for an app that is not routed. */
export function planRouting(descriptor: DescriptorSpec, settings: RoutingSettings): DialectPlan {
  const wish = wishOf(descriptor);
  return wish === undefined ? nothingPlanned() : dialects[settings.dialect].plan(wish, settings);
}

type Backend = { service: { name: string; port: { name: string } | { number: number } } };

/**
 * The versioned Service is named by number, as ever. The app's Service is named by port name where it has one, so that a version with another number under the
 * same name needs no change of the Ingress, which would come a moment after that of the Service.
 */
function backendOf(target: VersionTarget, service: 'version' | 'app'): Backend {
  const number = routedPort(target.descriptor) ?? 0;
  if (service === 'version') return { service: { name: versionedName(target.appName, target.version), port: { number } } };
  const name = servicePorts(target.descriptor, 'name').find(port => port.port === number && port.protocol === 'TCP')?.name;
  return { service: { name: target.appName, port: name === undefined ? { number } : { name } } };
}

interface IngressParts {
  name: string;
  belonging: Belonging;
  rules: { host: string; backend: Backend }[];
  annotations: Record<string, string>;
  tls?: { hosts: string[]; secretName: string };
}

function ingress(target: VersionTarget, settings: RoutingSettings, { name, belonging, rules, annotations, tls }: IngressParts): KubeObject {
  const object: KubeObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: marked(target, name, belonging, { annotations }),
    spec: {
      ...(settings.ingressClass === '' ? {} : { ingressClassName: settings.ingressClass }),
      rules: rules.map(({ host, backend }) => ({ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } })),
      ...(tls === undefined ? {} : { tls: [tls] }),
    },
  };
  return withOwnership(object, Object.keys(annotations));
}

export function helperObject(target: VersionTarget, helper: Helper): KubeObject {
  const metadata = marked(target, helper.name, 'app');
  switch (helper.kind) {
    case 'ConfigMap':
      return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: helper.data };
    case 'Middleware':
      return { apiVersion: 'traefik.io/v1alpha1', kind: 'Middleware', metadata, spec: helper.spec };
  }
}

/**
 * The preview of one version, with the annotations of the app's Ingress so that a refusal shows before the switch. Without TLS: no certificate names this host.
 * Undefined where the mode asks for none: `stable-service` without a preview domain, or an app that is not routed.
 */
export function previewIngress(target: VersionTarget, settings: RoutingSettings, plan: DialectPlan): KubeObject | undefined {
  if (wishOf(target.descriptor) === undefined) return undefined;
  if (modeOf(target.descriptor, settings) === 'stable-service' && !settings.previewDomain) return undefined;
  return ingress(target, settings, {
    name: versionedName(target.appName, target.version),
    belonging: 'version',
    rules: [{ host: previewHost(target, settings), backend: backendOf(target, 'version') }],
    annotations: plan.annotations,
  });
}

/**
 * Beside two versions of which one is routed in another mode than the other: names every backend that the Ingress of the app may have on the way from one to the other and back. A backend that an
 * Ingress names first, or that none names any more, is what ingress-nginx answers 503 for while its workers change. Undefined where there is no such way.
 */
export function handoverIngress(newer: VersionTarget, older: VersionTarget, settings: RoutingSettings): KubeObject | undefined {
  const both = [older, newer];
  if (both.some(({ descriptor }) => wishOf(descriptor) === undefined)) return undefined;
  if (modeOf(newer.descriptor, settings) === modeOf(older.descriptor, settings)) return undefined;
  const all = both.flatMap(target => [backendOf(target, 'version'), backendOf(target, 'app')]);
  const backends = all.filter((one, index) => all.findIndex(other => isDeepStrictEqual(one, other)) === index);
  return ingress(newer, settings, {
    name: handoverName(newer.appName, newer.version),
    belonging: 'version',
    rules: handoverHosts(newer, backends.length).map((host, index) => ({ host, backend: backends[index] as Backend })),
    annotations: planRouting(newer.descriptor, settings).annotations,
  });
}

/** The Ingresses of the app itself: the public host, and `www.` where the dialect redirects it by an Ingress of its own. */
export function appIngresses(target: VersionTarget, settings: RoutingSettings, plan: DialectPlan): KubeObject[] {
  const wish = wishOf(target.descriptor);
  if (wish === undefined) return [];
  const stable = modeOf(target.descriptor, settings) === 'stable-service';
  const secretName = target.descriptor.tlsSecretName;
  const tlsFor = (hosts: string[]): Pick<IngressParts, 'tls'> => (secretName === undefined ? {} : { tls: { hosts, secretName } });
  const www = `www.${wish.frontend}`;
  const main = ingress(target, settings, {
    name: target.appName,
    belonging: stable ? 'app' : 'version',
    rules: [{ host: wish.frontend, backend: backendOf(target, stable ? 'app' : 'version') }],
    annotations: stable ? { ...plan.annotations, ...plan.standingAnnotations } : plan.annotations,
    ...tlsFor(plan.www === 'same-ingress' ? [wish.frontend, www] : [wish.frontend]),
  });
  if (typeof plan.www === 'string') return [main];
  const redirect = ingress(target, settings, {
    name: wwwName(target.appName),
    belonging: 'app',
    rules: [{ host: www, backend: backendOf(target, 'app') }],
    annotations: plan.www.annotations,
    ...tlsFor([www]),
  });
  return [main, redirect];
}
