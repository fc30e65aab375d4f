/** The three kinds of key that tokens are signed with. Each is bound to its own algorithms, so that a public key can never be taken for a shared secret. */

import type { KeyObject } from 'node:crypto';
import type { JWTVerifyGetKey } from 'jose';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { algorithmsOf, readAuthority, readPublicKey, readSecret } from './key-files.ts';
import { createKeySet } from './key-set.ts';

export interface KeySettings {
  /** At most one of the three. */
  jwtSecretFile?: string;
  jwtPublicKeyFile?: string;
  jwksUrl?: string;
  /** PEM file with who vouches for the server of the key set. */
  jwksCa?: string;
}

export interface KeyDeps {
  clock: Clock;
  log: Logger;
}

export interface Keys {
  readonly algorithms: string[];
  /** The key that a token says it is signed with. Throws an error of jose when there is none, UNAVAILABLE when that cannot be known now. */
  find: JWTVerifyGetKey;
  /** Monotonic time until which a key found now may be trusted without asking again. */
  trustedUntil(): number;
}

const ofFile = (key: KeyObject, algorithms: string[]): Keys => ({
  algorithms,
  find: () => Promise.resolve(key),
  trustedUntil: () => Infinity,
});

/** Undefined when no key is configured. Throws an Error that names the flag, the file and the reason when one cannot be used. */
export async function loadKeys(settings: KeySettings, deps: KeyDeps): Promise<Keys | undefined> {
  const { jwtSecretFile, jwtPublicKeyFile, jwksUrl, jwksCa } = settings;
  if (jwtSecretFile !== undefined) return ofFile(await readSecret(jwtSecretFile), ['HS256']);
  if (jwtPublicKeyFile !== undefined) {
    const key = await readPublicKey(jwtPublicKeyFile);
    return ofFile(key, algorithmsOf(key));
  }
  if (jwksUrl === undefined) return undefined;
  const ca = jwksCa === undefined ? undefined : await readAuthority(jwksCa);
  // The HTTP client costs a start time that only this kind of key has to pay.
  const { keySetFetcher } = await import('./fetch-key-set.ts');
  return createKeySet({ ...deps, fetch: keySetFetcher(jwksUrl, ca) });
}
