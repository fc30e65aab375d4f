/** Takes the token out of a request: from its one Authorization header, or from the subprotocols of an upgrade. Pure. */

import { Problem } from '../lib/problem.ts';

export interface Credentials {
  /** Every `Authorization` header that came, not only the first. */
  authorization?: readonly string[] | undefined;
  /** The `Sec-WebSocket-Protocol` header; the pair `bearer, <token>` in it counts as a token. */
  protocols?: string | undefined;
}

/** Bytes. */
const longestToken = 8 * 1024;

const refuse = (why: string): never => {
  throw new Problem('UNAUTHENTICATED', why);
};

const bearerIn = (header: string | undefined): string | undefined => /^bearer +([\w.~+/=-]+) *$/i.exec(header ?? '')?.[1];

/** Browsers cannot set headers of an upgrade, but its subprotocols. */
const tokensIn = (protocols: string): string[] => {
  const offered = protocols.split(',').map(protocol => protocol.trim());
  return offered.filter((_, index) => offered[index - 1] === 'bearer');
};

/** Throws UNAUTHENTICATED unless there is exactly one token, of at most 8 KiB. */
export function tokenIn({ authorization = [], protocols = '' }: Credentials): string {
  if (authorization.length > 1) return refuse('there are several Authorization headers; send one');
  const inProtocols = tokensIn(protocols);
  if (authorization.length + inProtocols.length > 1) return refuse('there are several tokens; send one');
  const token = bearerIn(authorization[0]) ?? inProtocols[0] ?? refuse('send a token: Authorization: Bearer <token>');
  return token.length <= longestToken ? token : refuse(`the token is longer than ${longestToken} bytes`);
}
