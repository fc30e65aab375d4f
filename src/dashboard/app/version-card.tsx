/** One of the two versions: what it is, whether it has the traffic, and its pods. */

import type { JSX } from 'preact';
import { Icon } from '../parts/icons.tsx';
import { Ago, Badge, To } from '../parts/small.tsx';
import { countdownText } from '../parts/time-text.ts';
import { phases, type Tone } from '../parts/words.ts';
import type { AppDetail, Version } from '../server/shapes.ts';
import { now } from '../state/clock.ts';
import type { Colour } from '../state/colours.ts';
import { appRoute } from '../state/route.ts';
import { Pods } from './pods.tsx';

const roles: Record<Version['role'], string> = { serving: 'Serving', candidate: 'Coming', predecessor: 'Leaving' };

interface Props {
  app: AppDetail;
  version: Version;
  colour: Colour;
}

export function VersionCard({ app, version, colour }: Props): JSX.Element {
  const { deployment, role, receivesTraffic, replicas, pods, previewHost } = version;
  return (
    <article
      class={`version ${colour} ${role}${receivesTraffic ? ' takes-traffic' : ''}`}
      aria-label={`Version ${deployment.version}, ${colour}, ${roles[role].toLowerCase()}`}
      data-version={deployment.version}
    >
      <header>
        <span class="colour-name">{colour}</span>
        <h2>Version {deployment.version}</h2>
        <Badge tone={toneOf(version)}>{phases[deployment.phase].label}</Badge>
        <span class={receivesTraffic ? 'traffic-mark on' : 'traffic-mark'}>
          {receivesTraffic && <Icon name="check" />}
          {receivesTraffic ? 'All traffic' : 'No traffic'}
        </span>
      </header>
      <dl class="facts">
        {deployment.images.map(({ container, image }) => (
          <div key={container}>
            <dt>{container}</dt>
            <dd>
              <code>{image}</code>
            </dd>
          </div>
        ))}
        <div>
          <dt>pods</dt>
          <dd>
            <Bar replicas={replicas} colour={colour} />
          </dd>
        </div>
        {previewHost !== undefined && (
          <div>
            <dt>preview</dt>
            <dd>
              <code>{previewHost}</code>
            </dd>
          </div>
        )}
        <div>
          <dt>by</dt>
          <dd>
            {deployment.principal}, <Ago time={deployment.created} />
          </dd>
        </div>
      </dl>
      {role === 'predecessor' && <Drain version={version} />}
      {deployment.reason && role !== 'predecessor' && <p class="why">{deployment.reason.message}</p>}
      <Pods pods={pods} />
      <footer>
        <To route={appRoute(app, 'log', { deployment: deployment.id })}>Log</To>
        <To route={appRoute(app, 'health', { deployment: deployment.id })}>Health data</To>
        {role !== 'serving' && app.serving && (
          <To route={appRoute(app, 'compare', { deployment: app.serving.id, against: deployment.id })}>Compare</To>
        )}
      </footer>
    </article>
  );
}

function toneOf({ deployment, role }: Version): Tone {
  if (deployment.degraded) return 'warn';
  if (deployment.phase === 'cleaning-up') return 'bad';
  return role === 'serving' ? 'good' : role === 'candidate' ? 'busy' : 'quiet';
}

/** How many of the wanted pods are there, ready, and healthy. */
function Bar({ replicas, colour }: { replicas: Version['replicas']; colour: Colour }): JSX.Element {
  const { wanted, ready, healthy } = replicas;
  const whole = Math.max(wanted, ready, 1);
  return (
    <span class="pod-count">
      <progress class={colour} max={whole} value={Math.min(ready, healthy)} aria-hidden="true" />
      <span>
        {ready} of {wanted} ready, {healthy} healthy
      </span>
    </span>
  );
}

function Drain({ version }: { version: Version }): JSX.Element | null {
  const { phaseEndsAt, phase } = version.deployment;
  if (phase !== 'draining') return null;
  const left = phaseEndsAt === undefined ? 0 : Date.parse(phaseEndsAt) - now.value;
  return (
    <p class="note drain">
      Still runs, so that a roll back is one switch.
      {left > 0 && (
        <>
          {' '}
          Removed in <b>{countdownText(left)}</b>.
        </>
      )}
    </p>
  );
}
