/** A refusal that the API's user can act on. Use cases throw it; the http room turns it into an RFC 9457 answer. */

export interface Fault {
  /** RFC 6901 pointer into the request body, or `?name` for a query parameter. */
  pointer: string;
  /** What the rule is and what to do. */
  message: string;
}

/** Every refusal there is, with its HTTP status. The code is stable; clients may switch over it. */
export const problemStatus = {
  INVALID: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  POLICY_VIOLATION: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  CONFLICT: 409,
  HOST_TAKEN: 409,
  NAME_TAKEN: 409,
  QUOTA_EXCEEDED: 409,
  NOT_WAITING: 409,
  NOT_LIVE: 409,
  NO_PREVIOUS: 409,
  SWITCH_IN_PROGRESS: 409,
  IN_FLIGHT: 409,
  PRECONDITION_FAILED: 412,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  IDEMPOTENCY_KEY_REUSED: 422,
  TOO_MANY_REQUESTS: 429,
  HEADERS_TOO_LARGE: 431,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const;

export type ProblemCode = keyof typeof problemStatus;

export class Problem extends Error {
  readonly code: ProblemCode;
  readonly faults: Fault[];
  /** Seconds, for answers that say when to try again. */
  readonly retryAfter: number | undefined;

  constructor(code: ProblemCode, detail: string, options: { faults?: Fault[]; retryAfter?: number; cause?: unknown } = {}) {
    super(detail, { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.faults = options.faults ?? [];
    this.retryAfter = options.retryAfter;
  }

  get status(): number {
    return problemStatus[this.code];
  }
}
