/** What the server answers, by the names that this page uses: the types of the contract, and the few that no document describes. */

import type * as api from '../../contract/api.ts';

export type WhoAmI = api.WhoAmI;
export type AppSummary = api.AppSummary;
export type AppDetail = api.AppDetail;
export type AppState = AppSummary['state'];
export type Brief = api.Brief;
export type Status = Brief['status'];
export type Phase = Brief['phase'];
export type Reason = NonNullable<Brief['reason']>;
export type Version = api.AppVersion;
export type Pod = api.AppPod;
export type Verdict = api.Verdict;
export type Fault = Verdict['errors'][number];
export type LogEntry = api.LogEntry;
export type LogLevel = LogEntry['level'];
export type HealthDatum = api.HealthDatum;
export type AuditRecord = api.AuditRecord;

/** A descriptor while it is written: what is not known here passes through untouched. */
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

export type Deployment = Omit<api.Deployment, 'descriptor'> & { descriptor: Descriptor };

/** What a deployment would change. */
export type PlannedChange = api.DescriptorDiff;

/** A message of the event stream. */
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
