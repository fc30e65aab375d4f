/** A second, independent pair of hands on the cluster: raw HTTP to the API server, so that a mistake of our own client cannot hide itself. */

import { readFileSync } from 'node:fs';
import { Agent, request, type Dispatcher } from 'undici';
import { parse } from 'yaml';
import { kinds, type Kind, type KubeObject } from '../../src/cluster/objects.ts';

export interface KubeConnection {
  url: string;
  tls?: { ca: string; cert?: string; key?: string };
  /** Bearer token, instead of a client certificate. */
  token?: string;
}

export interface KubeAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export interface Kube {
  readonly connection: KubeConnection;
  get(kind: Kind, namespace: string, name: string): Promise<KubeObject | undefined>;
  list(kind: Kind, namespace: string, labels?: Record<string, string>): Promise<KubeObject[]>;
  create(object: KubeObject): Promise<KubeObject>;
  /** Reads, changes and writes back, again on conflict. */
  edit(kind: Kind, namespace: string, name: string, change: (object: KubeObject) => void): Promise<KubeObject>;
  remove(kind: Kind, namespace: string, name: string): Promise<void>;
  /** Any request, for what has no word of its own here. */
  call(method: Dispatcher.HttpMethod, path: string, body?: unknown): Promise<KubeAnswer>;
  /** Asks a pod through the API server. */
  askPod(namespace: string, pod: string, method: 'GET' | 'POST', path: string, port?: number): Promise<KubeAnswer>;
  close(): Promise<void>;
}

/** Reads the current context of a kubeconfig with client certificates. */
export function readKubeconfig(file: string): KubeConnection {
  const config = parse(readFileSync(file, 'utf8')) as {
    'current-context': string;
    contexts: { name: string; context: { cluster: string; user: string } }[];
    clusters: { name: string; cluster: Record<string, string> }[];
    users: { name: string; user: Record<string, string> }[];
  };
  const context = config.contexts.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users.find(({ name }) => name === context?.user)?.user;
  if (!cluster?.server || !user) throw new Error(`${file} has no complete current context`);
  const pem = (holder: Record<string, string>, name: string): string => {
    const data = holder[`${name}-data`];
    return data ? Buffer.from(data, 'base64').toString() : readFileSync(holder[name] ?? '', 'utf8');
  };
  return {
    url: cluster.server,
    tls: { ca: pem(cluster, 'certificate-authority'), cert: pem(user, 'client-certificate'), key: pem(user, 'client-key') },
  };
}

function pathOf(kind: Kind, namespace: string, name?: string): string {
  const { apiVersion, plural } = kinds[kind];
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${root}${namespace ? `/namespaces/${namespace}` : ''}/${plural}${name === undefined ? '' : `/${name}`}`;
}

export function createKube(connection: KubeConnection): Kube {
  const dispatcher = new Agent({ connections: 32, ...(connection.tls ? { connect: connection.tls } : {}) });

  async function call(method: Dispatcher.HttpMethod, path: string, body?: unknown): Promise<KubeAnswer> {
    const answer = await request(connection.url + path, {
      method,
      dispatcher,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(connection.token === undefined ? {} : { authorization: `Bearer ${connection.token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  }

  async function must(method: Dispatcher.HttpMethod, path: string, body?: unknown): Promise<KubeObject> {
    const answer = await call(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 300)}`);
    return JSON.parse(answer.text) as KubeObject;
  }

  async function get(kind: Kind, namespace: string, name: string): Promise<KubeObject | undefined> {
    const answer = await call('GET', pathOf(kind, namespace, name));
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw new Error(`GET ${kind} ${name}: ${answer.status} ${answer.text.slice(0, 300)}`);
    return JSON.parse(answer.text) as KubeObject;
  }

  return {
    connection,
    get,
    call,
    async list(kind, namespace, labels = {}) {
      const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
      const list = await must('GET', `${pathOf(kind, namespace)}?labelSelector=${encodeURIComponent(selector.join(','))}`);
      return list['items'] as KubeObject[];
    },
    create(object) {
      return must('POST', pathOf(object.kind as Kind, object.kind === 'Namespace' ? '' : (object.metadata.namespace ?? '')), object);
    },
    async edit(kind, namespace, name, change) {
      for (let attempt = 0; ; attempt++) {
        const object = await get(kind, namespace, name);
        if (!object) throw new Error(`${kind} ${name} is not there to be edited`);
        change(object);
        const answer = await call('PUT', pathOf(kind, namespace, name), object);
        if (answer.status < 300) return JSON.parse(answer.text) as KubeObject;
        if (answer.status !== 409 || attempt > 20) throw new Error(`PUT ${kind} ${name}: ${answer.status} ${answer.text.slice(0, 300)}`);
      }
    },
    async remove(kind, namespace, name) {
      const answer = await call('DELETE', pathOf(kind, namespace, name), {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        propagationPolicy: 'Background',
      });
      if (answer.status >= 300 && answer.status !== 404)
        throw new Error(`DELETE ${kind} ${name}: ${answer.status} ${answer.text.slice(0, 300)}`);
    },
    askPod: (namespace, pod, method, path, port = 8080) => call(method, `/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy${path}`),
    close: () => dispatcher.close(),
  };
}
