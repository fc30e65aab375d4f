/** Idempotency keys: the same request under the same key is accepted once in 24 hours; another request under it is refused. */

import { createHash } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { Problem } from '../lib/problem.ts';
import { keys } from '../store/keys.ts';
import type { Compare, Store, Write } from '../store/store.ts';

const lifetimeMs = 24 * 3600 * 1000;
const sweepEveryMs = 3600 * 1000;

interface Remembered {
  fingerprint: string;
  /** Id of the deployment that the first request made. */
  deployment: string;
  expires: number;
}

export interface IdempotentRequest {
  namespace: string;
  principal: string;
  key: string;
  /** Everything that makes two requests the same one, as JSON values. */
  content: unknown;
}

export interface Idempotency {
  /** The deployment that an equal request made, or what the commit must add to remember this one. Throws IDEMPOTENCY_KEY_REUSED. */
  recall(request: IdempotentRequest, newDeployment: string): Promise<{ deployment: string } | { compare: Compare[]; writes: Write[] }>;
  /** Removes what is past its time, at most once an hour; otherwise does nothing. */
  sweep(): Promise<void>;
}

export function createIdempotency({ store, clock }: { store: Store; clock: Clock }): Idempotency {
  let sweptAt = -Infinity;
  return {
    async recall({ namespace, principal, key, content }, newDeployment) {
      if (!/^[\x20-\x7e]{1,255}$/.test(key)) {
        throw new Problem('INVALID', 'Idempotency-Key must be 1 to 255 printable ASCII characters', {
          faults: [{ pointer: '?Idempotency-Key', message: 'use 1 to 255 printable ASCII characters, for example a UUID' }],
        });
      }
      const stored = keys.idempotency(namespace, principal, key);
      const fingerprint = createHash('sha256').update(canonical(content)).digest('hex');
      const entry = await store.get(stored);
      const known = entry && (JSON.parse(entry.value) as Remembered);
      if (known && known.expires > clock.now()) {
        if (known.fingerprint !== fingerprint)
          throw new Problem('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used for another request in the last 24 hours');
        return { deployment: known.deployment };
      }
      const value: Remembered = { fingerprint, deployment: newDeployment, expires: clock.now() + lifetimeMs };
      return { compare: [{ key: stored, revision: entry?.revision ?? 0 }], writes: [{ put: stored, value: JSON.stringify(value) }] };
    },

    async sweep() {
      if (clock.monotonic() - sweptAt < sweepEveryMs) return;
      sweptAt = clock.monotonic();
      const { entries } = await store.range(keys.allIdempotency);
      for (const { key, value, revision } of entries) {
        if ((JSON.parse(value) as Remembered).expires > clock.now()) continue;
        await store.transact({ compare: [{ key, revision }], writes: [{ delete: key }] });
      }
    },
  };
}

/** JSON with sorted keys, so that the order in which a client writes them does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
