/** Version numbers: `#` takes the next one of the app's counter, which never gives a number twice and never one that stands in the cluster. */

import type { Cluster } from '../cluster/cluster.ts';
import { ClusterError } from '../cluster/cluster.ts';
import { Problem } from '../lib/problem.ts';
import type { App } from './record.ts';

/** Names reserve so many digits for a number. */
const digits = 10;
const highest = 10 ** digits - 1;

/** The number a fixed version stands for, when it is a plain integer that `#` could reach. */
export const asNumber = (version: string): number | undefined =>
  new RegExp(`^\\d{1,${digits}}$`).test(version) ? Number(version) : undefined;

/** The highest number known as used before; `inCluster` counts only until the counter exists. */
export const lastNumber = (app: App, inCluster: number): number => Math.max(app.counter ?? inCluster, app.highestFixed ?? 0);

/** The number after `last`, or a refusal when names have no room for it. */
export function numberAfter(last: number): number {
  if (last >= highest)
    throw new Problem('CONFLICT', `The version counter has reached ${last}; deploy a fixed version that is not an integer`);
  return last + 1;
}

/** Highest n of the ReplicationControllers and Services named `app-<n>`; 0 without any. An API server out of reach is UNAVAILABLE with Retry-After. */
export async function highestNumberInCluster(cluster: Pick<Cluster, 'list'>, namespace: string, appName: string): Promise<number> {
  try {
    const found = await Promise.all([cluster.list('ReplicationController', namespace), cluster.list('Service', namespace)]);
    const numbers = found
      .flat()
      .map(({ metadata: { name } }) => (name.startsWith(`${appName}-`) ? asNumber(name.slice(appName.length + 1)) : undefined));
    return Math.max(0, ...numbers.filter(number => number !== undefined));
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    // A namespace that does not exist yet holds no numbers; whether it may be deployed to is found out when its turn comes.
    if (error.code === 'NOT_FOUND') return 0;
    throw new Problem(
      'UNAVAILABLE',
      'The first # of an app looks for used numbers in the cluster, and the Kubernetes API did not answer; nothing was written',
      {
        retryAfter: Math.ceil((error.retryAfterMs ?? 5000) / 1000),
        cause: error,
      },
    );
  }
}
