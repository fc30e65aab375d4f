/** The durable truth of this room: one record per deployment, one per app. Everything else is derived from them and from the cluster. */

import type { Descriptor } from '../descriptors/index.ts';

export type Status = 'DEPLOYING' | 'DEPLOYED' | 'UNDEPLOYING' | 'UNDEPLOYED' | 'FAILURE';

/** The finer truth behind a status, in the order of a fortunate life. */
export const phases = [
  /** Accepted; an earlier deployment of the app is not finished. */
  'queued',
  /** Its objects are being made. */
  'starting',
  /** Waiting until all replicas are Ready, pass their health check and are listed behind the version's own Service. */
  'verifying',
  /** Waiting until the proxy answers for the version's preview host. */
  'preparing-traffic',
  /** Healthy; waits for `promote`, `abort` or `promotionSeconds`. */
  'waiting',
  /** Service and Ingress are being changed; a crash now is resolved from the stored intent. */
  'switching',
  /** Has the traffic; watched for a short window before it counts. */
  'confirming',
  /** Serves. */
  'serving',
  /** Replaced; still runs so that traffic can go back. */
  'draining',
  /** Its objects are being removed after drain, or by undeploy. */
  'retiring',
  /** Failed or cancelled; what it made is being removed. */
  'cleaning-up',
  /** Nothing more will happen. */
  'settled',
] as const;

export type Phase = (typeof phases)[number];

export type ReasonCode =
  | 'TIMEOUT'
  | 'UNHEALTHY'
  | 'IMAGE_PULL'
  | 'CRASH_LOOP'
  | 'QUOTA_EXCEEDED'
  | 'REFUSED_BY_CLUSTER'
  | 'UNSCHEDULABLE'
  | 'FOREIGN_OBJECT'
  | 'VERSION_LIVE'
  | 'NAME_TAKEN'
  | 'HOST_TAKEN'
  | 'PROXY_NOT_READY'
  | 'SWITCH_REFUSED'
  | 'SWITCHED_BACK'
  | 'CANCELLED'
  | 'ABORTED'
  | 'ROLLED_BACK'
  | 'REPLACED'
  | 'UNDEPLOYED'
  | 'NAMESPACE_GONE'
  | 'NAMESPACE_NOT_SERVED'
  | 'POLICY'
  | 'OBJECTS_REMAIN'
  | 'DEGRADED';

export interface Reason {
  code: ReasonCode;
  message: string;
}

/** What a user asked of a running deployment; the engine obeys at its next decision. */
export interface Wishes {
  promote?: true;
  abort?: true;
  cancel?: true;
  undeploy?: true;
  /** Remove record, logs and health data when nothing more will happen. */
  delete?: true;
}

export interface Deployment {
  schema: 1;
  id: string;
  namespace: string;
  appName: string;
  /** RFC 3339, UTC, milliseconds. */
  created: string;
  lastModified: string;
  version: string;
  status: Status;
  phase: Phase;
  reason?: Reason;
  /** The copy that is deployed, `images` applied. Its `id` is the descriptor it came from. */
  descriptor: Descriptor;
  /** Id of the deployment whose objects this one runs: its own, or for a quick rollback the one it brought back. */
  objectsOf: string;
  /** For a rollback: the deployment it replaces. */
  rollbackOf?: string;
  principal: string;
  wishes: Wishes;
  /** Names only; values never leave the store's environment keys. */
  environmentNames?: string[];
  /** Pods it was started with: the descriptor's number, or the one that its predecessor had been scaled to by others. */
  replicas?: number;
  warnings: string[];
  /** Absolute times on the API server's clock, milliseconds since the epoch. */
  startedAt?: number;
  deadline?: number;
  /** When it became ready for promotion. */
  waitingSince?: number;
  /** When clean-up stops blocking the end. */
  cleanUpBy?: number;
  /** First time it served, for ever. */
  deployedAt?: string;
  /** Until when this deployment, which was replaced or has lost the traffic again, keeps running. */
  drainUntil?: number;
  settledAt?: string;
  /** One automatic move per deployment. */
  movedBack?: true;
  degraded?: true;
  /** Objects that could not be removed in time; sweeping goes on. */
  leftovers?: string[];
  log: LogPosition;
}

export interface LogPosition {
  /** Number of the next entry; the first entry has 1. */
  next: number;
  /** Last entry of DEPLOYING or UNDEPLOYING; streams close after it. Absent while under way. */
  endSeq?: number;
  /** Last entry of all. */
  settledSeq?: number;
}

/** The change of traffic that is under way. Durable before the first object is touched. */
export interface Intent {
  /** Deployment that has the traffic now; absent for a first deployment. */
  from?: string;
  to: string;
  why: 'deploy' | 'rollback' | 'switch-back';
  /** API server's clock, ms. */
  at: number;
  /** Why traffic goes back; for switch-back. */
  reason?: Reason;
}

export interface App {
  schema: 1;
  namespace: string;
  name: string;
  /** The replica that works on it; absent = nobody, nothing to do. */
  owner?: string;
  /** Raised by one with every change of owner; written on every object as `teal/epoch`. */
  epoch: number;
  /** Last number given for `#`. Absent until the first `#` looked at the cluster. */
  counter?: number;
  /** Highest plain integer that was accepted as a fixed version; `#` goes on above it even when the counter does not exist yet. */
  highestFixed?: number;
  /** Id of the deployment that was accepted last. The next one's is greater, whatever the clocks of the replicas say: order of ids is order of acceptance. */
  newest?: string;
  /** Deployment ids in order of acceptance. */
  queue: string[];
  /** The deployment that has the traffic. */
  serving?: string;
  /** The one other deployment that may have pods: the candidate, or the predecessor that drains. */
  other?: string;
  intent?: Intent;
  /** uids of the shared objects, so that they are known as ours when their marks were stripped. */
  uids?: Record<string, string>;
}

export type LogLevel = 'info' | 'warn' | 'error';

export interface LogEntry {
  seq: number;
  /** RFC 3339, UTC, milliseconds. */
  time: string;
  level: LogLevel;
  /** One line, no control characters. */
  message: string;
  phase?: Phase;
}

export interface HealthDatum {
  podName: string;
  /** The text that the pod answered, or why there is none. */
  value: string;
  healthy: boolean;
  checkedAt: string;
}
