/** The pods of a version: one row each, that stays the same row for as long as the pod lives. */

import type { JSX } from 'preact';
import { durationText } from '../parts/time-text.ts';
import type { Tone } from '../parts/words.ts';
import type { Pod } from '../server/shapes.ts';
import { now } from '../state/clock.ts';
import { stateOfPod } from './pod-state.ts';

export function Pods({ pods }: { pods: Pod[] }): JSX.Element {
  if (pods.length === 0) return <p class="note no-pods">No pods yet.</p>;
  return (
    <ul class="pods">
      {pods.map(pod => (
        <PodRow key={pod.name} pod={pod} />
      ))}
    </ul>
  );
}

function PodRow({ pod }: { pod: Pod }): JSX.Element {
  const { label, tone }: { label: string; tone: Tone } = stateOfPod(pod);
  return (
    <li class={`pod ${tone}`} data-pod={pod.name}>
      <span class="lamp" aria-hidden="true" />
      <span class="pod-name" title={[pod.name, pod.node && `on ${pod.node}`, pod.ip].filter(Boolean).join(', ')}>
        {pod.name}
      </span>
      <span class="pod-state">{label}</span>
      <span class="pod-rest">
        {pod.restarts > 0 && <span class="restarts">{pod.restarts} restarts</span>}
        <span>{durationText(now.value - Date.parse(pod.created))}</span>
      </span>
      {pod.healthy === false && pod.healthText !== undefined && <span class="pod-said">{pod.healthText}</span>}
    </li>
  );
}
