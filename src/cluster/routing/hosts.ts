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
  const secret = createHash('sha256')
    .update([target.installation, target.deployment, target.namespace, target.appName, target.version].join('\n'))
    .digest('hex');
  return `preview-${secret.slice(0, 32)}.teal.invalid`;
}
