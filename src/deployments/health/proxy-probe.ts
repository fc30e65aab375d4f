/** Asks the proxy whether it has loaded a version: GET / with the preview host answers something else than for a host that nobody has (PROTOCOL section 5). */

import { createHash } from 'node:crypto';
import { Pool } from 'undici';
import { createBackoff } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';

export interface ProxyProbe {
  /** Resolves when the proxy answers for `host`; ends silently when the signal aborts. */
  loaded(host: string, signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

const nobodysHost = 'nobody-has-this-host.teal.invalid';
const tryTimeoutMs = 3000;
const notYet = new Set([502, 503, 504]);

export function createProxyProbe({ address, clock }: { address: string; clock: Clock }): ProxyProbe {
  const pool = new Pool(new URL(address).origin, { connections: 4 });

  async function ask(host: string): Promise<{ status: number; digest: string }> {
    const answer = await pool.request({ path: '/', method: 'GET', headers: { host }, signal: AbortSignal.timeout(tryTimeoutMs) });
    const body = await answer.body.text();
    const location = String(answer.headers.location ?? '')
      .split(host)
      .join('');
    return {
      status: answer.statusCode,
      digest: createHash('sha256')
        .update(`${String(answer.statusCode)}\n${location}\n${body.split(host).join('')}`)
        .digest('hex'),
    };
  }

  return {
    async loaded(host, signal) {
      const backoff = createBackoff({ baseMs: 100, capMs: 1000 });
      while (!signal.aborted) {
        try {
          const [answer, nobody] = await Promise.all([ask(host), ask(nobodysHost)]);
          if (!notYet.has(answer.status) && answer.digest !== nobody.digest) return true;
        } catch {
          // No answer is "not loaded yet": the caller's deadline decides how long that is borne.
        }
        await clock.sleep(backoff.next(), signal).catch(() => undefined);
      }
      return false;
    },
    close: () => pool.close(),
  };
}
