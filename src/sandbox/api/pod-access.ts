/** Ways through the API server to running pods: their logs, and the proxy to pods and services. */

import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { KubeObject } from '../../cluster/objects.ts';
import type { PodRuntime } from '../pods/runtime.ts';
import type { Storage } from '../storage.ts';
import { ApiFailure, badRequest, unavailable } from './failure.ts';
import type { Registry } from './registry.ts';
import type { ResourceRequest } from './request.ts';
import { resources } from './resources.ts';

export interface PodAccessDeps {
  registry: Registry;
  storage: Storage;
  runtime: PodRuntime;
}

/** GET .../pods/NAME/log */
export function serveLog(deps: PodAccessDeps, { namespace, name, query }: ResourceRequest, response: ServerResponse): void {
  const pod = deps.registry.read(resources.pods, namespace, name);
  const names = (pod.spec.containers as { name: string }[]).map(container => container.name);
  const container = query.get('container') ?? (names.length === 1 ? names[0] : undefined);
  if (container === undefined) throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]`);
  const initNames = ((pod.spec.initContainers ?? []) as { name: string }[]).map(({ name: initName }) => initName);
  if (![...names, ...initNames].includes(container)) throw badRequest(`container ${container} is not valid for pod ${name}`);
  const previous = query.get('previous') === 'true';
  const log = deps.runtime.log(pod.metadata.uid ?? '', container, previous);
  if (!log) {
    if (previous) throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
    throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ${waitingReason(pod, container)}`);
  }
  const tail = query.get('tailLines');
  const since = sinceMs(query);
  const stamps = query.get('timestamps') === 'true';
  const text = (line: { time: string; text: string }) => (stamps ? `${line.time} ${line.text}\n` : `${line.text}\n`);
  const lines = log.lines.filter(line => Date.parse(line.time) >= since);
  response.writeHead(200, { 'content-type': 'text/plain' });
  for (const line of tail === null ? lines : lines.slice(Math.max(0, lines.length - Number(tail)))) response.write(text(line));
  if (query.get('follow') !== 'true' || log.ended()) {
    response.end();
    return;
  }
  response.flushHeaders();
  const stop = log.follow(
    line => response.write(text(line)),
    () => response.end(),
  );
  response.on('close', stop);
}

function sinceMs(query: URLSearchParams): number {
  const time = query.get('sinceTime');
  if (time) return Date.parse(time);
  const seconds = query.get('sinceSeconds');
  return seconds ? Date.now() - Number(seconds) * 1000 : 0;
}

function waitingReason(pod: KubeObject, container: string): string {
  const statuses = (pod.status?.containerStatuses ?? []) as { name: string; state?: { waiting?: { reason?: string } } }[];
  return statuses.find(status => status.name === container)?.state?.waiting?.reason ?? 'ContainerCreating';
}

/** Any method on .../pods|services/[SCHEME:]NAME[:PORT]/proxy/... */
export function serveProxy(deps: PodAccessDeps, asked: ResourceRequest, request: IncomingMessage, response: ServerResponse): void {
  const parts = asked.name.split(':');
  const [name = '', port = ''] = parts.length === 3 ? parts.slice(1) : parts;
  const target =
    asked.resource === resources.pods ? podTarget(deps, asked.namespace, name, port) : serviceTarget(deps, asked.namespace, name, port);
  const search = asked.query.size > 0 ? `?${asked.query.toString()}` : '';
  const { host: _, connection: __, ...headers } = request.headers;
  const { address, port: actual } = deps.runtime.endpoint(target.address, target.port);
  const onward = httpRequest({
    host: address,
    port: actual,
    method: request.method,
    path: `${asked.rest || '/'}${search}`,
    headers,
    agent: false,
  });
  onward.on('response', answer => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', error => {
    if (response.headersSent) response.destroy();
    else {
      const body = unavailable(
        `error trying to reach service: dial tcp ${target.address}:${target.port}: connect: ${reasonOf(error)}`,
      ).body;
      response.writeHead(503, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    }
  });
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}

const reasonOf = (error: NodeJS.ErrnoException) => (error.code === 'ECONNREFUSED' ? 'connection refused' : error.message);

interface Target {
  address: string;
  port: number;
}

function podTarget(deps: PodAccessDeps, namespace: string, name: string, port: string): Target {
  const pod = deps.registry.read(resources.pods, namespace, name);
  const address = pod.status?.podIP as string | undefined;
  if (!address) throw new ApiFailure(400, 'BadRequest', 'address not allowed');
  const ports = (pod.spec.containers as { ports?: { name?: string; containerPort: number }[] }[]).flatMap(
    container => container.ports ?? [],
  );
  const named = ports.find(candidate => candidate.name === port)?.containerPort;
  return { address, port: port === '' ? (ports[0]?.containerPort ?? 80) : (named ?? Number(port)) };
}

function serviceTarget(deps: PodAccessDeps, namespace: string, name: string, port: string): Target {
  const service = deps.registry.read(resources.services, namespace, name);
  const ports = service.spec.ports as { name?: string; port: number }[];
  const wanted = port === '' ? ports[0] : ports.find(candidate => candidate.name === port || String(candidate.port) === port);
  if (!wanted) throw unavailable(`no service port "${port}" found for service "${name}"`);
  for (const slice of deps.storage.list(resources.endpointslices, namespace)) {
    if (slice.metadata.labels?.['kubernetes.io/service-name'] !== name) continue;
    const endpoint = ((slice.endpoints ?? []) as { addresses: string[]; conditions: { ready?: boolean } }[]).find(
      ({ conditions }) => conditions.ready,
    );
    const target = ((slice.ports ?? []) as { name?: string; port: number }[]).find(
      candidate => (candidate.name ?? '') === (wanted.name ?? ''),
    );
    if (endpoint?.addresses[0] && target) return { address: endpoint.addresses[0], port: target.port };
  }
  throw unavailable(`no endpoints available for service "${name}"`);
}
