/** What every fact of the cluster contract needs: our client, raw HTTP beside it, a namespace of its own, and small objects to play with. */

import { expect } from 'chai';
import { ClusterError, type Cluster, type ClusterErrorCode } from '../../../src/cluster/cluster.ts';
import { createCluster, type ClusterConnection } from '../../../src/cluster/kubernetes/index.ts';
import { createTransport } from '../../../src/cluster/kubernetes/transport.ts';
import type { KubeObject, Ref } from '../../../src/cluster/objects.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/log.ts';

export type Json = any;

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Json;
}

export interface RawWatch {
  /** Every event so far. */
  events: { type: string; object: Json }[];
  /** Resolves with the HTTP status when the server has ended the watch. */
  ended: Promise<number>;
  stop(): Promise<void>;
}

export interface World {
  cluster: Cluster;
  /** The main namespace of this run. */
  namespace: string;
  /** Path of a collection of core objects in the main namespace, for example `pods`. */
  core(plural: string): string;
  raw(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<RawAnswer>;
  watch(path: string): RawWatch;
  /** Makes one more namespace, removed at the end too. */
  makeNamespace(): Promise<string>;
  /** A name that no other fact uses. */
  unique(prefix: string): string;
  close(): Promise<void>;
}

export async function openWorld(connection: ClusterConnection): Promise<World> {
  const clock = systemClock;
  const cluster = createCluster({ ...connection, clock, log: silentLogger, version: 'contract', requestTimeoutMs: 10_000 });
  const transport = createTransport({ connection, clock });
  const run = `teal-contract-${Date.now().toString(36)}`;
  const namespaces: string[] = [];
  let names = 0;

  async function raw(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<RawAnswer> {
    const identity = await connection.credentials.current();
    const headers = { accept: 'application/json', 'content-type': 'application/json', 'user-agent': 'teal-contract', ...identity.headers };
    const answer = await transport.send(
      { method, path, headers, timeoutMs: 15_000, ...(body === undefined ? {} : { body: JSON.stringify(body) }) },
      identity,
    );
    const text = answer.body.toString('utf8');
    let parsed: Json = text;
    try {
      parsed = JSON.parse(text);
    } catch {
      // Some answers are plain text.
    }
    return { status: answer.status, headers: answer.headers, body: parsed };
  }

  function watch(path: string): RawWatch {
    const events: RawWatch['events'] = [];
    const stopping = new AbortController();
    let rest = '';
    const onChunk = (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') events.push(JSON.parse(line) as RawWatch['events'][number]);
    };
    const ended = connection.credentials
      .current()
      .then(identity =>
        transport.send(
          {
            method: 'GET',
            path,
            headers: { accept: 'application/json', ...identity.headers },
            timeoutMs: 15_000,
            signal: stopping.signal,
            stream: { onHead: () => {}, onChunk },
          },
          identity,
        ),
      )
      .then(answer => answer.status);
    ended.catch(() => {});
    return {
      events,
      ended,
      async stop() {
        stopping.abort();
        await ended.catch(() => {});
      },
    };
  }

  async function makeNamespace() {
    const name = `${run}-${namespaces.length + 1}`;
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    namespaces.push(name);
    return name;
  }

  const namespace = await makeNamespace();
  return {
    cluster,
    namespace,
    core: plural => `/api/v1/namespaces/${namespace}/${plural}`,
    raw,
    watch,
    makeNamespace,
    unique: prefix => `${prefix}-${++names}`,
    async close() {
      for (const name of namespaces) await raw('DELETE', `/api/v1/namespaces/${name}`);
      await cluster.close();
      await transport.close();
    },
  };
}

/** The ClusterError that a promise is rejected with; fails when it is fulfilled, or the code is another one. */
export async function refusal(promise: Promise<unknown>, code: ClusterErrorCode): Promise<ClusterError> {
  try {
    await promise;
  } catch (error) {
    expect(error).to.be.instanceOf(ClusterError);
    const refused = error as ClusterError;
    expect(refused.code, refused.message).to.equal(code);
    return refused;
  }
  throw new Error(`expected ${code}, but it was done`);
}

/** Reads, edits and writes until nobody was in between: controllers write status at any time. */
export async function edit(cluster: Cluster, ref: Ref, change: (object: Json) => void): Promise<KubeObject> {
  for (;;) {
    const current: Json = structuredClone(await cluster.read(ref));
    change(current);
    try {
      return await cluster.replace(current);
    } catch (error) {
      if (!(error instanceof ClusterError && error.code === 'CONFLICT')) throw error;
    }
  }
}

/** Removes the object as it is now, whoever has written to it in between. */
export async function removeNow(
  cluster: Cluster,
  ref: Ref,
  propagation: 'Background' | 'Orphan' = 'Background',
): Promise<KubeObject | undefined> {
  for (;;) {
    const current = await cluster.read(ref);
    if (!current) throw new Error(`${ref.kind} ${ref.name} is not there`);
    try {
      return await cluster.remove(ref, precondition(current), propagation);
    } catch (error) {
      if (!(error instanceof ClusterError && error.code === 'CONFLICT')) throw error;
    }
  }
}

export const configMap = (namespace: string, name: string, data: Record<string, string> = {}, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, ...metadata },
  data,
});

export const service = (namespace: string, name: string, selector: Record<string, string>, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace, ...metadata },
  spec: { selector, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
});

export interface ControllerWish {
  replicas?: number;
  image?: string;
  env?: Record<string, string>;
  labels?: Record<string, string>;
  /** Changes the container before it is created. */
  container?: object;
  pod?: object;
}

/** A replication controller of the demo app; ready as soon as `/ready` answers. */
export function controller(namespace: string, name: string, wish: ControllerWish = {}): KubeObject {
  const labels = { name, ...wish.labels };
  const env = Object.entries(wish.env ?? {}).map(([key, value]) => ({ name: key, value }));
  const container = {
    name: 'app',
    image: wish.image ?? 'demo-app:v1',
    imagePullPolicy: 'IfNotPresent',
    env,
    ports: [{ name: 'http', containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1 },
    ...wish.container,
  };
  return {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name, namespace, labels },
    spec: {
      replicas: wish.replicas ?? 1,
      selector: { name },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [container], ...wish.pod } },
    },
  };
}

export const precondition = (object: KubeObject) => ({
  uid: object.metadata.uid ?? '',
  resourceVersion: object.metadata.resourceVersion ?? '',
});

export const isReady = (pod: KubeObject): boolean =>
  ((pod['status']?.conditions ?? []) as { type: string; status: string }[]).some(
    condition => condition.type === 'Ready' && condition.status === 'True',
  );
