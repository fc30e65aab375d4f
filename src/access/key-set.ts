/**
 * The keys of an identity provider (JWKS), kept up to date: a key that is not known is asked for at most once per cool-down, all who wait share one question,
 * a removed key is refused when the set is too old, and while the provider is away the last set is used for a bounded time.
 */

import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { Problem } from '../lib/problem.ts';
import type { KeyDeps, Keys } from './keys.ts';

export interface FetchedKeySet {
  /** As it was sent. */
  jwks: unknown;
  /** How long the provider wants it to be kept; absent = it does not say. */
  maxAgeMs?: number;
}

/** Milliseconds. */
export const keySetTimes = {
  /** The longest time for which a set counts without being asked for again; the provider may say less, down to the cool-down. */
  maxAge: 600_000,
  /** After a fetch, unknown keys are not asked for again so long. */
  cooldown: 30_000,
  /** After a failed fetch, the next one. */
  retry: 5_000,
  /** After its fetch, a set is used no longer than this while the provider is away. */
  stale: 3_600_000,
} as const;

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

interface KeySet {
  find: JWTVerifyGetKey;
  fetchedAt: number;
  freshUntil: number;
}

/** Begins to fetch at once, so that a provider that cannot be reached is in the log before the first user is refused. */
export function createKeySet({ fetch, clock, log }: KeyDeps & { fetch: () => Promise<FetchedKeySet> }): Keys {
  let last: KeySet | undefined;
  let askedAt = -Infinity;
  let pending: Promise<void> | undefined;
  let failing = false;

  const since = (moment: number): number => clock.monotonic() - moment;

  async function load(): Promise<void> {
    askedAt = clock.monotonic();
    const fetchedAt = askedAt;
    try {
      const { jwks, maxAgeMs = keySetTimes.maxAge } = await fetch();
      const freshMs = Math.min(Math.max(maxAgeMs, keySetTimes.cooldown), keySetTimes.maxAge);
      last = { find: createLocalJWKSet(jwks as JSONWebKeySet), fetchedAt, freshUntil: fetchedAt + freshMs };
      if (failing) log.info('the key set of the tokens can be fetched again');
      failing = false;
    } catch (error) {
      if (!failing) log.warn('the key set of the tokens cannot be fetched', { error: describe(error) });
      failing = true;
    }
  }

  /** Never rejects. */
  function refresh(): Promise<void> {
    pending ??= load().finally(() => (pending = undefined));
    return pending;
  }

  const unavailable = () =>
    new Problem('UNAVAILABLE', 'the key set of the tokens cannot be fetched now', { retryAfter: keySetTimes.retry / 1000 });

  const usable = (): KeySet | undefined => (last !== undefined && since(last.fetchedAt) < keySetTimes.stale ? last : undefined);

  async function current(): Promise<KeySet> {
    const fresh = last !== undefined && clock.monotonic() < last.freshUntil;
    if (!fresh && (pending !== undefined || since(askedAt) >= keySetTimes.retry)) {
      const refreshed = refresh();
      // Known to be away: nobody waits for it while there is a set to go on with.
      if (!failing || usable() === undefined) await refreshed;
    }
    const set = usable();
    if (set === undefined) throw unavailable();
    return set;
  }

  void refresh();

  return {
    algorithms,
    async find(header, token) {
      const set = await current();
      try {
        return await set.find(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        const asks = pending !== undefined || since(askedAt) >= keySetTimes.cooldown;
        if (asks) await refresh();
        if (failing) throw unavailable();
        if (!asks) throw error;
        return (await current()).find(header, token);
      }
    },
    trustedUntil: () => last?.freshUntil ?? -Infinity,
  };
}

/** A failed connection says why in its cause. */
const describe = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
};
