/**
 * The Kubernetes calls of a deployment, one after another as they depend on each other, and nothing else: no store, no record, no decision. What this takes, no deployer can go
 * below on the same cluster; so it is what Teal's rate is compared with.
 */

import { drift, merge, renderTraffic, renderVersion, type RoutingSettings, type VersionTarget } from '../../src/cluster/manifests/index.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { createCluster, loadConnection } from '../../src/cluster/kubernetes/index.ts';
import { refOf, type KubeObject } from '../../src/cluster/objects.ts';
import type { Descriptor } from '../../src/descriptors/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';

export interface BareChain {
  /** Deploys this version of every app in the same moment; resolves with the seconds until the last Service was read back. */
  deploy(descriptors: Descriptor[], version: number): Promise<number>;
  close(): Promise<void>;
}

const routing: RoutingSettings = { dialect: 'ingress-nginx', ingressClass: 'nginx', snippets: false, routing: 'versioned' };
/** Not Teal's mark, or a Teal that watches would follow these objects too. */
const label = 'app.kubernetes.io/managed-by';
const manager = 'bare-chain';

/** The same objects with another manager's mark, on the object and on the pods that it makes. */
function remarked(object: KubeObject): KubeObject {
  const copy = structuredClone(object);
  for (const labels of [copy.metadata.labels, copy['spec']?.template?.metadata?.labels as Record<string, string> | undefined])
    if (labels?.[label] !== undefined) labels[label] = manager;
  return copy;
}

const isReady = (pod: KubeObject): boolean =>
  ((pod['status']?.conditions ?? []) as { type: string; status: string }[]).some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );

const listsReady = (slice: KubeObject): boolean =>
  ((slice['endpoints'] ?? []) as { conditions?: { ready?: boolean } }[]).some(({ conditions }) => conditions?.ready !== false);

export async function openBareChain(cluster: { kubeconfig?: string; url?: string }, namespace: string): Promise<BareChain> {
  const client = createCluster({ ...(await loadConnection(cluster)), clock: systemClock, log: silentLogger, requestTimeoutMs: 120_000 });
  const pods = client.mirror('Pod', namespace, { labels: `${label}=${manager}` });
  const slices = client.mirror('EndpointSlice', namespace, { labels: `${label}=${manager}` });
  await Promise.all([pods.synced(), slices.synced()]);

  /** Resolves when `holds`, which is asked again with every change of the mirror. */
  function until(mirror: typeof pods, holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise(resolve => {
      const stop = mirror.subscribe(() => {
        if (!holds()) return;
        stop();
        resolve();
      });
    });
  }

  async function deployOne(descriptor: Descriptor, version: string): Promise<void> {
    const { appName } = descriptor;
    const target: VersionTarget = {
      ...{ installation: manager, namespace, appName, version, deployment: `${appName}-${version}`, epoch: 1 },
      ...{ descriptor, environment: {}, replicas: descriptor.replicas },
    };
    await Promise.all(renderVersion(target, routing).map(object => client.create(remarked(object))));
    const labels = { app: appName, version };
    await until(pods, () => pods.list(namespace, labels).filter(isReady).length >= descriptor.replicas);
    await client.list('Pod', namespace, { labels: `${label}=${manager},app=${appName},version=${version}` });
    const traffic = renderTraffic(target, routing).map(remarked);
    for (const object of traffic) await give(client, object);
    await until(slices, () => slices.list(namespace, { 'kubernetes.io/service-name': appName }).some(listsReady));
    const [, ...found] = await Promise.all([
      client.list('EndpointSlice', namespace, { labels: `kubernetes.io/service-name=${appName}` }),
      ...traffic.map(object => client.read(refOf(object))),
    ]);
    traffic.forEach((object, index) => {
      const actual = found[index];
      if (!actual || drift(object, actual).length > 0) throw new Error(`${object.kind} ${object.metadata.name} is not as it was written`);
    });
  }

  const standing = new Map<string, KubeObject>();
  /** Creates it, or changes what is known to stand. */
  async function give(calls: Cluster, object: KubeObject): Promise<void> {
    const key = `${object.kind}/${object.metadata.name}`;
    const known = standing.get(key);
    standing.set(key, await (known ? calls.replace(merge(object, known)) : calls.create(object)));
  }

  return {
    async deploy(descriptors, version) {
      const from = performance.now();
      await Promise.all(descriptors.map(descriptor => deployOne(descriptor, String(version))));
      return (performance.now() - from) / 1000;
    },
    async close() {
      await Promise.all([pods.close(), slices.close()]);
      await client.close();
    },
  };
}
