/** Which descriptor is meant by an argument: the id of one, the beginning of one, or the name of its app (the newest). */

import type { Client } from './api/client.ts';
import { descriptorsOf, listAll } from './api/resources.ts';
import type { Descriptor } from './api/types.ts';
import { notFound, usageFailure, type Failure } from './exits.ts';

export async function resolveDescriptor(client: Client, namespace: string, named: string): Promise<Descriptor> {
  const [newest] = await descriptorsOf(client, namespace, named, 1);
  if (newest !== undefined) return newest;
  if (/^[0-9a-f][0-9a-f-]{3,35}$/.test(named)) {
    const found = (await listAll<Descriptor>(client, '/descriptors/', { namespace })).filter(({ id = '' }) => id.startsWith(named));
    const [first, second] = found;
    if (second !== undefined)
      throw usageFailure(
        `${named} is the beginning of several ids`,
        ...found.slice(0, 10).map(({ id = '', appName }) => `  ${id}  ${appName}`),
      );
    if (first !== undefined) return first;
  }
  throw await absent(client, namespace, named);
}

async function absent(client: Client, namespace: string, named: string): Promise<Failure> {
  const { nearest } = await import('../lib/nearest.ts');
  const names = (await listAll<Descriptor>(client, '/descriptors/', { namespace }, 1000)).map(({ appName }) => appName);
  const meant = nearest(named, [...new Set(names)]);
  return notFound(
    `there is no descriptor ${named} in namespace ${namespace}`,
    ...(meant === undefined ? [] : [`  did you mean ${meant}?`]),
  );
}
