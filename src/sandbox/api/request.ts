/** Reads an HTTP request as a request for a resource: path, body, options. */

import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { ApiFailure, badRequest, invalid, unsupported } from './failure.ts';
import { findResource, resources, type Resource } from './resources.ts';

export interface ResourceRequest {
  resource: Resource;
  /** Empty for cluster-wide requests. */
  namespace: string;
  name: string;
  subresource: string;
  /** What follows the subresource, with its leading slash: for proxies. */
  rest: string;
  query: URLSearchParams;
}

const decoded = (step: string) => {
  try {
    return decodeURIComponent(step);
  } catch {
    throw badRequest(`bad escape in path: ${step}`);
  }
};

/** Undefined when the path is not that of a known resource. */
export function parseResourcePath(url: URL): ResourceRequest | undefined {
  const match = /^\/(?:api\/(v1)|apis\/([^/]+)\/([^/]+))\/(.+)$/.exec(url.pathname);
  if (!match) return undefined;
  const [, core, group = '', version = core ?? '', path = ''] = match;
  const steps = path.split('/');
  const inNamespace =
    steps[0] === 'namespaces' && group === ''
      ? steps.length > 2 && !resources.namespaces.subresources.includes(steps[2] ?? '')
      : steps[0] === 'namespaces';
  const [plural = '', name = '', subresource = '', ...rest] = inNamespace ? steps.slice(2) : steps;
  const resource = findResource(group, version, plural);
  if (!resource || (inNamespace && !resource.namespaced)) return undefined;
  if (!inNamespace && resource.namespaced && name !== '') return undefined;
  if (subresource !== '' && !resource.subresources.includes(subresource)) return undefined;
  const namespace = inNamespace ? decoded(steps[1] ?? '') : '';
  return {
    resource,
    namespace,
    name: decoded(name),
    subresource,
    rest: rest.length > 0 ? `/${rest.join('/')}` : '',
    query: url.searchParams,
  };
}

const longestBody = 3 * 1024 * 1024;

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > longestBody) throw new ApiFailure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${longestBody}`, {});
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The object in a body of JSON or YAML. Throws 400 and 415. */
export function parseObject(request: IncomingMessage, body: Buffer, kind: string): Record<string, unknown> {
  const type = request.headers['content-type']?.split(';')[0]?.trim() ?? 'application/json';
  if (type !== 'application/json' && type !== 'application/yaml') {
    throw new ApiFailure(
      415,
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
    );
  }
  let value: unknown;
  try {
    value = type === 'application/json' ? JSON.parse(body.toString()) : parseYaml(body.toString());
  } catch (error) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${(error as Error).message}`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest(`the object provided is unrecognized (must be of type ${kind})`);
  return value as Record<string, unknown>;
}

/** Throws 422 for a dryRun other than All. */
export function isDryRun(query: URLSearchParams, kind: string, inBody?: unknown): boolean {
  const asked = [...query.getAll('dryRun'), ...(Array.isArray(inBody) ? (inBody as string[]) : [])];
  if (asked.some(value => value !== 'All'))
    throw invalid({ group: 'meta.k8s.io', kind, plural: '' }, '', [unsupported('dryRun', asked, ['All'])]);
  return asked.length > 0;
}
