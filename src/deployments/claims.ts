/**
 * Host names and object names that apps hold in the store (PROTOCOL section 2), so that no two apps ever write the same object or answer the same host.
 * Every change of a claim travels in a commit that also writes the holder's app key.
 */

import type { DescriptorSpec } from '../descriptors/index.ts';
import { Problem } from '../lib/problem.ts';
import { keys } from '../store/keys.ts';
import type { Compare, Store, Write } from '../store/store.ts';
import type { Deployment } from './record.ts';

/** Which names one version of an app may use; cluster/manifests knows. */
export interface Naming {
  /** All object names that this version of the app may use, unversioned ones included. */
  namesOf(appName: string, version: string): string[];
  /** The hosts that the descriptor answers for. */
  hostsOf(descriptor: DescriptorSpec): string[];
}

export interface Claims {
  hosts: string[];
  names: string[];
}

/** The value of a claim's key. */
export const holderText = (namespace: string, appName: string): string => `${namespace}/${appName}`;

export const claimsOf = (naming: Naming, descriptor: DescriptorSpec, version: string): Claims => ({
  hosts: unique(naming.hostsOf(descriptor).map(host => host.toLowerCase())),
  names: unique(naming.namesOf(descriptor.appName, version)),
});

/**
 * What a commit must compare and write so that the app holds these claims. Claims it holds already are only compared.
 * Throws HOST_TAKEN or NAME_TAKEN when another app holds one.
 */
export async function takeClaims(
  store: Store,
  namespace: string,
  appName: string,
  claims: Claims,
): Promise<{ compare: Compare[]; writes: Write[] }> {
  const holder = holderText(namespace, appName);
  const compare: Compare[] = [];
  const writes: Write[] = [];

  // Whoever has example.com may want www.example.com for its redirect: nobody else gets it.
  const bare = claims.hosts.filter(host => host.startsWith('www.')).map(host => host.slice('www.'.length));
  const guarded = bare
    .filter(host => !claims.hosts.includes(host))
    .map(host => ({ key: keys.hostClaim(host), take: false, taken: hostTaken(namespace, host) }));
  const hosts = claims.hosts.map(host => ({ key: keys.hostClaim(host), take: true, taken: hostTaken(namespace, host) }));
  const names = claims.names.map(name => ({ key: keys.nameClaim(namespace, name), take: true, taken: nameTaken(name) }));

  const wanted = [...hosts, ...guarded, ...names];
  const found = await Promise.all(wanted.map(({ key }) => store.get(key)));
  wanted.forEach(({ key, take, taken }, index) => {
    const entry = found[index];
    if (entry && entry.value !== holder) throw taken(entry.value);
    compare.push({ key, revision: entry?.revision ?? 0 });
    if (!entry && take) writes.push({ put: key, value: holder });
  });
  return { compare, writes };
}

/** The hosts of the deployment that its app does not hold, each with the app that does, if any. */
export async function lostHosts(
  store: Store,
  hosts: readonly string[],
  { namespace, appName }: Pick<Deployment, 'namespace' | 'appName'>,
): Promise<{ host: string; holder: string | undefined }[]> {
  const found = await Promise.all(
    hosts.map(async host => ({ host, holder: (await store.get(keys.hostClaim(host.toLowerCase())))?.value })),
  );
  return found.filter(({ holder }) => holder !== holderText(namespace, appName));
}

/** Whether another app of the namespace holds the object name. */
export async function isNameOfOther(store: Store, namespace: string, appName: string, name: string): Promise<boolean> {
  const entry = await store.get(keys.nameClaim(namespace, name));
  return entry !== undefined && entry.value !== holderText(namespace, appName);
}

/** The claims that only the leaving deployments need. */
export function releasable(naming: Naming, leaving: readonly Deployment[], staying: readonly Deployment[]): Claims {
  const of = (deployments: readonly Deployment[]) => deployments.map(({ descriptor, version }) => claimsOf(naming, descriptor, version));
  const kept = of(staying);
  const hosts = new Set(kept.flatMap(claims => claims.hosts));
  const names = new Set(kept.flatMap(claims => claims.names));
  return {
    hosts: unique(of(leaving).flatMap(claims => claims.hosts)).filter(host => !hosts.has(host)),
    names: unique(of(leaving).flatMap(claims => claims.names)).filter(name => !names.has(name)),
  };
}

/** What a commit must compare and write so that the app no longer holds these claims; those of others are left alone. */
export async function dropClaims(
  store: Store,
  namespace: string,
  appName: string,
  claims: Claims,
): Promise<{ compare: Compare[]; writes: Write[] }> {
  const held = [...claims.hosts.map(keys.hostClaim), ...claims.names.map(name => keys.nameClaim(namespace, name))];
  const found = await Promise.all(held.map(key => store.get(key)));
  const ours = found.filter(entry => entry?.value === holderText(namespace, appName)).filter(entry => entry !== undefined);
  return { compare: ours.map(({ key, revision }) => ({ key, revision })), writes: ours.map(({ key }) => ({ delete: key })) };
}

const unique = (texts: string[]): string[] => [...new Set(texts)];

/** That somebody has the host must be said; who it is, is no business of other namespaces. */
const hostTaken = (namespace: string, host: string) => (holder: string) => {
  const who = holder.startsWith(holderText(namespace, '')) ? `the app ${holder}` : 'an app of another namespace';
  return new Problem('HOST_TAKEN', `The host ${host} belongs to ${who}`, {
    faults: [{ pointer: '/frontend', message: `${host} belongs to ${who}` }],
  });
};

const nameTaken = (name: string) => (holder: string) =>
  new Problem('NAME_TAKEN', `The object name ${name} belongs to the app ${holder}; choose another appName or newVersion`);
