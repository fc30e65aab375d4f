/** Principals of tokens that were verified lately. Tokens themselves are not kept: only their SHA-256. */

import { createHash } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import type { Principal } from './principal.ts';

export interface PrincipalCache {
  get(token: string): Principal | undefined;
  /** Keeps it until the token ends, but not beyond `trustedUntil` (monotonic time). */
  put(token: string, principal: Principal, trustedUntil: number): void;
}

/** At most `size` entries; the one that was not asked for longest goes first. */
export function createPrincipalCache({ clock, size = 5000 }: { clock: Clock; size?: number }): PrincipalCache {
  const entries = new Map<string, { principal: Principal; trustedUntil: number }>();
  const keyOf = (token: string) => createHash('sha256').update(token).digest('base64');
  return {
    get(token) {
      const key = keyOf(token);
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      const { principal, trustedUntil } = entry;
      if (clock.now() >= (principal.expiresAtMs ?? Infinity) || clock.monotonic() >= trustedUntil) return undefined;
      // A Map is in the order in which keys were put in.
      entries.set(key, entry);
      return principal;
    },
    put(token, principal, trustedUntil) {
      entries.set(keyOf(token), { principal, trustedUntil });
      const [oldest] = entries.keys();
      if (entries.size > size && oldest !== undefined) entries.delete(oldest);
    },
  };
}
