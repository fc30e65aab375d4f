/** What the server answers, as far as the command line reads it. */

export type Status = 'DEPLOYING' | 'DEPLOYED' | 'UNDEPLOYING' | 'UNDEPLOYED' | 'FAILURE';

export interface Reason {
  code: string;
  message: string;
}

/** Fields that nothing here looks at stay as they are. */
export interface Descriptor {
  id?: string;
  created?: string;
  lastModified?: string;
  namespace?: string;
  appName: string;
  newVersion: string;
  replicas?: number;
  frontend?: string;
  podspec: { containers: Container[]; initContainers?: Container[] };
  [field: string]: unknown;
}

export interface Container {
  name: string;
  image?: string;
  [field: string]: unknown;
}

export interface Deployment {
  id: string;
  created: string;
  lastModified: string;
  version: string;
  status: Status;
  phase: string;
  reason?: Reason;
  deployedAt?: string;
  settledAt?: string;
  drainUntil?: string;
  degraded?: boolean;
  leftovers?: string[];
  warnings?: string[];
  rollbackOf?: string;
  principal: string;
  logSeq: number;
  endSeq?: number;
  settledSeq?: number;
  descriptor: Descriptor;
}

export interface LogEntry {
  seq: number;
  time: string;
  level: 'info' | 'warn' | 'error';
  message: string;
  phase?: string;
}

export interface HealthDatum {
  podName: string;
  value: string;
  healthy: boolean;
  checkedAt: string;
}

export interface Problem {
  title: string;
  status: number;
  detail: string;
  code: string;
  requestId: string;
  errors: { pointer: string; message: string }[];
}

export interface Brief {
  id: string;
  version: string;
  status: Status;
  phase: string;
  created: string;
  lastModified: string;
  deployedAt?: string;
  settledAt?: string;
  reason?: Reason;
  replicas: number;
  images: { container: string; image: string }[];
  principal: string;
  phaseEndsAt?: string;
  degraded?: boolean;
  rollbackOf?: string;
}

export interface AppSummary {
  namespace: string;
  appName: string;
  state: string;
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
  deleting?: boolean;
}

export interface VersionView {
  role: 'serving' | 'candidate' | 'predecessor';
  deployment: Brief;
  receivesTraffic: boolean;
  replicas: { wanted: number; current: number; ready: number; healthy: number };
  previewHost?: string;
  pods: Pod[];
}

export interface AppDetail extends AppSummary {
  revision: string;
  time: string;
  queue: Brief[];
  versions: VersionView[];
  traffic: { service?: { name: string; version?: string }; ingress?: { name: string; host: string; backend: string; className?: string } };
  clusterKnown: boolean;
}

export interface WhoAmI {
  name: string;
  role: string;
  namespaces: string[] | 'all';
  expiresAt?: string;
  authentication: boolean;
  served?: string[];
  known: string[];
}

export interface Verdict {
  valid: boolean;
  errors: { pointer: string; message: string }[];
  warnings: string[];
}

export interface Difference {
  appName: string;
  version: string;
  against?: { deploymentId: string; version: string };
  descriptor: string;
  objects: { action: 'create' | 'change' | 'remove' | 'keep'; kind: string; name: string; diff: string }[];
  warnings: string[];
}

export interface Adoption {
  dryRun: boolean;
  appName: string;
  version: string;
  descriptor: unknown;
  objects: { kind: string; name: string; whose: string; action: string }[];
  warnings: string[];
  deployment?: string;
}

export interface DiagnosisCheck {
  name: string;
  ok: boolean | null;
  detail: string;
  fix?: string;
}

export interface Version {
  version: string;
  commit: string;
  node: string;
}

export interface Variable {
  name: string;
  value: string;
}

export interface Event {
  type: 'event' | 'open';
  seq: number;
  time: string;
  kind: 'descriptor' | 'deployment';
  action: 'created' | 'changed' | 'deleted';
  id: string;
  appName: string;
  version?: string;
  status?: Status;
  phase?: string;
}

export interface AuditRecord {
  id: string;
  time: string;
  principal: string;
  role: string;
  remoteAddress: string;
  requestId: string;
  action: string;
  namespace: string;
  target?: { kind: string; id: string };
  appName?: string;
  outcome: string;
  status: number;
  code?: string;
}
