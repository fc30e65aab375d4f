/** Pages of lists and conditions on revisions, the same for every resource. Pure. */

import { isId } from '../lib/ids.ts';
import { Problem } from '../lib/problem.ts';

/** Opaque to clients: the id after which the next page starts. */
export const continueToken = (lastId: string): string => Buffer.from(lastId).toString('base64url');

/** Throws INVALID for what is no token of ours. */
export function idOfToken(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const id = Buffer.from(token, 'base64url').toString();
  if (isId(id)) return id;
  throw new Problem('INVALID', '?continue is not a token of this server; take it from the Link header', {
    faults: [{ pointer: '?continue', message: 'is not a token of this server; take it from the Link header' }],
  });
}

/** The `Link` header to the next page. */
export function nextLink(path: string, parameters: Record<string, string | number | undefined>, lastId: string): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, String(value));
  query.set('continue', continueToken(lastId));
  return `<${path}?${query.toString()}>; rel="next"`;
}

export const etagOf = (revision: number): string => `"${revision}"`;

/** An `If-Match` header as a test of a revision; undefined without one. Weak tags never match (RFC 9110 section 13.1.1). */
export function ifMatch(header: string | undefined): ((revision: number) => boolean) | undefined {
  if (header === undefined) return undefined;
  const tags = header.split(',').map(tag => tag.trim());
  return revision => tags.includes('*') || tags.includes(etagOf(revision));
}
