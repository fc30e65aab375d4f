/** Builders of records for tests: a story in few words. */

import type { Descriptor } from '../descriptors/index.ts';
import type { App, Deployment } from '../deployments/record.ts';

export const demoDescriptor = (changes: Partial<Descriptor> = {}): Descriptor => ({
  id: 'd-1',
  created: '2026-01-01T00:00:00.000Z',
  lastModified: '2026-01-01T00:00:00.000Z',
  namespace: 'shop-ns',
  appName: 'shop',
  newVersion: '#',
  deploymentType: 'blue-green',
  replicas: 2,
  frontend: 'shop.example.test',
  redirectWww: false,
  useCompression: false,
  useStickySessions: false,
  useHealthCheck: false,
  ignoreHealthCheck: false,
  autoRollback: true,
  injectPreStop: false,
  podspec: { containers: [{ name: 'web', image: 'demo-app:v1', ports: [{ containerPort: 8080 }] }] },
  ...changes,
});

export function deployment(
  id: string,
  version: string,
  changes: Partial<Deployment> = {},
  descriptor: Partial<Descriptor> = {},
): Deployment {
  return {
    schema: 1,
    id,
    namespace: 'shop-ns',
    appName: 'shop',
    created: '2026-01-01T00:00:00.000Z',
    lastModified: '2026-01-01T00:00:00.000Z',
    version,
    status: 'DEPLOYING',
    phase: 'queued',
    descriptor: demoDescriptor(descriptor),
    objectsOf: id,
    principal: 'tester',
    wishes: {},
    warnings: [],
    log: { next: 1 },
    ...changes,
  };
}

export const app = (changes: Partial<App> = {}): App => ({
  schema: 1,
  namespace: 'shop-ns',
  name: 'shop',
  epoch: 1,
  queue: [],
  ...changes,
});
