/** One app in the list: its state, what serves, and what comes. */

import type { JSX } from 'preact';
import { Badge, Ago, To } from '../parts/small.tsx';
import { Icon } from '../parts/icons.tsx';
import { countdownText } from '../parts/time-text.ts';
import { appStates, phases, sentenceOf, shortImage } from '../parts/words.ts';
import type { AppSummary, Brief } from '../server/shapes.ts';
import { now } from '../state/clock.ts';
import { appRoute } from '../state/route.ts';

export function AppRow({ app }: { app: AppSummary }): JSX.Element {
  const { label, tone } = appStates[app.state];
  const newest = app.candidate ?? app.serving ?? app.newest;
  return (
    <li class={`app-row ${tone}`} data-app={`${app.namespace}/${app.appName}`}>
      <span class="app-state">
        <Badge tone={tone}>{label}</Badge>
      </span>
      <span class="app-name">
        <To route={appRoute(app)} aria-label={`${app.appName}: ${label}, ${sentenceOf(app)}`}>
          {app.appName}
        </To>
        {app.host && <span class="host">{app.host}</span>}
      </span>
      <span class="app-versions">
        {app.serving ? <VersionChip brief={app.serving} serves /> : <span class="none">nothing serves</span>}
        {app.candidate && (
          <>
            <Icon name="arrow" />
            <VersionChip brief={app.candidate} />
            <Progress brief={app.candidate} />
          </>
        )}
        {!app.candidate && app.state === 'failed' && app.newest?.reason && <span class="why">{app.newest.reason.message}</span>}
        {!app.candidate && app.state !== 'failed' && app.newest?.status === 'FAILURE' && (
          <span class="why">
            version {app.newest.version} failed: {app.newest.reason?.message}
          </span>
        )}
        {app.queued > 0 && <span class="tag">{app.queued} queued</span>}
      </span>
      <span class="app-when">{newest && <Ago time={newest.lastModified} />}</span>
    </li>
  );
}

const VersionChip = ({ brief, serves = false }: { brief: Brief; serves?: boolean }): JSX.Element => (
  <span class={serves ? 'chip serves' : 'chip comes'} title={brief.images.map(({ image }) => image).join(', ')}>
    <b>{brief.version}</b> {brief.images.slice(0, 1).map(({ image }) => shortImage(image))}
  </span>
);

function Progress({ brief }: { brief: Brief }): JSX.Element {
  const left = brief.phaseEndsAt === undefined ? undefined : Date.parse(brief.phaseEndsAt) - now.value;
  return (
    <span class="progress">
      {phases[brief.phase].label}
      {left !== undefined && left > 0 && ` ${countdownText(left)}`}
    </span>
  );
}
