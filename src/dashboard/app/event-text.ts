/** Events in words, and those that can be told from the records of deployments. Pure. */

import { phases } from '../parts/words.ts';
import type { Deployment, DeploymentEvent } from '../server/shapes.ts';

export function textOf({ kind, action, version, status, phase }: DeploymentEvent): string {
  if (kind === 'descriptor') return `The descriptor was ${action}`;
  const name = `Version ${version ?? '?'}`;
  if (action === 'created') return `${name} was asked for`;
  if (action === 'deleted') return `${version === undefined ? 'A deployment' : name} was deleted from the history`;
  switch (status) {
    case 'FAILURE':
      return `${name} failed`;
    case 'DEPLOYED':
      return `${name} serves`;
    case 'UNDEPLOYED':
      return phase === 'settled'
        ? `${name} is gone`
        : `${name} was replaced and is ${phase === undefined ? 'leaving' : phases[phase].label.toLowerCase()}`;
    default:
      return `${name}: ${phase === undefined ? (status ?? 'changed') : phases[phase].label.toLowerCase()}`;
  }
}

export interface PastEvent {
  key: string;
  time: string;
  text: string;
  deployment: string;
}

/** Newest first. */
export function pastEvents(deployments: readonly Deployment[]): PastEvent[] {
  const found = deployments.flatMap(({ id, version, created, deployedAt, settledAt, status, reason, principal }) => {
    const event = (what: string, time: string, text: string): PastEvent => ({ key: `${id} ${what}`, time, text, deployment: id });
    return [
      event('asked', created, `Version ${version} was asked for by ${principal}`),
      ...(deployedAt === undefined ? [] : [event('served', deployedAt, `Version ${version} took the traffic`)]),
      ...(settledAt === undefined || status === 'DEPLOYED'
        ? []
        : [
            event(
              'over',
              settledAt,
              status === 'FAILURE' ? `Version ${version} failed: ${reason?.message ?? ''}` : `Version ${version} is gone`,
            ),
          ]),
    ];
  });
  return found.sort((a, b) => (a.time < b.time ? 1 : -1));
}
