/** From what runs to the descriptor that describes it, as far as the objects tell. Pure. */

import type { KubeObject } from '../../cluster/objects.ts';
import { mainRule, type Found } from './found.ts';

/** What every container is given at each deployment: it would be old in the next. */
const builtIns = new Set(['APP_NAME', 'POD_NAMESPACE', 'APP_VERSION', 'POD_NAME']);

interface ReadContainer {
  env?: { name: string }[];
  [field: string]: unknown;
}

export interface ReadBack {
  /** As a client would send it. */
  descriptor: Record<string, unknown>;
  /** What is there, and not in the descriptor. */
  warnings: string[];
}

/** `stored`: names of the variables that every container gets from the store. */
export function readBack(
  { namespace, appName, version }: { namespace: string; appName: string; version: string },
  controller: KubeObject,
  { ingress, www }: Found,
  stored: ReadonlySet<string>,
): ReadBack {
  const annotations = controller.metadata.annotations ?? {};
  const routing = ingress?.metadata.annotations ?? {};
  const template = (controller['spec']?.template?.spec ?? {}) as { containers?: ReadContainer[]; [field: string]: unknown };
  const host = mainRule(ingress)?.host;
  const secret = (ingress?.['spec']?.tls as { secretName?: string }[] | undefined)?.[0]?.secretName;
  const snippet = named(routing, 'configuration-snippet') ?? '';
  const warnings = [
    ...(/more_set_headers|add_header/.test(snippet)
      ? ['headers that the Ingress sets by a snippet are not in the descriptor: add additionHttpHeaders']
      : []),
    ...(((ingress?.['spec']?.rules ?? []) as unknown[]).length > 1 ? ['further hosts of the Ingress stay as they are, unmanaged'] : []),
  ];
  const descriptor = {
    namespace,
    appName,
    newVersion: /^\d+$/.test(version) ? '#' : version,
    deploymentType: 'blue-green',
    replicas: controller['spec']?.replicas as number,
    ...(host === undefined ? {} : { frontend: host }),
    ...(secret === undefined ? {} : { tlsSecretName: secret }),
    ...(www ? { redirectWww: true } : {}),
    ...(/gzip on/.test(snippet) ? { useCompression: true } : {}),
    ...(named(routing, 'affinity') === 'cookie' ? { useStickySessions: true } : {}),
    ...healthCheck(annotations),
    podspec: { ...template, containers: (template.containers ?? []).map(container => withoutInjected(container, stored)) },
  };
  return { descriptor, warnings };
}

/** Annotations of ingress-nginx have had two prefixes. */
const named = (annotations: Record<string, string>, name: string): string | undefined =>
  annotations[`nginx.ingress.kubernetes.io/${name}`] ?? annotations[`ingress.kubernetes.io/${name}`];

function withoutInjected(container: ReadContainer, stored: ReadonlySet<string>): ReadContainer {
  const { env = [], ...rest } = container;
  const own = env.filter(({ name }) => !builtIns.has(name) && !stored.has(name));
  return own.length === 0 ? rest : { ...rest, env: own };
}

/** The two deployers write the same under different names. */
function healthCheck(annotations: Record<string, string>): Record<string, unknown> {
  const type = annotations['teal/health-check-type'] ?? annotations['healthCheckType'];
  const asked = annotations['useHealthCheck'] === 'true' || annotations['teal/health-check-type'] !== undefined;
  if (!asked) return {};
  const port = Number(annotations['teal/health-check-port'] ?? annotations['healthCheckPort'] ?? 0);
  const path = annotations['teal/health-check-path'] ?? annotations['healthCheckPath'];
  return {
    useHealthCheck: true,
    healthCheckType: type === undefined || type === '' ? 'probe' : type,
    healthCheckPath: path === undefined || path === '' ? 'health' : path,
    ...(Number.isInteger(port) && port > 0 ? { healthCheckPort: port } : {}),
  };
}
