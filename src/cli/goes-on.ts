/** What is left behind when nobody waits any more for a deployment that is not at its end. Pure. */

import type { Deployment } from './api/types.ts';
import { shortId } from './output/age.ts';

type Part = Pick<Deployment, 'id' | 'version' | 'phase' | 'descriptor'>;

export function goesOn(program: string, { id, version, phase, descriptor: { appName } }: Part): string {
  const title = `${appName} ${version}`;
  const follow = `follow it: ${program} logs -f ${shortId(id)}`;
  switch (phase) {
    case 'waiting':
      return `${title} waits for a promotion: ${program} promote ${appName}, or ${program} abort ${appName}`;
    case 'serving':
      return `${title} serves, and the version before it still drains: ${program} status ${appName}`;
    case 'draining':
    case 'retiring':
      return `${title} has no traffic any more and is on its way out: ${program} status ${appName}`;
    case 'cleaning-up':
      return `${title} does not serve, and what it made is being removed; ${follow}`;
    default:
      return `${title} goes on; ${follow}; stop it: ${program} cancel ${shortId(id)}`;
  }
}
