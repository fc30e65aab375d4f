/** How long the last deployments took, and which of them failed: a look that beats reading. */

import type { JSX } from 'preact';
import { durationText, tookMs } from '../parts/time-text.ts';
import type { Deployment } from '../server/shapes.ts';

const shown = 24;
const step = 12;
const height = 44;

export function Durations({ list }: { list: Deployment[] }): JSX.Element | null {
  const bars = list
    .flatMap(deployment => {
      const took = tookMs(deployment);
      return took === undefined ? [] : [{ deployment, took }];
    })
    .slice(0, shown)
    .reverse();
  if (bars.length < 2) return null;
  const longest = Math.max(...bars.map(({ took }) => took), 1);
  const failed = bars.filter(({ deployment }) => deployment.status === 'FAILURE').length;
  const label = `The last ${bars.length} deployments took ${durationText(Math.min(...bars.map(({ took }) => took)))} to ${durationText(longest)}; ${failed} failed`;
  return (
    <figure class="durations">
      <svg width={bars.length * step} height={height} viewBox={`0 0 ${bars.length * step} ${height}`} role="img" aria-label={label}>
        {bars.map(({ deployment, took }, index) => {
          const tall = Math.max(3, (took / longest) * (height - 2));
          const bad = deployment.status === 'FAILURE';
          return (
            <g key={deployment.id}>
              <title>{`Version ${deployment.version} ${bad ? 'failed' : 'served'} after ${durationText(took)}`}</title>
              <rect class="hit" x={index * step} y="0" width={step} height={height} />
              <rect class={bad ? 'bar bad' : 'bar'} x={index * step + 1} y={height - tall} width={step - 3} height={tall} rx="1.5" />
            </g>
          );
        })}
      </svg>
      <figcaption>
        {failed === 0 ? 'none failed' : `${failed} of ${bars.length} failed`}, longest {durationText(longest)}
      </figcaption>
    </figure>
  );
}
