/** How deployments and their logs look on the wire. Pure. */

import type { Principal } from '../access/index.ts';
import { presentDescriptor } from '../descriptors/index.ts';
import type { Deployment, LogEntry, Reason } from './record.ts';

export interface DeploymentView {
  id: string;
  created: string;
  lastModified: string;
  version: string;
  status: Deployment['status'];
  phase: Deployment['phase'];
  reason?: Reason;
  deployedAt?: string;
  settledAt?: string;
  /** When the drain of a replaced version ends. */
  drainUntil?: string;
  degraded?: true;
  leftovers?: string[];
  warnings?: string[];
  rollbackOf?: string;
  principal: string;
  /** Number of the newest log entry. */
  logSeq: number;
  /** Number of the entry with which the outcome was told; streams end there. */
  endSeq?: number;
  settledSeq?: number;
  descriptor: Deployment['descriptor'];
}

/**
 * Shell clients find the state of a deployment by searching the answer for the text `status`: no other line that Teal writes may have it. Names and versions are the
 * user's own, and so is the descriptor, which comes last.
 */
const elsewhereCalled = (text: string): string => text.replace(/status/gi, found => (found[0] === 'S' ? 'State' : 'state'));

/** What is undefined is left out by JSON. */
export function presentDeployment(deployment: Deployment, principal: Principal): DeploymentView {
  const { id, created, lastModified, version, status, phase, reason, deployedAt, settledAt, drainUntil, log } = deployment;
  const view = {
    id,
    created,
    lastModified,
    version,
    status,
    phase,
    reason: reason && { code: reason.code, message: elsewhereCalled(reason.message) },
    deployedAt,
    settledAt,
    drainUntil: drainUntil === undefined ? undefined : new Date(drainUntil).toISOString(),
    degraded: deployment.degraded,
    leftovers: deployment.leftovers,
    warnings: deployment.warnings.length === 0 ? undefined : deployment.warnings.map(elsewhereCalled),
    rollbackOf: deployment.rollbackOf,
    principal: deployment.principal,
    logSeq: log.next - 1,
    endSeq: log.endSeq,
    settledSeq: log.settledSeq,
    descriptor: presentDescriptor(deployment.descriptor, principal),
  };
  return view as DeploymentView;
}

export const deploymentPath = ({ namespace, id }: { namespace: string; id: string }): string =>
  `/deployments/${id}/?namespace=${namespace}`;

/** One line of the plain log. What a stream sends and what is stored look the same to the byte. */
export const logLine = ({ time, message }: LogEntry): string => `${time} ${message}\n`;

export const logText = (entries: readonly LogEntry[]): string => entries.map(logLine).join('');
