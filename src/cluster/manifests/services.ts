/** The two Services: one per version for the proxy, one per app that outlives deployments. */

import { versionedName } from '../../descriptors/index.ts';
import type { KubeObject } from '../objects.ts';
import { marked } from './marks.ts';
import { versionLabels } from './pods.ts';
import { servicePorts } from './ports.ts';
import type { VersionTarget } from './target.ts';

/** Undefined for pods without ports: a Service needs one. */
export function versionService(target: VersionTarget, annotations: Record<string, string>): KubeObject | undefined {
  const ports = servicePorts(target.descriptor, 'number');
  if (ports.length === 0) return undefined;
  const name = versionedName(target.appName, target.version);
  const labels = versionLabels(target, name);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: marked(target, name, 'version', { labels, annotations }),
    spec: { type: 'ClusterIP', selector: labels, ports },
  };
}

/** Its selector names the version that has the traffic; changing it is the switch. */
export function appService(target: VersionTarget, annotations: Record<string, string>): KubeObject | undefined {
  const ports = servicePorts(target.descriptor, 'name');
  if (ports.length === 0) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: marked(target, target.appName, 'version', { annotations }),
    spec: { type: 'ClusterIP', selector: { app: target.appName, version: target.version }, ports },
  };
}
