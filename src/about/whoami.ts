/** Who the caller is to this server, and where it may look. Pure. */

import { may, type Principal, type Role } from '../access/index.ts';

export interface WhoAmI {
  name: string;
  role: Role;
  namespaces: readonly string[] | 'all';
  expiresAt?: string;
  /** Whether the server asks for tokens at all. */
  authentication: boolean;
  /** The only namespaces that the server serves; absent = all. */
  served?: readonly string[];
  /** Namespaces with apps or descriptors that the caller may read. */
  known: string[];
}

export function whoAmI(
  { name, role, namespaces, expiresAtMs }: Principal,
  server: { authentication: boolean; served?: readonly string[] | undefined; known: readonly string[] },
): WhoAmI {
  const { authentication, served, known } = server;
  const mayRead = (namespace: string) => may({ name, role, namespaces }, 'viewer', namespace) && served?.includes(namespace) !== false;
  return {
    name,
    role,
    namespaces,
    ...(expiresAtMs === undefined ? {} : { expiresAt: new Date(expiresAtMs).toISOString() }),
    authentication,
    ...(served ? { served } : {}),
    known: known.filter(mayRead),
  };
}
