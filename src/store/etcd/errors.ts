/** What a failed call to etcd means, told by gRPC status codes; etcd's own fixed texts are read only where one code stands for several things. */

import { StoreError } from '../store.ts';

/** The call surely never left this process. */
export class NotSent extends Error {}

/** gRPC status codes (google.rpc.Code). */
const status = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

export const codeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;

const detailsOf = (error: unknown): string =>
  error instanceof Error && 'details' in error && typeof error.details === 'string'
    ? error.details
    : error instanceof Error
      ? error.message
      : String(error);

/** The request was refused because of the token it carried; nothing was done, and a new token may help. */
export function isStaleToken(error: unknown): boolean {
  const code = codeOf(error);
  if (code === status.unauthenticated) return true;
  return code === status.invalidArgument && detailsOf(error) === 'etcdserver: revision of auth store is old';
}

/** The answer is missing, not negative: whether the request was carried out is not known, and sending a read again may help. */
export function isUnclear(error: unknown): boolean {
  switch (codeOf(error)) {
    case status.cancelled:
    case status.unknown:
    case status.deadlineExceeded:
    case status.aborted:
    case status.internal:
    case status.unavailable:
    case status.dataLoss:
      return true;
    default:
      return false;
  }
}

export const isLeaseGone = (error: unknown): boolean => codeOf(error) === status.notFound;

/** Texts of status InvalidArgument that speak about credentials instead of the request. */
const credentialTexts = new Set(['etcdserver: authentication failed, invalid user ID or password', 'etcdserver: user name is empty']);

/** Every error of etcd as one of the closed set. */
export function toStoreError(error: unknown, outcome: 'none' | 'unknown' = 'none'): StoreError {
  if (error instanceof StoreError) return error;
  const details = detailsOf(error);
  const as = (code: StoreError['code'], message: string) => new StoreError(code, `${message} (${details})`, { cause: error, outcome });
  switch (codeOf(error)) {
    case status.outOfRange:
      return as('COMPACTED', 'etcd no longer keeps this revision');
    case status.invalidArgument:
      return credentialTexts.has(details)
        ? as('DENIED', 'etcd refused the credentials')
        : as('TOO_LARGE', 'etcd does not take a request of this size');
    case status.resourceExhausted:
      if (details === 'etcdserver: mvcc: database space exceeded') return as('NO_SPACE', 'etcd has no space left');
      return details.includes('larger than max')
        ? as('TOO_LARGE', 'the message is too large for etcd')
        : as('UNAVAILABLE', 'etcd is overloaded');
    case status.permissionDenied:
    case status.unauthenticated:
    case status.failedPrecondition:
      return as('DENIED', 'etcd refused the credentials');
    case status.notFound:
      return as('UNAVAILABLE', 'the lease is lost');
    default:
      return as('UNAVAILABLE', 'etcd does not answer');
  }
}
