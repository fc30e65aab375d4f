/** Credentials -> principal. Used by the routes and by the WebSocket upgrade alike. */

import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { createPrincipalCache } from './cache.ts';
import { principalOf, type ClaimNames } from './claims.ts';
import { loadKeys, type KeyDeps, type KeySettings } from './keys.ts';
import { anonymous, type Principal } from './principal.ts';
import { tokenIn, type Credentials } from './token.ts';
import { createVerifier, type TokenRules } from './verify.ts';

/** Without any key everybody is let in as `anonymous`. */
export type GateSettings = KeySettings & TokenRules & ClaimNames;

export interface Gate {
  /** Whether tokens are asked for at all. */
  readonly enforced: boolean;
  /**
   * Throws UNAUTHENTICATED when the token is missing, broken, expired or not for us, FORBIDDEN when it names no role, UNAVAILABLE when the keys cannot be had
   * now. What was verified counts until the token ends, with a key set until that is due to be fetched again.
   */
  authenticate(credentials: Credentials): Promise<Principal>;
}

/** Reads key files once; throws an Error that names the file when one cannot be used. */
export async function createGate(settings: GateSettings, deps: Partial<KeyDeps> = {}): Promise<Gate> {
  const { clock = systemClock, log = silentLogger } = deps;
  const keys = await loadKeys(settings, { clock, log });
  if (keys === undefined) return { enforced: false, authenticate: () => Promise.resolve(anonymous) };
  const verify = createVerifier(keys, settings, clock);
  const verified = createPrincipalCache({ clock });
  return {
    enforced: true,
    async authenticate(credentials) {
      const token = tokenIn(credentials);
      const known = verified.get(token);
      if (known !== undefined) return known;
      // Asked for before: if the keys change meanwhile, the result counts as one of the older ones.
      const trustedUntil = keys.trustedUntil();
      const principal = principalOf(await verify(token), settings);
      verified.put(token, principal, trustedUntil);
      return principal;
    },
  };
}
