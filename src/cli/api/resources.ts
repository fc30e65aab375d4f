/** Lists of the server, read page by page. */

import type { Answer, Client, Query } from './client.ts';
import type { Deployment, Descriptor } from './types.ts';

const pageSize = 500;

function nextOf(answer: Answer): string | undefined {
  const next = /<([^>]*)>;\s*rel="next"/.exec(answer.header('link') ?? '')?.[1];
  return next === undefined ? undefined : (new URL(next, 'http://server').searchParams.get('continue') ?? undefined);
}

/** The newest `limit`, or all. */
export async function listAll<T>(client: Client, path: string, query: Query, limit = Infinity): Promise<T[]> {
  const found: T[] = [];
  let token: string | undefined;
  do {
    const size = Math.min(pageSize, limit - found.length);
    const answer = await client.ask('GET', path, { query: { ...query, limit: size, continue: token } });
    found.push(...answer.json<T[]>());
    token = nextOf(answer);
  } while (token !== undefined && found.length < limit);
  return found;
}

/** Newest first. */
export const deploymentsOf = (client: Client, namespace: string, appName: string, limit?: number): Promise<Deployment[]> =>
  /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(appName)
    ? listAll(client, '/deployments/', { namespace, appname: appName }, limit)
    : Promise.resolve([]);

export const descriptorsOf = (client: Client, namespace: string, appName: string, limit?: number): Promise<Descriptor[]> =>
  /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(appName)
    ? listAll(client, '/descriptors/', { namespace, appname: appName }, limit)
    : Promise.resolve([]);

/** Names of apps with a deployment or a descriptor, sorted. */
export async function appNames(client: Client, namespace: string): Promise<string[]> {
  const apps = await client.get<{ appName: string }[]>('/apps/', { namespace });
  return apps.map(({ appName }) => appName);
}
