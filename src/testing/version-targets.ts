/** Builders of what manifests are rendered from. */

import type { RoutingSettings, VersionTarget } from '../cluster/manifests/index.ts';
import type { DescriptorSpec } from '../descriptors/index.ts';

/** A routed app with one container that listens on 8080; `changes` replace whole fields. */
export const aSpec = (changes: Partial<DescriptorSpec> = {}): DescriptorSpec => ({
  namespace: 'demo',
  appName: 'shop',
  newVersion: '#',
  deploymentType: 'blue-green',
  replicas: 2,
  frontend: 'shop.example.com',
  redirectWww: false,
  useCompression: false,
  useStickySessions: false,
  useHealthCheck: false,
  ignoreHealthCheck: false,
  autoRollback: true,
  injectPreStop: false,
  podspec: { containers: [{ name: 'web', image: 'demo-app:v1', ports: [{ name: 'http', containerPort: 8080 }] }] },
  ...changes,
});

/** Version `1` of that app. */
export const aTarget = (descriptor: Partial<DescriptorSpec> = {}, changes: Partial<VersionTarget> = {}): VersionTarget => {
  const spec = aSpec(descriptor);
  return {
    installation: '6b1f6c0e-0000-4000-8000-000000000001',
    namespace: spec.namespace,
    appName: spec.appName,
    version: '1',
    deployment: '0190a000-0000-7000-8000-000000000001',
    epoch: 3,
    descriptor: spec,
    environment: {},
    replicas: spec.replicas,
    ...changes,
  };
};

export const someRouting = (changes: Partial<RoutingSettings> = {}): RoutingSettings => ({
  dialect: 'ingress-nginx',
  ingressClass: 'nginx',
  snippets: false,
  routing: 'versioned',
  ...changes,
});
