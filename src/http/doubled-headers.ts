/** Headers of which there may be only one, because a proxy before us and we ourselves might each believe another one (RFC 9112 section 3.2). */

import type { IncomingMessage } from 'node:http';
import { Problem } from '../lib/problem.ts';

/** Throws INVALID for anything but one Host, and UNAUTHENTICATED for a second Authorization. */
export function refuseDoubledHeaders({ headersDistinct, httpVersion }: IncomingMessage): void {
  const { host = [], authorization = [] } = headersDistinct;
  if (host.length > 1 || (host.length === 0 && httpVersion === '1.1')) throw new Problem('INVALID', 'send exactly one Host header');
  if (authorization.length > 1) throw new Problem('UNAUTHENTICATED', 'send one Authorization header');
}
