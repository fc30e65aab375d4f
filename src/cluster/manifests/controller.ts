/** The ReplicationController of one version. */

import { healthCheckPort, versionedName } from '../../descriptors/index.ts';
import type { KubeObject } from '../objects.ts';
import { marked } from './marks.ts';
import { podTemplate, versionLabels } from './pods.ts';
import type { VersionTarget } from './target.ts';

/** What other tools (monitoring above all) may want to know about the version. */
function annotationsFor({ descriptor, version }: VersionTarget): Record<string, string> {
  const port = healthCheckPort(descriptor);
  return {
    'teal/version': version,
    ...(descriptor.frontend === undefined ? {} : { 'teal/frontend': descriptor.frontend }),
    ...(descriptor.useHealthCheck
      ? {
          'teal/health-check-type': descriptor.healthCheckType ?? 'probe',
          'teal/health-check-path': descriptor.healthCheckPath ?? '',
          ...(port === undefined ? {} : { 'teal/health-check-port': String(port) }),
        }
      : {}),
  };
}

export function controllerOf(target: VersionTarget): KubeObject {
  const name = versionedName(target.appName, target.version);
  const labels = versionLabels(target, name);
  return {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: marked(target, name, 'version', { labels, annotations: annotationsFor(target) }),
    spec: { replicas: target.replicas, selector: labels, template: podTemplate(target, name) },
  };
}
