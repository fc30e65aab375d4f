/** From the claims of a verified token to a principal. Whatever is missing, empty or of another type gives no right. Pure. */

import { isDnsLabel } from '../lib/dns-label.ts';
import { Problem } from '../lib/problem.ts';
import { roles, type Principal } from './principal.ts';
import type { Claims } from './verify.ts';

export interface ClaimNames {
  /** A claim's name, or a path into objects with "." between: `realm_access.roles`. */
  jwtNamespacesClaim: string;
  jwtRolesClaim: string;
}

const longestSubject = 256;

const own = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

/** The name as it stands comes first: names such as `https://example.com/roles` have dots of their own. */
export function claimAt(claims: object, path: string): unknown {
  return own(claims, path) ?? path.split('.').reduce<unknown>(own, claims);
}

const texts = (claim: unknown): string[] => (Array.isArray(claim) ? claim.filter(item => typeof item === 'string') : []);

/** It stands in records and logs. */
function subjectOf({ sub }: { sub?: unknown }): string {
  if (typeof sub === 'string' && sub !== '' && sub.length <= longestSubject && !/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(sub)) return sub;
  throw new Problem(
    'UNAUTHENTICATED',
    `the token's claim sub must be a text of 1 to ${longestSubject} characters without control characters`,
  );
}

/** A missing role claim means viewer. Throws UNAUTHENTICATED without a usable subject, FORBIDDEN when the role claim names no role. */
export function principalOf(claims: Claims, names: ClaimNames): Principal {
  const name = subjectOf(claims);
  const claimed = claimAt(claims, names.jwtRolesClaim);
  const named = claimed === undefined ? ['viewer'] : texts(claimed);
  const role = roles.findLast(candidate => named.includes(candidate));
  if (role === undefined) throw new Problem('FORBIDDEN', `the token's claim ${names.jwtRolesClaim} names none of ${roles.join(', ')}`);
  const namespaces = role === 'admin' ? 'all' : [...new Set(texts(claimAt(claims, names.jwtNamespacesClaim)).filter(isDnsLabel))];
  return { name, role, namespaces, expiresAtMs: claims.exp * 1000 };
}
