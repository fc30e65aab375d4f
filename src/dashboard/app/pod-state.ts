/** What a pod's row says. What is wrong comes before what is missing, and that before what is fine. Pure. */

import type { Tone } from '../parts/words.ts';
import type { Pod } from '../server/shapes.ts';

export function stateOfPod(pod: Pick<Pod, 'phase' | 'ready' | 'healthy' | 'reason' | 'deleting'>): { label: string; tone: Tone } {
  if (pod.deleting) return { label: 'Ending', tone: 'quiet' };
  if (pod.reason !== undefined && !pod.ready) return { label: pod.reason, tone: waiting.has(pod.reason) ? 'busy' : 'bad' };
  if (pod.healthy === false) return { label: 'Unhealthy', tone: 'bad' };
  if (!pod.ready) return { label: pod.phase === 'Running' ? 'Not ready' : pod.phase, tone: pod.phase === 'Failed' ? 'bad' : 'busy' };
  return { label: pod.healthy === true ? 'Healthy' : 'Ready', tone: 'good' };
}

/** Reasons that every pod has for a moment. */
const waiting = new Set(['ContainerCreating', 'PodInitializing', 'Pending']);
