/** Who asks, and what that lets them do where. Pure. */

import { Problem } from '../lib/problem.ts';

/** Each role may do what the ones before it may. */
export const roles = ['viewer', 'deployer', 'admin'] as const;
export type Role = (typeof roles)[number];

/** What a route asks of its caller. */
export type Access = 'public' | Role;

export interface Principal {
  /** The token's subject, or `anonymous`. Stands in records and audit. */
  name: string;
  role: Role;
  /** The namespaces it may work in; an admin may work in all. */
  namespaces: readonly string[] | 'all';
  /** When its token ends, milliseconds since the epoch; sockets close then (4401). Absent = never. */
  expiresAtMs?: number;
}

/** Whoever calls while no authentication is configured. */
export const anonymous: Principal = { name: 'anonymous', role: 'admin', namespaces: 'all' };

/** Whoever calls what is public: no token is looked at there. */
export const nobody: Principal = { name: 'nobody', role: 'viewer', namespaces: [] };

/** Whether the principal may do what `access` asks, in this namespace ('' = on a route without one). */
export function may(principal: Principal, access: Access, namespace: string): boolean {
  if (access === 'public') return true;
  if (roles.indexOf(principal.role) < roles.indexOf(access)) return false;
  return principal.namespaces === 'all' || namespace === '' || principal.namespaces.includes(namespace);
}

/** Throws FORBIDDEN when the principal may not. */
export function authorize(principal: Principal, access: Access, namespace: string): void {
  if (may(principal, access, namespace)) return;
  const where = namespace === '' ? '' : ` in namespace ${namespace}`;
  throw new Problem('FORBIDDEN', `${principal.name} has no ${access} right${where}`);
}
