/** What each room is given of the settings, and no more. */

import type { GateSettings } from './access/index.ts';
import type { RoutingSettings } from './cluster/manifests/index.ts';
import type { Settings } from './config.ts';
import type { PodPolicy } from './descriptors/index.ts';
import type { EngineSettings } from './deployments/run/settings.ts';

export const routingOf = (settings: Settings): RoutingSettings => ({
  dialect: settings.ingressDialect,
  ingressClass: settings.ingressClass,
  snippets: settings.ingressSnippets,
  routing: settings.routing,
  controller: {
    gzip: settings.ingressGzip,
    responseHeaders: settings.ingressResponseHeaders ?? [],
    ...(settings.ingressMiddlewares === 'none' ? {} : { middlewares: settings.ingressMiddlewares }),
  },
  ...(settings.previewDomain === undefined ? {} : { previewDomain: settings.previewDomain }),
});

export const podPolicyOf = (settings: Settings): PodPolicy => ({
  level: settings.podPolicy,
  levels: settings.podPolicyNamespaces,
  ...(settings.allowedRegistries === undefined ? {} : { registries: settings.allowedRegistries }),
  serviceAccounts: settings.allowedServiceAccounts,
  secrets: settings.allowedSecrets,
});

export function engineSettings(settings: Settings, routing: RoutingSettings): EngineSettings {
  // Inside the cluster pods are reached directly; from outside only through the API server.
  const inside = settings.kubeconfig === undefined && settings.kubernetes === undefined;
  return {
    timeoutSeconds: settings.timeout,
    confirmSeconds: settings.confirm,
    drainSeconds: settings.drain,
    proxySleepSeconds: settings.proxysleep,
    leaseSeconds: settings.lease,
    namespaces: settings.namespaces ?? [],
    routing,
    proxyKnown: settings.ingressAddress !== undefined,
    healthVia: settings.healthVia === 'auto' ? (inside ? 'pod-ip' : 'api-proxy') : settings.healthVia,
    ...(settings.ingressAddress === undefined ? {} : { ingressAddress: settings.ingressAddress }),
  };
}

/** Which keys open it, and what their tokens must say. */
export const gateSettings = (settings: Settings): GateSettings =>
  present({
    jwtSecretFile: settings.jwtSecretFile,
    jwtPublicKeyFile: settings.jwtPublicKeyFile,
    jwksUrl: settings.jwksUrl,
    jwksCa: settings.jwksCa,
    jwtIssuer: settings.jwtIssuer,
    jwtAudience: settings.jwtAudience,
    jwtNamespacesClaim: settings.jwtNamespacesClaim,
    jwtRolesClaim: settings.jwtRolesClaim,
  });

type Optional<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };
type Sure<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] };

/** The same without the fields that are undefined. */
export function present<T extends object>(fields: T): Sure<T> & Optional<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Sure<T> & Optional<T>;
}
