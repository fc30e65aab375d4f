/** What a descriptor asks for that will be accepted and yet not work as asked. */

import type { DescriptorSpec } from '../../descriptors/index.ts';
import { modeOf, planRouting, proxiesFollowMs } from '../routing/index.ts';
import type { RoutingSettings } from '../routing/index.ts';
import { hasPreStop } from './pods.ts';
import { declaredPorts, routedPort } from './ports.ts';

const proxyFields = ['redirectWww', 'useCompression', 'useStickySessions', 'tlsSecretName', 'additionHttpHeaders'] as const;

/** True, a text, or a list with something in it. */
const asked = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false);

function frontendWarnings(descriptor: DescriptorSpec): string[] {
  if (descriptor.frontend === undefined) {
    return proxyFields.filter(field => asked(descriptor[field])).map(field => `${field}: has no effect without a frontend`);
  }
  if (routedPort(descriptor) === undefined) return ['frontend: no container declares a TCP port, so no Ingress is made'];
  return [];
}

function drainWarnings(descriptor: DescriptorSpec, settings: RoutingSettings): string[] {
  const seconds = proxiesFollowMs / 1000;
  const { frontend, drainSeconds = seconds } = descriptor;
  if (frontend === undefined || drainSeconds >= seconds || modeOf(descriptor, settings) !== 'versioned') return [];
  return [
    `drainSeconds: ${drainSeconds} is less than the ${seconds} s that a proxy may take to follow a versioned switch; requests to the old version may be lost. Set ${seconds} or more, or routing: stable-service`,
  ];
}

function podWarnings(descriptor: DescriptorSpec): string[] {
  const { podspec, injectPreStop, useHealthCheck, ignoreHealthCheck } = descriptor;
  const warnings: string[] = [];
  const serves = declaredPorts(descriptor).length > 0;
  if (serves && !injectPreStop && !podspec.containers.some(hasPreStop)) {
    warnings.push(
      'podspec: no container has a preStop pause; requests that arrive while a pod ends may be lost. Add lifecycle.preStop or set injectPreStop to true',
    );
  }
  const unchecked = !useHealthCheck || ignoreHealthCheck;
  if (serves && unchecked && !podspec.containers.some(container => container['readinessProbe'] !== undefined)) {
    warnings.push('podspec: neither a health check nor a readinessProbe; traffic moves as soon as the containers run');
  }
  if (podspec['restartPolicy'] !== undefined && podspec['restartPolicy'] !== 'Always') {
    warnings.push('podspec.restartPolicy: pods of a ReplicationController restart always; the value is replaced');
  }
  return warnings;
}

/** One line each; empty when everything will work as asked. */
export const routingWarnings = (descriptor: DescriptorSpec, settings: RoutingSettings): string[] => [
  ...frontendWarnings(descriptor),
  ...planRouting(descriptor, settings).warnings,
  ...drainWarnings(descriptor, settings),
  ...podWarnings(descriptor),
];
