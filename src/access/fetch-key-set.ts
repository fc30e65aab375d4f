/** Asks an identity provider for its key set. What it answers is not trusted: bounded in time and size, and never somewhere else than at the configured URL. */

import { Agent, request } from 'undici';
import type { FetchedKeySet } from './key-set.ts';

const longestMs = 5000;
const largestBytes = 256 * 1024;

/** Milliseconds that the answer may be kept, as far as it says so (RFC 9111). */
export function maxAgeOf(cacheControl: string): number | undefined {
  if (/\bno-(store|cache)\b/i.test(cacheControl)) return 0;
  const seconds = /\bmax-age="?(\d{1,9})\b/i.exec(cacheControl)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** `ca`: PEM, instead of the authorities that Node.js knows. The function rejects when the answer is not 200 with JSON. */
export function keySetFetcher(url: string, ca?: string): () => Promise<FetchedKeySet> {
  // No connection is kept: the next fetch is minutes away.
  const dispatcher = new Agent({ pipelining: 0, maxResponseSize: largestBytes, connect: ca === undefined ? {} : { ca } });
  return async () => {
    const headers = { accept: 'application/json, application/jwk-set+json' };
    const { statusCode, headers: said, body } = await request(url, { dispatcher, headers, signal: AbortSignal.timeout(longestMs) });
    if (statusCode !== 200) {
      await body.dump();
      throw new Error(`${url} answered ${statusCode}${statusCode >= 300 && statusCode < 400 ? '; redirects are not followed' : ''}`);
    }
    const maxAgeMs = maxAgeOf([said['cache-control'] ?? []].flat().join(','));
    return { jwks: await body.json(), ...(maxAgeMs === undefined ? {} : { maxAgeMs }) };
  };
}
