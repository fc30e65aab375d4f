/** A sandbox of a test's own, with a small client that speaks to it as any Kubernetes client would. */

import { request as httpRequest } from 'node:http';
import type { KubeObject } from '../cluster/objects.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../sandbox/index.ts';

export interface Answer {
  status: number;
  headers: Headers;
  body: KubeObject;
}

export interface SandboxClient extends Sandbox {
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Creates in namespace default; fails the test when refused. */
  make(object: KubeObject): Promise<KubeObject>;
  /** Asks the reverse proxy for a host. */
  visit(
    host: string,
    path?: string,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>;
  /** Opens a watch; `next` gives its events in order. */
  watch(path: string): Promise<{ status: number; next(): Promise<{ type: string; object: KubeObject } | undefined>; close(): void }>;
}

export const core = '/api/v1/namespaces/default';
export const networking = '/apis/networking.k8s.io/v1/namespaces/default';
export const discovery = '/apis/discovery.k8s.io/v1/namespaces/default';

const pathOf: Record<string, string> = {
  ReplicationController: `${core}/replicationcontrollers`,
  Service: `${core}/services`,
  Pod: `${core}/pods`,
  ConfigMap: `${core}/configmaps`,
  ResourceQuota: `${core}/resourcequotas`,
  Ingress: `${networking}/ingresses`,
};

export async function startTestSandbox(options: Partial<SandboxOptions> = {}): Promise<SandboxClient> {
  const sandbox = await startSandbox({ host: '127.0.0.1', clock: systemClock, log: silentLogger, ...options });
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> => {
    const answer = await fetch(sandbox.apiUrl + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as KubeObject };
  };
  return {
    ...sandbox,
    call,
    async make(object) {
      const { status, body } = await call('POST', pathOf[object.kind] ?? '', object);
      if (status !== 201) throw new Error(`${object.kind} refused: ${status} ${body.message as string}`);
      return body;
    },
    visit: (host, path = '/', headers = {}) =>
      new Promise((resolve, reject) => {
        const asked = httpRequest(sandbox.proxyUrl + path, { headers: { host, ...headers }, agent: false }, answer => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => (text += chunk));
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
        });
        asked.on('error', reject);
        asked.end();
      }),
    async watch(path) {
      const abort = new AbortController();
      const answer = await fetch(sandbox.apiUrl + path, { signal: abort.signal });
      const events = linesOf(answer.body as ReadableStream<Uint8Array>);
      return {
        status: answer.status,
        next: async () => (await events.next()).value as { type: string; object: KubeObject } | undefined,
        close: () => abort.abort(),
      };
    },
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<unknown, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line);
  }
}

/** Asks again and again until `look` gives something; fails with `what` after the deadline. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined | false>, withinMs = 5000): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await systemClock.sleep(15);
  }
}

export const controller = (
  name: string,
  labels: Record<string, string>,
  container: Record<string, unknown> = {},
  replicas = 1,
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name },
  spec: {
    replicas,
    selector: labels,
    template: {
      metadata: { labels },
      spec: { containers: [{ name: 'web', image: 'demo-app:v1', ports: [{ name: 'http', containerPort: 8080 }], ...container }] },
    },
  },
});

export const service = (name: string, selector: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
});

export const ingress = (name: string, host: string, backend: string, annotations: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, annotations },
  spec: {
    ingressClassName: 'nginx',
    rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: backend, port: { number: 80 } } } }] } }],
  },
});
