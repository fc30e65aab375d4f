/** One audit record: who tried to change what, when, from where, and what came of it. Written once, never changed. */

import type { Principal, Role } from '../access/index.ts';
import type { ProblemCode } from '../lib/problem.ts';

export interface Target {
  kind: 'descriptor' | 'deployment' | 'variable';
  /** As the client sent it when it was refused, cut to 200 characters. */
  id: string;
}

export interface FieldChange {
  /** RFC 6901. */
  pointer: string;
  /** Absent = the field was not there. What may be a secret is `***`. */
  before?: unknown;
  after?: unknown;
}

/** What has changed, in the words of the action. */
export interface Change {
  /** Of a replaced descriptor, and how many more changed than are listed. */
  fields?: FieldChange[];
  moreFields?: number;
  /** Of a deployment. */
  descriptorId?: string;
  version?: string;
  /** Container name to image reference. */
  images?: Record<string, string>;
  rollbackOf?: string;
  /** How many descriptors or records were deleted. */
  deleted?: number;
}

/** What a request is about, as far as it is known. */
export interface Deed {
  target?: Target;
  appName?: string;
  change?: Change;
}

/** A request as the server has seen it. */
export interface Attempt extends Deed {
  /** Absent = no valid token. */
  principal?: Principal;
  /** Where the principal has the right that was needed; '' = no namespace was named. Absent = nowhere. */
  namespace?: string;
  /** False = refused before its content was looked at. */
  letIn: boolean;
  /** The namespace as the client sent it. */
  asked: string;
  /** Of the connection: behind a proxy, the proxy's. */
  remoteAddress: string;
  requestId: string;
  /** Name of the route. */
  action: string;
  status: number;
  code?: ProblemCode;
}

export interface AuditRecord extends Deed {
  schema: 1;
  /** Sorts by time. */
  id: string;
  /** RFC 3339, UTC, milliseconds. */
  time: string;
  principal?: string;
  role?: Role;
  remoteAddress: string;
  requestId: string;
  action: string;
  namespace: string;
  /** `refused` = 4xx, nothing was changed; `failed` = 5xx, perhaps something was. */
  outcome: 'done' | 'refused' | 'failed';
  status: number;
  code?: ProblemCode;
}

/** Names of all kinds are as long as their senders like. */
const cut = (text: string): string => (text.length > 200 ? `${text.slice(0, 199)}…` : text);

export function recordOf(attempt: Attempt, { id, nowMs }: { id: string; nowMs: number }): AuditRecord {
  const { principal, asked, remoteAddress, requestId, action, target, appName, status, code, change } = attempt;
  return {
    schema: 1,
    id,
    time: new Date(nowMs).toISOString(),
    ...(principal && { principal: cut(principal.name), role: principal.role }),
    remoteAddress,
    requestId,
    action,
    namespace: cut(asked),
    ...(target && { target: { kind: target.kind, id: cut(target.id) } }),
    ...(appName === undefined ? {} : { appName: cut(appName) }),
    outcome: status < 400 ? 'done' : status < 500 ? 'refused' : 'failed',
    status,
    ...(code && { code }),
    ...(change && { change }),
  };
}
