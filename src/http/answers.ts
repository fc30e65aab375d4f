/** How values and refusals look on the wire. Pure. */

import type { Hide } from '../lib/known-values.ts';
import { Problem, problemStatus, type ProblemCode } from '../lib/problem.ts';
import { ClusterError } from '../cluster/cluster.ts';
import { StoreError } from '../store/store.ts';

/** Indented, because shell clients read it line by line. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** RFC 9457. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ProblemCode;
  requestId: string;
  errors: { pointer: string; message: string }[];
}

const titleOf = (code: ProblemCode): string => code.charAt(0) + code.slice(1).toLowerCase().replaceAll('_', ' ');

/** `hide`: a refusal may quote what others said, such as the API server. */
export function presentProblem(problem: Problem, requestId: string, hide: Hide = text => text): ProblemBody {
  return {
    type: `urn:teal:problem:${problem.code.toLowerCase().replaceAll('_', '-')}`,
    title: titleOf(problem.code),
    status: problemStatus[problem.code],
    detail: hide(problem.message),
    code: problem.code,
    requestId,
    errors: problem.faults.map(({ pointer, message }) => ({ pointer, message: hide(message) })),
  };
}

/** Beside the headers of every answer. */
export const headersOf = (problem: Problem): Record<string, string> => ({
  'Content-Type': 'application/problem+json; charset=utf-8',
  ...(problem.code === 'UNAUTHENTICATED' ? { 'WWW-Authenticate': 'Bearer realm="teal"' } : {}),
  ...(problem.retryAfter === undefined ? {} : { 'Retry-After': String(problem.retryAfter) }),
});

const noRoom = 'the store has no room left: what it has can be read, and changes are taken again once its operator has made room';

/** Whatever was thrown, as a refusal. What is not meant for users becomes INTERNAL, whose text says nothing of the inside. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StoreError) {
    if (error.code === 'TOO_LARGE') return new Problem('TOO_LARGE', 'this is larger than the store takes', { cause: error });
    const why = error.code === 'NO_SPACE' ? noRoom : 'the store does not answer now';
    const unsure = error.outcome === 'unknown' ? '; whether the change was made is not known, so read before trying again' : '';
    return new Problem('UNAVAILABLE', `${why}${unsure}`, { cause: error, retryAfter: 2 });
  }
  if (error instanceof ClusterError && ['UNAVAILABLE', 'TIMEOUT', 'TOO_MANY_REQUESTS', 'UNAUTHORIZED'].includes(error.code)) {
    return new Problem('UNAVAILABLE', 'the cluster does not answer now', {
      cause: error,
      retryAfter: Math.ceil((error.retryAfterMs ?? 2000) / 1000),
    });
  }
  return new Problem('INTERNAL', 'something went wrong inside; the log has it under this request id', { cause: error });
}

/** The value of a `Warning` header (RFC 7234 section 5.5): a quoted string of visible ASCII. */
export const warningHeader = (text: string): string =>
  `299 - "${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, match => `\\${match}`)}"`;
