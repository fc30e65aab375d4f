/** How far the deployment that is under way has come, with the time that is left, and what may be done about it; and what became of the last one that failed. */

import type { JSX } from 'preact';
import { Icon } from '../parts/icons.tsx';
import { Notice, To } from '../parts/small.tsx';
import { countdownText } from '../parts/time-text.ts';
import { failureTitle, phases, road } from '../parts/words.ts';
import type { AppDetail, Brief } from '../server/shapes.ts';
import { now } from '../state/clock.ts';
import { appRoute } from '../state/route.ts';
import { CandidateActions } from './app-actions.tsx';

export function Progress({ app }: { app: AppDetail }): JSX.Element | null {
  const { candidate } = app;
  if (candidate) return <UnderWay app={app} brief={candidate} />;
  if (app.newest?.status === 'FAILURE') return <Failed app={app} brief={app.newest} />;
  return null;
}

function UnderWay({ app, brief }: { app: AppDetail; brief: Brief }): JSX.Element {
  const { says, clock, label } = phases[brief.phase];
  const at = road.findIndex(step => step.phase === brief.phase);
  const steps = road.filter(step => step.phase !== 'queued' && (step.phase !== 'waiting' || brief.phase === 'waiting'));
  const left = brief.phaseEndsAt === undefined ? undefined : Date.parse(brief.phaseEndsAt) - now.value;
  const version = app.versions.find(({ deployment }) => deployment.id === brief.id);
  return (
    <div class="under-way card">
      <div class="under-way-head">
        <h2>
          {brief.rollbackOf ? 'Rolling back to' : 'Deploying'} version {brief.version}
        </h2>
        <CandidateActions app={app} brief={brief} />
      </div>
      <ol class="steps">
        {steps.map(step => {
          const index = road.indexOf(step);
          const state = at < 0 || index < at ? 'done' : index === at ? 'now' : 'next';
          return (
            <li key={step.phase} class={at < 0 ? 'next' : state} aria-current={state === 'now' ? 'step' : undefined}>
              <span class="step-mark" aria-hidden="true">
                {state === 'done' && at >= 0 && <Icon name="check" />}
              </span>
              {step.label}
            </li>
          );
        })}
      </ol>
      <p class="under-way-says">
        <span>
          <b>{label}</b>: {says}.
          {version && brief.phase === 'verifying' && ` ${version.replicas.healthy} of ${version.replicas.wanted} pods healthy.`}
        </span>
        {left !== undefined && left > 0 && (
          <span class="left">
            <Icon name="clock" />
            <b>{countdownText(left)}</b> {clock}
          </span>
        )}
      </p>
    </div>
  );
}

/** It had served, or was being watched with the traffic already on it. */
const hadTraffic = ({ deployedAt, reason }: Brief): boolean => deployedAt !== undefined || reason?.code === 'SWITCHED_BACK';

const Failed = ({ app, brief }: { app: AppDetail; brief: Brief }): JSX.Element => (
  <Notice tone="bad" title={`Version ${brief.version} failed${brief.reason ? `: ${failureTitle(brief.reason.code)}` : ''}`}>
    <p>{brief.reason?.message}</p>
    <p class="note">
      {app.serving ? `Version ${app.serving.version} serves${hadTraffic(brief) ? ' again' : '; users are not affected'}. ` : ''}
      <To route={appRoute(app, 'log', { deployment: brief.id })}>What happened, line by line</To>
      {app.serving && (
        <>
          {' · '}
          <To route={appRoute(app, 'compare', { deployment: app.serving.id, against: brief.id })}>What was different</To>
        </>
      )}
    </p>
  </Notice>
);
