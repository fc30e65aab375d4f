/**
 * A simulated Kubernetes cluster in this process: API server, controllers and one node over loopback HTTP, and a reverse proxy that follows Ingresses. For trying
 * Teal out and for tests. Addresses of Services (10.96.x.y) lead nowhere; pods are reached by their own loopback addresses, the pod proxy and the reverse proxy.
 */

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { createRegistry } from './api/registry.ts';
import { resources } from './api/resources.ts';
import { createApiServer } from './api/server.ts';
import { startEndpoints } from './controllers/endpoints.ts';
import { startGarbageCollection } from './controllers/garbage.ts';
import { startNamespaces } from './controllers/namespaces.ts';
import { startQuotas } from './controllers/quotas.ts';
import { startReplication } from './controllers/replication.ts';
import { createEventRecorder } from './events.ts';
import { openAddresses } from './pods/addresses.ts';
import type { Pace } from './pods/container.ts';
import { createPodRuntime } from './pods/runtime.ts';
import { createProxy } from './proxy/server.ts';
import { createRules } from './rules/index.ts';
import { createStorage } from './storage.ts';

export interface SandboxOptions {
  /** Loopback only. */
  host: '127.0.0.1';
  /** 0 or absent: a free one. */
  apiPort?: number;
  proxyPort?: number;
  clock: Clock;
  log: Logger;
  /** How many changes a watch can go back before it gets 410. Default 10,000. */
  historyLimit?: number;
  /** How often watches get bookmarks. Default 5 s. */
  bookmarkMs?: number;
  pace?: Partial<Pace>;
  /** How long after a change of pods or Services the EndpointSlices follow, ms. Default 3; those of a busy cluster take a second and more. */
  endpointsDelayMs?: number;
}

export interface Sandbox {
  /** Base URL of the Kubernetes API. */
  apiUrl: string;
  /** Base URL of the reverse proxy. */
  proxyUrl: string;
  /** Ends everything: pods, watches, servers. */
  stop(): Promise<void>;
}

const defaultPace: Pace = { startMs: 30, crashBackoffMs: 1000, pullBackoffMs: 400 };
const controllerDelayMs = 3;

/** Starts a cluster with the namespaces default and kube-system. Rejects when a port is taken. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { host, clock, log } = options;
  const addresses = await openAddresses();
  const storage = createStorage(options.historyLimit ?? 10_000);
  const registry = createRegistry({ storage, rules: createRules(), clock });
  const events = createEventRecorder({ registry, storage, clock });
  const runtime = createPodRuntime({ registry, storage, events, addresses, clock, pace: { ...defaultPace, ...options.pace } });
  const controllerDeps = { registry, storage, events, clock, log, delayMs: controllerDelayMs };
  const stops = [
    ...[startReplication, startGarbageCollection, startNamespaces, startQuotas].map(start => start(controllerDeps)),
    startEndpoints({ ...controllerDeps, delayMs: options.endpointsDelayMs ?? controllerDelayMs }),
  ];
  const api = createApiServer({ registry, storage, runtime, clock, log, bookmarkMs: options.bookmarkMs ?? 5000 });
  const proxy = createProxy({ storage, endpoint: (address, port) => runtime.endpoint(address, port) });

  for (const name of ['default', 'kube-system'])
    registry.create(resources.namespaces, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const [name, controller] of [
    ['nginx', 'k8s.io/ingress-nginx'],
    ['traefik', 'traefik.io/ingress-controller'],
  ] as const) {
    registry.create(resources.ingressclasses, '', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name },
      spec: { controller },
    });
  }

  const stop = async () => {
    api.endWatches();
    for (const end of stops) end();
    runtime.stop();
    proxy.stop();
    addresses.close();
    await Promise.all([close(api.server), close(proxy.server)]);
  };
  try {
    const apiUrl = await listen(api.server, host, options.apiPort ?? 0);
    const proxyUrl = await listen(proxy.server, host, options.proxyPort ?? 0);
    return { apiUrl, proxyUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve(`http://${host}:${(server.address() as AddressInfo).port}`);
    });
  });
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise(resolve => {
    server.close(() => resolve());
  });
}
