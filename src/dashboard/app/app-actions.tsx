/** What can be done to an app now. What touches its traffic is asked about first, in words that say what will happen. */

import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { ask } from '../parts/confirm.tsx';
import { Act } from '../parts/small.tsx';
import { beforeSwitch, shortImage } from '../parts/words.ts';
import type { AppDetail, Brief } from '../server/shapes.ts';
import { history } from '../state/app.ts';
import { mayChange } from '../state/session.ts';
import { abort, promote, redeploy, remove, rollBack } from './deeds.ts';
import { DeployDialog } from './deploy-dialog.tsx';

const deploying = signal(false);

export function AppActions({ app }: { app: AppDetail }): JSX.Element | null {
  if (!mayChange.value) return null;
  const { serving } = app;
  return (
    <div class="acts">
      <Act kind="primary" onClick={() => (deploying.value = true)}>
        Deploy
      </Act>
      {serving && (
        <>
          {previousOf(app) !== undefined && (
            <Act icon="back" onClick={() => askRollBack(app, serving)}>
              Roll back
            </Act>
          )}
          <Act onClick={() => askRedeploy(app, serving)}>Redeploy</Act>
          <Act kind="danger" onClick={() => askUndeploy(app, serving)}>
            Undeploy
          </Act>
        </>
      )}
      {deploying.value && <DeployDialog app={app} onClose={() => (deploying.value = false)} />}
    </div>
  );
}

/** The version that a roll back brings back: the one that still drains, else the last that served before. */
function previousOf(app: AppDetail): { version: string; runs: boolean } | undefined {
  if (app.predecessor) return { version: app.predecessor.version, runs: true };
  const before = history.value?.find(
    ({ id, deployedAt }) => deployedAt !== undefined && id !== app.serving?.id && id !== app.candidate?.id,
  );
  return before && { version: before.version, runs: false };
}

function askRollBack(app: AppDetail, serving: Brief): void {
  const previous = previousOf(app);
  ask({
    title: `Roll back ${app.appName} to version ${previous?.version ?? ''}?`,
    body: previous?.runs ? (
      <p>
        Version {previous.version} still runs. All traffic moves from version {serving.version} back to it in one switch.
      </p>
    ) : (
      <p>
        Version {previous?.version} no longer runs. What it was made of is deployed anew beside version {serving.version}, checked, and then
        takes all traffic.
      </p>
    ),
    deed: 'Roll back',
    run: () => rollBack(app.namespace, serving.id),
    done: `Rolling back to version ${previous?.version ?? ''}`,
  });
}

function askRedeploy(app: AppDetail, brief: Brief): void {
  ask({
    title: `Deploy ${app.appName} again?`,
    body: (
      <p>
        The same descriptor as version {brief.version} ({brief.images.map(({ image }) => shortImage(image)).join(', ')}) starts beside it as
        a new version, is checked, and then takes all traffic.
      </p>
    ),
    deed: 'Redeploy',
    run: () => redeploy(app.namespace, brief.id),
    done: 'Accepted: the new version is starting',
  });
}

function askUndeploy(app: AppDetail, serving: Brief): void {
  ask({
    title: `Undeploy ${app.appName}?`,
    body: (
      <p>
        Version {serving.version} stops serving{app.host === undefined ? '' : ` ${app.host}`}, and all its pods are removed. Users get
        errors from then on. Its descriptor and history stay.
      </p>
    ),
    deed: 'Undeploy',
    danger: true,
    typed: app.appName,
    run: () => remove(app.namespace, serving.id),
    done: `Undeploying ${app.appName}`,
  });
}

export function CandidateActions({ app, brief }: { app: AppDetail; brief: Brief }): JSX.Element | null {
  if (!mayChange.value) return null;
  const from = app.serving && app.serving.id !== brief.id ? ` from version ${app.serving.version}` : '';
  return (
    <div class="acts">
      {brief.phase === 'waiting' && (
        <Act
          kind="primary"
          icon="check"
          onClick={() =>
            ask({
              title: `Promote version ${brief.version}?`,
              body: (
                <p>
                  All traffic moves{from} to version {brief.version}. It is watched for a moment, and moved back if it fails.
                </p>
              ),
              deed: 'Promote',
              run: () => promote(app.namespace, brief.id),
              done: `Promoting version ${brief.version}`,
            })
          }
        >
          Promote
        </Act>
      )}
      {brief.phase === 'waiting' ? (
        <Act
          onClick={() =>
            ask({
              title: `Abort version ${brief.version}?`,
              body: <p>Its pods are removed. No traffic has gone to it; what serves is not touched.</p>,
              deed: 'Abort',
              danger: true,
              run: () => abort(app.namespace, brief.id),
              done: `Aborting version ${brief.version}`,
            })
          }
        >
          Abort
        </Act>
      ) : (
        <Act onClick={() => askCancel(app, brief)}>Cancel</Act>
      )}
    </div>
  );
}

function askCancel(app: AppDetail, brief: Brief): void {
  ask({
    title: `Cancel version ${brief.version}?`,
    body: beforeSwitch(brief.phase) ? (
      <p>What it has started is removed. No traffic has gone to it; what serves is not touched.</p>
    ) : (
      <p>It already has the traffic, or is getting it: the traffic is moved back to the version before it.</p>
    ),
    deed: 'Cancel the deployment',
    danger: true,
    run: () => remove(app.namespace, brief.id),
    done: `Cancelling version ${brief.version}`,
  });
}

export const CancelQueued = ({ app, brief }: { app: AppDetail; brief: Brief }): JSX.Element | null =>
  mayChange.value ? (
    <Act onClick={() => askCancel(app, brief)} label={`Cancel version ${brief.version}`}>
      Cancel
    </Act>
  ) : null;

/** Deploys the copy of the descriptor that an old deployment has. */
export function askDeployAgain(app: AppDetail, old: { id: string; version: string }, images: string[]): void {
  ask({
    title: `Deploy what version ${old.version} was made of?`,
    body: <p>Its descriptor ({images.join(', ')}) starts as a new version beside what serves, is checked, and then takes all traffic.</p>,
    deed: 'Deploy again',
    run: () => redeploy(app.namespace, old.id),
    done: 'Accepted: the new version is starting',
  });
}
