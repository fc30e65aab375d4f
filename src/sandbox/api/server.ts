/** The HTTP side of the simulated API server: one request in, objects, a Status or a stream out. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { KubeObject } from '../../cluster/objects.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { PodRuntime } from '../pods/runtime.ts';
import type { Storage } from '../storage.ts';
import { discoveryDocument } from './discovery.ts';
import { ApiFailure, badRequest, methodNotAllowed, noSuchResource, type StatusBody } from './failure.ts';
import { applyPatch } from './patches.ts';
import { serveLog, serveProxy } from './pod-access.ts';
import type { DeleteOptions, Registry, WriteOptions } from './registry.ts';
import { isDryRun, parseObject, parseResourcePath, readBody, type ResourceRequest } from './request.ts';
import { groupVersionOf, resources, type Resource } from './resources.ts';
import { asScale, withScale } from './scale.ts';
import { dropUnknown } from './schema.ts';
import { asTable } from './tables.ts';
import { listObjects, serveWatch, type Selection } from './watch.ts';

const reviewPath = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

export interface ApiServerDeps {
  registry: Registry;
  storage: Storage;
  runtime: PodRuntime;
  clock: Clock;
  log: Logger;
  bookmarkMs: number;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  asked: ResourceRequest;
}

/** Returns the server, not yet listening, and a function that ends its open watches. */
export function createApiServer(deps: ApiServerDeps): { server: Server; endWatches: () => void } {
  const { registry, storage, clock, log } = deps;
  const watches = new Set<() => void>();

  function answer(response: ServerResponse, status: number, body: unknown, warnings: string[] = []) {
    for (const warning of warnings) response.appendHeader('warning', `299 - ${JSON.stringify(warning)}`);
    const text = `${JSON.stringify(body)}\n`;
    response
      .writeHead(status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        'cache-control': 'no-cache, private',
      })
      .end(text);
  }

  const wantsTable = (request: IncomingMessage) => /as=Table/.test(request.headers.accept ?? '');

  function selectionOf({ request, asked }: Exchange): Selection {
    const { resource, namespace, query, name } = asked;
    const watching = isWatch(query);
    const table = wantsTable(request);
    const selected = new URLSearchParams(query);
    if (name) selected.set('fieldSelector', `metadata.name=${name}`);
    const present: Selection['present'] = (objects, metadata) => {
      if (table) return asTable(resource, objects, metadata, clock.now());
      return watching ? objects[0] : listOf(resource, objects, metadata);
    };
    return { resource, namespace, query: selected, present };
  }

  function read(exchange: Exchange) {
    const { request, response, asked } = exchange;
    const { resource, namespace, name, query, subresource } = asked;
    if (isWatch(query)) {
      const onStop = (end: () => void) => {
        watches.add(end);
        return () => watches.delete(end);
      };
      serveWatch({ storage, clock, bookmarkMs: deps.bookmarkMs, onStop }, selectionOf(exchange), response);
      return;
    }
    if (!name) {
      answer(response, 200, listObjects(storage, selectionOf(exchange)));
      return;
    }
    const object = registry.read(resource, namespace, name);
    if (subresource === 'scale') answer(response, 200, asScale(object));
    else if (wantsTable(request))
      answer(response, 200, asTable(resource, [object], { resourceVersion: object.metadata.resourceVersion }, clock.now()));
    else answer(response, 200, object);
  }

  /** The object sent, with the warnings about it. Throws 400 when it is not of the kind or breaks its schema. */
  function accept({ request, asked }: Exchange, body: Buffer, kind: string): { object: KubeObject; warnings: string[] } {
    const { resource, query } = asked;
    const value = parseObject(request, body, kind);
    if (kind === resource.kind) {
      const apiVersion = groupVersionOf(resource);
      if ((value.kind ?? kind) !== kind || (value.apiVersion ?? apiVersion) !== apiVersion) {
        throw badRequest(`${String(value.kind)} in version "${String(value.apiVersion)}" cannot be handled as a ${kind}`);
      }
    }
    const { unknown, wrongType } = dropUnknown(kind, value);
    const cannot = `${kind} in version "${resource.version}" cannot be handled as a ${kind}`;
    if (wrongType) throw badRequest(`${cannot}: json: cannot unmarshal ${wrongType}`);
    const mode = query.get('fieldValidation') ?? 'Warn';
    if (mode === 'Strict' && unknown.length > 0) throw badRequest(`${cannot}: strict decoding error: ${unknown.join(', ')}`);
    return { object: value as unknown as KubeObject, warnings: mode === 'Ignore' ? [] : unknown };
  }

  async function write(exchange: Exchange) {
    const { request, response, asked } = exchange;
    const { resource, namespace, name, subresource, query } = asked;
    const body = await readBody(request);
    const scale = subresource === 'scale';
    const manager = query.get('fieldManager') ?? (request.headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown';
    const options: WriteOptions = {
      manager,
      subresource: subresource === 'status' || subresource === 'finalize' ? subresource : undefined,
    };
    if (request.method === 'PATCH') {
      options.dryRun = isDryRun(query, 'PatchOptions');
      const patch = parsePatch(body);
      const type = request.headers['content-type'] ?? '';
      const object = registry.change(
        resource,
        namespace,
        name,
        old => (scale ? withScale(old, applyPatch(type, asScale(old), patch)) : applyPatch(type, old, patch)),
        options,
      );
      answer(response, 200, scale ? asScale(object) : object);
      return;
    }
    const { object, warnings } = accept(exchange, body, scale ? 'Scale' : resource.kind);
    if (request.method === 'POST') {
      options.dryRun = isDryRun(query, 'CreateOptions');
      answer(response, 201, registry.create(resource, namespace, object, options), warnings);
    } else if (scale) {
      const changed = registry.change(resource, namespace, name, old => withScale(old, object), {
        dryRun: isDryRun(query, 'UpdateOptions'),
      });
      answer(response, 200, asScale(changed));
    } else {
      options.dryRun = isDryRun(query, 'UpdateOptions');
      const { object: stored, created } = registry.replace(resource, namespace, name, object, options);
      answer(response, created ? 201 : 200, stored, warnings);
    }
  }

  async function remove(exchange: Exchange) {
    const { request, response, asked } = exchange;
    const { resource, namespace, name, query } = asked;
    const body = await readBody(request);
    const sent = body.length > 0 ? parseObject(request, body, 'DeleteOptions') : {};
    const options: DeleteOptions = {
      ...optionsFrom(query),
      ...(sent as DeleteOptions),
      dryRun: isDryRun(query, 'DeleteOptions', sent.dryRun),
    };
    if (name) {
      const { object, gone } = registry.remove(resource, namespace, name, options);
      const details = { name, ...(resource.group ? { group: resource.group } : {}), kind: resource.plural, uid: object.metadata.uid };
      const success: StatusBody = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
      answer(response, 200, gone && !resource.returnsDeleted ? success : object);
      return;
    }
    const selection = selectionOf(exchange);
    let doomed: KubeObject[] = [];
    listObjects(storage, { ...selection, present: objects => (doomed = objects) });
    const deleted = doomed.map(object => registry.remove(resource, object.metadata.namespace ?? '', object.metadata.name, options).object);
    answer(response, 200, listOf(resource, deleted, { resourceVersion: String(storage.revision()) }));
  }

  async function dispatch(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? '/', 'http://sandbox');
    if (url.pathname === '/readyz' || url.pathname === '/livez' || url.pathname === '/healthz') {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('ok');
      return;
    }
    const document = discoveryDocument(url.pathname);
    if (document !== undefined) {
      answer(response, 200, document);
      return;
    }
    if (url.pathname === reviewPath && request.method === 'POST') {
      // There are no rules of access here: everybody may do everything.
      const review = parseObject(request, await readBody(request), 'SelfSubjectAccessReview');
      answer(response, 201, { ...review, status: { allowed: true } });
      return;
    }
    const asked = parseResourcePath(url);
    if (!asked) {
      if (
        /^\/(api\/v1|apis\/[^/]+\/[^/]+)\//.test(url.pathname) &&
        discoveryDocument(
          url.pathname
            .split('/')
            .slice(0, url.pathname.startsWith('/api/') ? 3 : 4)
            .join('/'),
        )
      )
        throw noSuchResource();
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
      return;
    }
    const exchange = { request, response, asked };
    if (asked.subresource === 'log') {
      if (request.method !== 'GET') throw methodNotAllowed();
      serveLog(deps, asked, response);
    } else if (asked.subresource === 'proxy') serveProxy(deps, asked, request, response);
    else await serveMethod(exchange);
  }

  async function serveMethod(exchange: Exchange) {
    const { request, asked } = exchange;
    const { name, subresource, namespace, resource } = asked;
    const collection = name === '';
    switch (request.method) {
      case 'GET':
        read(exchange);
        return;
      case 'POST':
        if (!collection || (resource.namespaced && !namespace)) throw methodNotAllowed();
        return write(exchange);
      case 'PUT':
      case 'PATCH':
        if (collection) throw methodNotAllowed();
        return write(exchange);
      case 'DELETE':
        if (subresource || (collection && resource === resources.namespaces)) throw methodNotAllowed();
        return remove(exchange);
      default:
        throw methodNotAllowed();
    }
  }

  const server = createServer((request, response) => {
    response.setHeader('date', new Date(clock.now()).toUTCString());
    if (!isLoopbackName(request.headers.host ?? '')) {
      response.writeHead(403).end('the sandbox is asked by a name that is not of this machine\n');
      return;
    }
    dispatch(request, response).catch((error: unknown) => {
      if (response.headersSent) {
        response.destroy();
        return;
      }
      if (error instanceof ApiFailure) {
        answer(response, error.code, error.body);
        return;
      }
      log.error('sandbox: request failed', { method: request.method, url: request.url, error });
      answer(response, 500, new ApiFailure(500, 'InternalError', `Internal error occurred: ${String(error)}`).body);
    });
  });
  server.keepAliveTimeout = 180_000;
  return { server, endWatches: () => [...watches].forEach(end => end()) };
}

/** Keeps web pages from reaching the sandbox by a name of their own that leads to loopback. */
const isLoopbackName = (host: string) => /^(127(\.\d+){3}|localhost|\[::1\])(:\d+)?$/i.test(host);

const isWatch = (query: URLSearchParams) => query.get('watch') === 'true' || query.get('watch') === '1';

/** Items of typed lists carry no kind and apiVersion, as in a real API server. */
function listOf(resource: Resource, objects: KubeObject[], metadata: Record<string, unknown>) {
  const items = resource.custom ? objects : objects.map(({ kind: _, apiVersion: __, ...item }) => item);
  return { kind: `${resource.kind}List`, apiVersion: groupVersionOf(resource), metadata, items };
}

function optionsFrom(query: URLSearchParams): DeleteOptions {
  const policy = query.get('propagationPolicy');
  const grace = query.get('gracePeriodSeconds');
  return { ...(policy ? { propagationPolicy: policy } : {}), ...(grace ? { gracePeriodSeconds: Number(grace) } : {}) };
}

function parsePatch(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`);
  }
}
