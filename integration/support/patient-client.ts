/** A client that does what a pipeline should: asks again after Retry-After when the answer was 503, and deploys under an Idempotency-Key so that asking twice deploys once. */

import { randomUUID } from 'node:crypto';
import type { TealClient } from './client.ts';

/** `onRefused` is told of each 503. After `patienceMs` of them the last one is given to the caller. */
export function patient(
  client: TealClient,
  { patienceMs = 60_000, onRefused = () => undefined }: { patienceMs?: number; onRefused?: () => void } = {},
): TealClient {
  return {
    ...client,
    async call(method, path, options = {}) {
      const deploys = method === 'POST' && path === '/deployments/';
      const headers = { ...(deploys ? { 'idempotency-key': randomUUID() } : {}), ...options.headers };
      const from = performance.now();
      for (;;) {
        const reply = await client.call(method, path, { ...options, headers });
        if (reply.status !== 503 || performance.now() - from > patienceMs) return reply;
        onRefused();
        await new Promise(resolve => setTimeout(resolve, 1000 * Number(reply.headers['retry-after'] ?? 1)));
      }
    },
  };
}
