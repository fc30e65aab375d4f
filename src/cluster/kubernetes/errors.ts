/** The border between Kubernetes' answers and our closed set of codes. */

import { ClusterError, type ClusterErrorCode, type StatusCause } from '../cluster.ts';
import { HttpFailure, type HttpAnswer } from './transport.ts';

/** The parts of Kubernetes' `Status` object that we read. */
interface Status {
  kind?: string;
  message?: string;
  reason?: string;
  details?: { retryAfterSeconds?: number; causes?: { reason?: string; message?: string; field?: string }[] };
}

const byHttpStatus: Record<number, ClusterErrorCode> = {
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  410: 'GONE',
  422: 'INVALID',
  429: 'TOO_MANY_REQUESTS',
  504: 'TIMEOUT',
};

/** What a `Status` with this HTTP status means. */
function codeOf(http: number, status: Status | undefined): ClusterErrorCode {
  const terminating = status?.details?.causes?.some(cause => cause.reason === 'NamespaceTerminating') ?? false;
  if (terminating && (http === 403 || http === 409)) return 'NAMESPACE_TERMINATING';
  if (http === 409 && status?.reason === 'AlreadyExists') return 'ALREADY_EXISTS';
  // The one error that Kubernetes marks by its text alone (admission plugin ResourceQuota).
  if (http === 403 && /exceeded quota:/.test(status?.message ?? '')) return 'QUOTA_EXCEEDED';
  return byHttpStatus[http] ?? (http >= 400 && http < 500 ? 'BAD_REQUEST' : 'UNAVAILABLE');
}

/** The body as a `Status`, or undefined when it is something else. */
export function parseStatus(body: Buffer): Status | undefined {
  try {
    const value = JSON.parse(body.toString('utf8')) as Status | null;
    return value?.kind === 'Status' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Milliseconds of a `Retry-After` header (seconds or date) or of the Status' own field; `now` in milliseconds since the epoch. */
export function retryAfterMs(answer: Pick<HttpAnswer, 'headers'>, status: Status | undefined, now: number): number | undefined {
  const header = answer.headers['retry-after'];
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (text !== undefined && /^\d+$/.test(text)) return Number(text) * 1000;
  const date = text === undefined ? Number.NaN : Date.parse(text);
  if (!Number.isNaN(date)) return Math.max(0, date - now);
  const seconds = status?.details?.retryAfterSeconds;
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined;
}

/** An answer that is not 2xx, as our error. After a 5xx a mutation may have been applied. */
export function errorOf(answer: HttpAnswer, what: { text: string; mutates: boolean; now: number }): ClusterError {
  const status = parseStatus(answer.body);
  const excerpt = answer.body.toString('utf8', 0, 300).trim();
  const message = status?.message ?? `${what.text} was answered with ${answer.status}${excerpt === '' ? '' : `: ${excerpt}`}`;
  const after = retryAfterMs(answer, status, what.now);
  const causes: StatusCause[] = (status?.details?.causes ?? []).map(({ field, reason, message: text }) => ({
    field: field ?? '',
    reason: reason ?? '',
    message: text ?? '',
  }));
  return new ClusterError(codeOf(answer.status, status), message, {
    status: answer.status,
    outcome: what.mutates && answer.status >= 500 ? 'unknown' : 'none',
    causes,
    ...(after === undefined ? {} : { retryAfterMs: after }),
  });
}

/** A request without an answer, as our error. */
export function errorOfFailure(failure: unknown, what: { text: string; mutates: boolean }): ClusterError {
  if (failure instanceof ClusterError) return failure;
  if (!(failure instanceof HttpFailure)) {
    return new ClusterError('UNAVAILABLE', `${what.text}: ${failure instanceof Error ? failure.message : String(failure)}`, {
      cause: failure,
    });
  }
  if (failure.reason === 'refused' && failure.cause instanceof ClusterError) return failure.cause;
  const outcome = what.mutates && failure.sent ? 'unknown' : 'none';
  const code: ClusterErrorCode =
    failure.reason === 'refused' || (failure.reason === 'aborted' && !failure.sent)
      ? 'NOT_SENT'
      : failure.reason === 'network'
        ? 'UNAVAILABLE'
        : 'TIMEOUT';
  return new ClusterError(code, `${what.text}: ${failure.message}`, { outcome, cause: failure });
}
