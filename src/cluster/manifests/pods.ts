/** The pods of a version: the user's pod spec untouched, plus secrets, environment and, where asked for, a pause before the end. */

import type { Container, PodSpec } from '../../descriptors/index.ts';
import { mergeEnvironment, variablesOf } from './environment.ts';
import type { EnvVar } from './environment.ts';
import { manager, markNames } from './marks.ts';
import type { VersionTarget } from './target.ts';

/** Seconds that a pod goes on serving after it was told to end, so that proxies have dropped it before it stops. */
export const preStopSeconds = 5;

const builtIns = (target: VersionTarget): EnvVar[] => [
  { name: 'APP_NAME', value: target.appName },
  { name: 'POD_NAMESPACE', value: target.namespace },
  { name: 'APP_VERSION', value: target.version },
  { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
];

export const hasPreStop = (container: Container): boolean =>
  (container['lifecycle'] as { preStop?: unknown } | undefined)?.preStop !== undefined;

function withPause(container: Container): Container {
  if (hasPreStop(container)) return container;
  return {
    ...container,
    lifecycle: { ...(container['lifecycle'] as object | undefined), preStop: { sleep: { seconds: preStopSeconds } } },
  };
}

/** Labels of a version's pods, its RC and versioned Service; the pods' own first, ours win. */
export const versionLabels = (target: VersionTarget, name: string): Record<string, string> => ({
  name,
  version: target.version,
  app: target.appName,
});

export function podTemplate(target: VersionTarget, name: string): { metadata: object; spec: PodSpec } {
  const { descriptor } = target;
  const map = variablesOf(descriptor.environment ?? {});
  const store = variablesOf(target.environment);
  const fixed = builtIns(target);
  const withEnvironment = (container: Container): Container => ({
    ...container,
    env: mergeEnvironment({ builtIns: fixed, own: container.env ?? [], map, store }),
  });
  const { podspec } = descriptor;
  const containers = podspec.containers
    .map(withEnvironment)
    .map(container => (descriptor.injectPreStop ? withPause(container) : container));
  const secrets = new Map(
    [...(podspec.imagePullSecrets ?? []), ...(descriptor.imagePullSecrets ?? [])].map(secret => [secret.name, secret]),
  );
  const grace = podspec.terminationGracePeriodSeconds;
  return {
    metadata: {
      labels: { ...descriptor.labels, ...versionLabels(target, name), [markNames.managedBy]: manager },
      annotations: { ...descriptor.annotations, [markNames.deployment]: target.deployment, [markNames.installation]: target.installation },
    },
    spec: {
      ...podspec,
      containers,
      ...(podspec.initContainers === undefined ? {} : { initContainers: podspec.initContainers.map(withEnvironment) }),
      ...(secrets.size === 0 ? {} : { imagePullSecrets: [...secrets.values()] }),
      // The pause counts against the grace period; a short one would leave nothing for the program itself.
      ...(descriptor.injectPreStop && grace !== undefined && grace < 2 * preStopSeconds
        ? { terminationGracePeriodSeconds: grace + preStopSeconds }
        : {}),
      restartPolicy: 'Always',
    },
  };
}
