/**
 * Protects a server that asks nobody for a token: a web page in the user's browser must not reach it, neither by its name (Origin) nor by a name of its own that
 * resolves to loopback (Host). Pure; used by the routes and by the upgrade.
 */

import { isLoopback } from '../lib/loopback.ts';

export interface OriginPolicy {
  /** The Host header must name loopback. */
  checkHost: boolean;
  /** A present Origin must be of the Host itself. */
  checkOrigin: boolean;
}

const withoutPort = (host: string): string => host.replace(/:\d+$/, '');

/** Why a request with these headers must not be served; undefined = it may. */
export function whyRefused(policy: OriginPolicy, headers: { host?: string | undefined; origin?: string | undefined }): string | undefined {
  const host = headers.host ?? '';
  if (policy.checkHost && !isLoopback(withoutPort(host)))
    return 'without authentication this server is for its own machine only: ask for it as localhost or 127.0.0.1';
  if (!policy.checkOrigin || headers.origin === undefined) return undefined;
  let origin: string;
  try {
    origin = new URL(headers.origin).host;
  } catch {
    origin = '';
  }
  return origin.toLowerCase() === host.toLowerCase() ? undefined : 'pages of other origins may not call this server';
}
