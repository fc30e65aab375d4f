/** gRPC does not say that a name could not be resolved, only that there is no connection. */

import { lookup } from 'node:dns/promises';
import { StoreError } from '../store.ts';

const hostOf = (endpoint: string): string =>
  new URL(endpoint.includes('://') ? endpoint : `http://${endpoint}`).hostname.replace(/^\[|\]$/g, '');

/** Undefined when some endpoint has an address. */
export async function whyUnresolved(endpoints: readonly string[]): Promise<StoreError | undefined> {
  const found = await Promise.allSettled(endpoints.map(endpoint => lookup(hostOf(endpoint))));
  const failures = found.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
  if (failures.length < endpoints.length) return undefined;
  const texts = failures.map(({ message }) => message).join(', ');
  return new StoreError('UNAVAILABLE', `the host name of etcd cannot be resolved (${texts})`, { cause: failures[0] });
}
