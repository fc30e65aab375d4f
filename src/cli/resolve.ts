/** Which deployment is meant by an argument: the id of one, the beginning of one, or the name of its app. */

import { nearest } from '../lib/nearest.ts';
import type { Client } from './api/client.ts';
import { appNames, deploymentsOf, listAll } from './api/resources.ts';
import type { Deployment } from './api/types.ts';
import { Failure, notFound } from './exits.ts';
import { shortId } from './output/age.ts';

/** Of an app: `newest`, what serves and else the newest, or what is under way and else the newest. */
export type Preference = 'newest' | 'live' | 'moving';

const wholeId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const beginning = /^[0-9a-f]{4,8}(-[0-9a-f-]*)?$/;

export async function resolveDeployment(client: Client, namespace: string, named: string, preference: Preference): Promise<Deployment> {
  if (wholeId.test(named)) return client.get<Deployment>(`/deployments/${named}/`, { namespace });
  const ofApp = await deploymentsOf(client, namespace, named, 100);
  if (ofApp.length > 0) return preferred(ofApp, preference);
  if (beginning.test(named)) {
    const found = (await listAll<Deployment>(client, '/deployments/', { namespace })).filter(({ id }) => id.startsWith(named));
    const [first, second] = found;
    if (first !== undefined && second === undefined) return first;
    if (first !== undefined) throw new Failure(`${named} is the beginning of several ids`, 2, { more: found.slice(0, 10).map(lineOf) });
  }
  throw await nothingCalled(client, namespace, named);
}

const lineOf = ({ id, version, descriptor, status }: Deployment): string => `  ${id}  ${descriptor.appName} ${version} ${status}`;

/** `deployments`: newest first, at least one. */
export function preferred(deployments: readonly Deployment[], preference: Preference): Deployment {
  const [newest] = deployments;
  const wanted =
    preference === 'live'
      ? deployments.find(({ status }) => status === 'DEPLOYED' || status === 'UNDEPLOYING')
      : preference === 'moving'
        ? // The one that has begun goes before those that wait for it.
          deployments.findLast(({ status }) => status === 'DEPLOYING')
        : undefined;
  const found = wanted ?? newest;
  if (found === undefined) throw new Failure('there is no deployment');
  return found;
}

export async function nothingCalled(client: Client, namespace: string, named: string): Promise<Failure> {
  const names = await appNames(client, namespace).catch(() => []);
  const meant = nearest(named, names);
  const more =
    meant !== undefined
      ? [`  did you mean ${meant}?`]
      : names.length > 0
        ? [`  there are: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', ...' : ''}`]
        : ['  there is nothing in this namespace; another one: -n NAME'];
  return notFound(`there is no app and no deployment ${named} in namespace ${namespace}`, ...more);
}

/** How people call a deployment. */
export const titleOf = ({ id, version, descriptor }: Deployment): string => `${descriptor.appName} ${version} (${shortId(id)})`;
