/** The host names of an app: the public ones and the preview of each version. */

import { createHash } from 'node:crypto';
import { versionedName } from '../../descriptors/index.ts';
import type { DescriptorSpec } from '../../descriptors/index.ts';
import type { VersionTarget } from '../manifests/target.ts';
import type { RoutingSettings } from './dialect.ts';

/** Hosts that the app claims for itself. */
export const hostsOf = ({ frontend, redirectWww }: DescriptorSpec): string[] =>
  frontend === undefined ? [] : [frontend.toLowerCase(), ...(redirectWww ? [`www.${frontend.toLowerCase()}`] : [])];

/**
 * The host under which the proxy serves this one version. Without a preview domain it is a name that nobody outside can guess and no resolver knows (`.invalid`,
 * RFC 2606): it exists so that the proxy loads the backend and Teal can ask for it.
 */
export function previewHost(target: VersionTarget, settings: RoutingSettings): string {
  if (settings.previewDomain)
    return `${versionedName(target.appName, target.version)}.${target.namespace}.${settings.previewDomain}`.toLowerCase();
  return `preview-${secretOf(target)}.teal.invalid`;
}

/** The hosts of an Ingress that names so many backends; like the preview host without a domain, they are for the proxy and Teal only. */
export const handoverHosts = (target: VersionTarget, backends: number): string[] =>
  Array.from({ length: backends }, (_, index) => `handover-${index}-${secretOf(target)}.teal.invalid`);

const secretOf = ({ installation, deployment, namespace, appName, version }: VersionTarget): string =>
  createHash('sha256').update([installation, deployment, namespace, appName, version].join('\n')).digest('hex').slice(0, 32);
