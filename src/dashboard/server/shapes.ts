/** What the server answers, as far as this page reads it. */

export type Status = 'DEPLOYING' | 'DEPLOYED' | 'UNDEPLOYING' | 'UNDEPLOYED' | 'FAILURE';

export type Phase =
  | 'queued'
  | 'starting'
  | 'verifying'
  | 'preparing-traffic'
  | 'waiting'
  | 'switching'
  | 'confirming'
  | 'serving'
  | 'draining'
  | 'retiring'
  | 'cleaning-up'
  | 'settled';

export type AppState = 'live' | 'deploying' | 'degraded' | 'failed' | 'undeploying' | 'undeployed';

export interface Reason {
  code: string;
  message: string;
}

export interface WhoAmI {
  name: string;
  role: 'viewer' | 'deployer' | 'admin';
  namespaces: string[] | 'all';
  expiresAt?: string;
  authentication: boolean;
  served?: string[];
  known: string[];
}

export interface Brief {
  id: string;
  version: string;
  status: Status;
  phase: Phase;
  created: string;
  lastModified: string;
  deployedAt?: string;
  settledAt?: string;
  reason?: Reason;
  replicas: number;
  images: { container: string; image: string }[];
  principal: string;
  /** When this phase ends by itself or times out. */
  phaseEndsAt?: string;
  degraded?: true;
  rollbackOf?: string;
}

export interface AppSummary {
  namespace: string;
  appName: string;
  state: AppState;
  host?: string;
  serving?: Brief;
  candidate?: Brief;
  predecessor?: Brief;
  newest?: Brief;
  queued: number;
}

export interface Pod {
  name: string;
  phase: string;
  ready: boolean;
  healthy?: boolean;
  checkedAt?: string;
  healthText?: string;
  restarts: number;
  created: string;
  node?: string;
  ip?: string;
  image: string;
  reason?: string;
  deleting?: true;
}

export interface Version {
  role: 'serving' | 'candidate' | 'predecessor';
  deployment: Brief;
  receivesTraffic: boolean;
  replicas: { wanted: number; current: number; ready: number; healthy: number };
  previewHost?: string;
  pods: Pod[];
}

export interface AppDetail extends AppSummary {
  revision: string;
  /** Now, on the cluster's clock. */
  time: string;
  queue: Brief[];
  versions: Version[];
  traffic: {
    service?: { name: string; version?: string };
    ingress?: { name: string; host: string; backend: string; className?: string };
  };
  intent?: { from?: string; to: string; why: string; at: string };
  clusterKnown: boolean;
}

/** A descriptor; what this page does not know passes through untouched. */
export interface Descriptor {
  id?: string;
  created?: string;
  lastModified?: string;
  namespace?: string;
  appName: string;
  newVersion: string;
  podspec: { containers: { name: string; image: string; [field: string]: unknown }[]; [field: string]: unknown };
  [field: string]: unknown;
}

export interface Deployment {
  id: string;
  created: string;
  lastModified: string;
  version: string;
  status: Status;
  phase: Phase;
  reason?: Reason;
  deployedAt?: string;
  settledAt?: string;
  drainUntil?: string;
  degraded?: true;
  leftovers?: string[];
  warnings?: string[];
  rollbackOf?: string;
  principal: string;
  logSeq: number;
  descriptor: Descriptor;
}

export interface Fault {
  pointer: string;
  message: string;
}

export interface Verdict {
  valid: boolean;
  errors: Fault[];
  warnings: string[];
}

export interface ObjectChange {
  action: 'create' | 'change' | 'remove' | 'keep';
  kind: string;
  name: string;
  diff: string;
}

export interface PlannedChange {
  appName: string;
  version: string;
  against?: { deploymentId: string; version: string };
  descriptor: string;
  objects: ObjectChange[];
  warnings: string[];
}

export type LogLevel = 'info' | 'warn' | 'error';

export interface LogEntry {
  seq: number;
  time: string;
  level: LogLevel;
  message: string;
  phase?: Phase;
}

export interface HealthDatum {
  podName: string;
  value: string;
  healthy: boolean;
  checkedAt: string;
}

export interface DeploymentEvent {
  type: 'event';
  seq: number;
  time: string;
  kind: 'descriptor' | 'deployment';
  action: 'created' | 'changed' | 'deleted';
  id: string;
  appName: string;
  version?: string;
  status?: Status;
  phase?: Phase;
}

export interface AuditRecord {
  id: string;
  time: string;
  principal: string;
  role: string;
  remoteAddress: string;
  action: string;
  outcome: 'done' | 'refused' | 'failed';
  status: number;
  code?: string;
  target?: { kind: string; id: string };
  appName?: string;
  change?: {
    fields?: { pointer: string; before?: unknown; after?: unknown }[];
    moreFields?: number;
    version?: string;
    images?: Record<string, string>;
    rollbackOf?: string;
    deleted?: number;
  };
}
