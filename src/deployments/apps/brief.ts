/** One deployment in few words, for lists and overviews. Pure. */

import { promotionAt } from '../plan/gate.ts';
import type { App, Deployment, Phase, Reason, Status } from '../record.ts';

export interface Brief {
  id: string;
  version: string;
  status: Status;
  phase: Phase;
  created: string;
  lastModified: string;
  /** When this phase ends by itself, at the latest or (confirming) at the earliest; absent where nobody knows. */
  phaseEndsAt?: string;
  deployedAt?: string;
  settledAt?: string;
  reason?: Reason;
  /** Pods that it was started with. */
  replicas: number;
  images: { container: string; image: string }[];
  principal: string;
  degraded?: true;
  rollbackOf?: string;
}

export function briefOf(d: Deployment, app: App, settings: { confirmSeconds: number }): Brief {
  const ends = phaseEnd(d, app, settings.confirmSeconds);
  return {
    id: d.id,
    version: d.version,
    status: d.status,
    phase: d.phase,
    created: d.created,
    lastModified: d.lastModified,
    ...(ends === undefined ? {} : { phaseEndsAt: new Date(ends).toISOString() }),
    ...(d.deployedAt === undefined ? {} : { deployedAt: d.deployedAt }),
    ...(d.settledAt === undefined ? {} : { settledAt: d.settledAt }),
    ...(d.reason ? { reason: { code: d.reason.code, message: d.reason.message } } : {}),
    replicas: d.replicas ?? d.descriptor.replicas,
    images: d.descriptor.podspec.containers.map(({ name, image }) => ({ container: name, image })),
    principal: d.principal,
    ...(d.degraded ? { degraded: true } : {}),
    ...(d.rollbackOf === undefined ? {} : { rollbackOf: d.rollbackOf }),
  };
}

/** ms since the epoch. */
function phaseEnd(d: Deployment, { intent }: App, confirmSeconds: number): number | undefined {
  switch (d.phase) {
    case 'starting':
    case 'verifying':
      return d.deadline;
    case 'waiting':
      return d.descriptor.promotion === 'manual' ? undefined : promotionAt(d);
    case 'confirming':
      return intent && intent.at + (d.descriptor.confirmSeconds ?? confirmSeconds) * 1000;
    case 'draining':
      return d.drainUntil;
    case 'cleaning-up':
      return d.cleanUpBy;
    // How long the others take is measured by nobody, or they do not end by themselves.
    case 'queued':
    case 'preparing-traffic':
    case 'switching':
    case 'serving':
    case 'retiring':
    case 'settled':
      return undefined;
  }
}
