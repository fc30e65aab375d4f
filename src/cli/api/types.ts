/** What the server answers: the types of the contract, and what it leaves open. */

import type { components } from '../../contract/api.ts';

type Schemas = components['schemas'];

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

/** With the descriptor as loose as a file has it. */
export type Deployment = Omit<Schemas['Deployment'], 'descriptor'> & { descriptor: Descriptor };
export type Status = Deployment['status'];
export type LogEntry = Schemas['LogEntry'];
export type HealthDatum = Schemas['HealthDatum'];
export type Problem = Schemas['Problem'];
export type Verdict = Schemas['Verdict'];
export type Version = Schemas['Version'];
export type AuditRecord = Schemas['AuditRecord'];
export type AppSummary = Schemas['AppSummary'];
export type AppDetail = Schemas['AppDetail'];
export type VersionView = Schemas['AppVersion'];
export type Pod = Schemas['AppPod'];
export type Brief = Schemas['Brief'];
export type WhoAmI = Schemas['WhoAmI'];
export type Difference = Schemas['DescriptorDiff'];
export type Adoption = Schemas['Adoption'];
export type DiagnosisCheck = Schemas['Diagnosis']['checks'][number];
export type Variable = Schemas['Variable'];

/** Of the event stream: api/asyncapi.yaml. */
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
