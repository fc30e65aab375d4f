/** Kubeconfig files, read as kubectl reads them: several files merge with the first one winning, relative paths count from the file that names them. */

import { readFile } from 'node:fs/promises';
import { delimiter, dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Clock } from '../../lib/clock.ts';
import { checkedServer, type ClusterConnection } from './connection.ts';
import {
  basicHeaders,
  bearerHeaders,
  fixedCredentials,
  tokenFileCredentials,
  withHeaders,
  type Credentials,
  type Identity,
} from './credentials.ts';
import { execCredentials, type ExecSpec } from './exec-credentials.ts';
import { providerCredentials } from './provider-credentials.ts';

interface ClusterEntry {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
}

export interface UserEntry {
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  exec?: ExecSpec;
  'auth-provider'?: { name: string; config?: Record<string, string> };
  as?: string;
  'as-uid'?: string;
  'as-groups'?: string[];
  'as-user-extra'?: Record<string, string[]>;
}

interface Found<T> {
  value: T;
  /** Directory of the file that defines it. */
  directory: string;
}

interface Merged {
  contexts: Map<string, Found<{ cluster?: string; user?: string }>>;
  clusters: Map<string, Found<ClusterEntry>>;
  users: Map<string, Found<UserEntry>>;
  current: string | undefined;
}

/** `paths` is one file or several joined by the path delimiter. Throws an Error with a text for people. */
export async function readKubeconfig(paths: string, { context, clock }: { context?: string; clock: Clock }): Promise<ClusterConnection> {
  const merged = await readAll(paths.split(delimiter).filter(path => path !== ''));
  const name = context ?? merged.current;
  if (name === undefined || name === '')
    throw new Error(`kubeconfig ${paths} names no current context; choose one of: ${[...merged.contexts.keys()].join(', ')}`);
  const chosen = merged.contexts.get(name)?.value;
  if (!chosen)
    throw new Error(`kubeconfig ${paths} has no context ${JSON.stringify(name)}; it has: ${[...merged.contexts.keys()].join(', ')}`);
  const cluster = merged.clusters.get(chosen.cluster ?? '');
  if (!cluster)
    throw new Error(`context ${name} of kubeconfig ${paths} names cluster ${JSON.stringify(chosen.cluster ?? '')}, which is not there`);
  const user = chosen.user === undefined || chosen.user === '' ? undefined : merged.users.get(chosen.user);
  if (chosen.user && !user)
    throw new Error(`context ${name} of kubeconfig ${paths} names user ${JSON.stringify(chosen.user)}, which is not there`);

  const entry = cluster.value;
  const ca = await dataOrFile(entry['certificate-authority-data'], entry['certificate-authority'], cluster.directory);
  const connection: Omit<ClusterConnection, 'credentials'> = {
    server: checkedServer(entry.server ?? '', `server of context ${name} in ${paths}`),
    ...(ca === undefined ? {} : { ca }),
    ...(entry['insecure-skip-tls-verify'] === true ? { skipTlsVerify: true } : {}),
    ...(entry['tls-server-name'] ? { tlsServerName: entry['tls-server-name'] } : {}),
    ...(entry['proxy-url'] ? { proxyUrl: entry['proxy-url'] } : {}),
    origin: `context ${name} of ${paths}`,
  };
  return { ...connection, credentials: user ? await credentialsOf(user, connection, clock) : fixedCredentials({ headers: {} }) };
}

async function readAll(files: string[]): Promise<Merged> {
  const merged: Merged = { contexts: new Map(), clusters: new Map(), users: new Map(), current: undefined };
  for (const file of files) {
    const directory = dirname(resolve(file));
    let content: Record<string, unknown> | null;
    try {
      content = parse(await readFile(file, 'utf8')) as typeof content;
    } catch (error) {
      throw new Error(`kubeconfig ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    if (typeof content !== 'object' || content === null) throw new Error(`kubeconfig ${file} is empty`);
    if (typeof content['current-context'] === 'string' && content['current-context'] !== '') merged.current ??= content['current-context'];
    collect(content['contexts'], 'context', directory, merged.contexts);
    collect(content['clusters'], 'cluster', directory, merged.clusters);
    collect(content['users'], 'user', directory, merged.users);
  }
  return merged;
}

function collect<T>(list: unknown, field: string, directory: string, into: Map<string, Found<T>>): void {
  for (const item of (Array.isArray(list) ? list : []) as Record<string, unknown>[]) {
    const name = item['name'];
    if (typeof name === 'string' && !into.has(name)) into.set(name, { value: (item[field] ?? {}) as T, directory });
  }
}

async function dataOrFile(data: string | undefined, file: string | undefined, directory: string): Promise<string | undefined> {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return file ? readFile(resolve(directory, file), 'utf8') : undefined;
}

async function credentialsOf(
  { value: user, directory }: Found<UserEntry>,
  connection: Omit<ClusterConnection, 'credentials'>,
  clock: Clock,
): Promise<Credentials> {
  const cert = await dataOrFile(user['client-certificate-data'], user['client-certificate'], directory);
  const key = await dataOrFile(user['client-key-data'], user['client-key'], directory);
  const fixed: Identity = { headers: {}, ...(cert !== undefined && key !== undefined ? { certificate: { cert, key } } : {}) };
  return withHeaders(chosen(), impersonation(user));

  // The order of precedence among several ways in one entry is kubectl's: a token, then basic auth, then plugins.
  function chosen(): Credentials {
    if (user.tokenFile) return withCertificate(tokenFileCredentials(resolve(directory, user.tokenFile), clock), fixed);
    if (user.token) return fixedCredentials({ ...fixed, headers: bearerHeaders(user.token) });
    if (user.username) return fixedCredentials({ ...fixed, headers: basicHeaders(user.username, user.password ?? '') });
    if (user.exec) return withCertificate(execCredentials(user.exec, { directory, clock, cluster: connection }), fixed);
    if (user['auth-provider']) return providerCredentials(user, connection);
    return fixedCredentials(fixed);
  }
}

function withCertificate(inner: Credentials, fixed: Identity): Credentials {
  return { current: async () => ({ ...fixed, ...(await inner.current()) }), refresh: () => inner.refresh() };
}

function impersonation(user: UserEntry): Identity['headers'] {
  const headers: Identity['headers'] = {};
  if (user.as) headers['impersonate-user'] = user.as;
  if (user['as-uid']) headers['impersonate-uid'] = user['as-uid'];
  if (user['as-groups']?.length) headers['impersonate-group'] = user['as-groups'];
  for (const [key, values] of Object.entries(user['as-user-extra'] ?? {}))
    headers[`impersonate-extra-${encodeURIComponent(key).toLowerCase()}`] = values;
  return headers;
}
