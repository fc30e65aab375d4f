/** Where the API server is and who we are to it: a plain URL, a kubeconfig file, or the service account of the pod that we run in. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, type Clock } from '../../lib/clock.ts';
import { basicHeaders, fixedCredentials, tokenFileCredentials, type Credentials } from './credentials.ts';
import { readKubeconfig } from './kubeconfig.ts';

export interface ClusterConnection {
  /** Base URL, `http:` or `https:`; may have a path. */
  server: string;
  /** PEM of the authorities to trust; the system's when absent. */
  ca?: string;
  skipTlsVerify?: boolean;
  /** The name that the server's certificate must carry, when it is not that of `server`. */
  tlsServerName?: string;
  /** HTTP proxy on the way to the API server. */
  proxyUrl?: string;
  credentials: Credentials;
  /** Where this was read, for messages. */
  origin: string;
}

/** All optional; `url` wins over `kubeconfig`, and without both it is the pod's own service account. */
export interface ConnectionSettings {
  /** One file, or several joined by the system's path delimiter, as in KUBECONFIG. */
  kubeconfig?: string;
  context?: string;
  url?: string;
  /** File with authorities to trust. */
  ca?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  passwordFile?: string;
  /** The rest is for tests. */
  environment?: Record<string, string | undefined>;
  serviceAccountDir?: string;
  clock?: Clock;
}

const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Throws an Error with a text for people when a file is missing or makes no sense. Sends nothing. */
export async function loadConnection(settings: ConnectionSettings = {}): Promise<ClusterConnection> {
  const clock = settings.clock ?? systemClock;
  if (settings.url !== undefined) return fromUrl(settings.url, settings, clock);
  if (settings.kubeconfig !== undefined)
    return readKubeconfig(settings.kubeconfig, { clock, ...(settings.context === undefined ? {} : { context: settings.context }) });
  return inCluster(settings, clock);
}

async function fromUrl(url: string, settings: ConnectionSettings, clock: Clock): Promise<ClusterConnection> {
  return {
    server: checkedServer(url, 'the URL of the API server'),
    ...(settings.ca === undefined ? {} : { ca: await readFile(settings.ca, 'utf8') }),
    credentials: await chosenCredentials(settings, clock),
    origin: 'URL',
  };
}

async function chosenCredentials(settings: ConnectionSettings, clock: Clock): Promise<Credentials> {
  if (settings.tokenFile !== undefined) return tokenFileCredentials(settings.tokenFile, clock);
  if (settings.username === undefined) return fixedCredentials({ headers: {} });
  const password =
    settings.password ?? (settings.passwordFile === undefined ? '' : (await readFile(settings.passwordFile, 'utf8')).replace(/\r?\n$/, ''));
  return fixedCredentials({ headers: basicHeaders(settings.username, password) });
}

async function inCluster(settings: ConnectionSettings, clock: Clock): Promise<ClusterConnection> {
  const environment = settings.environment ?? process.env;
  const host = environment['KUBERNETES_SERVICE_HOST'];
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (!host)
    throw new Error(
      'no cluster is named, and this does not run in a pod of one: name it by --kubeconfig FILE or --kubernetes URL (teal sandbox brings its own)',
    );
  const directory = settings.serviceAccountDir ?? serviceAccountDirectory;
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: await readFile(settings.ca ?? join(directory, 'ca.crt'), 'utf8'),
    credentials: tokenFileCredentials(settings.tokenFile ?? join(directory, 'token'), clock),
    origin: 'in-cluster service account',
  };
}

/** The URL without trailing slashes. */
export function checkedServer(text: string, what: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new Error(`${what} is not a URL: ${text}`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`${what} must start with http:// or https://: ${text}`);
  if (url.username !== '' || url.search !== '' || url.hash !== '')
    throw new Error(`${what} must not contain a user, a query or a fragment`);
  return url.href.replace(/\/+$/, '');
}
