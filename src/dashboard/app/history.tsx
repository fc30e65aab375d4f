/** Every deployment of the app as a line in time, newest first, with how long it took and what became of it. */

import type { JSX } from 'preact';
import { Ago, Act, Badge, Empty, Loading, To } from '../parts/small.tsx';
import { durationText, tookMs } from '../parts/time-text.ts';
import { imagesOf, outcomeOf } from '../parts/words.ts';
import type { AppDetail, Deployment } from '../server/shapes.ts';
import { history } from '../state/app.ts';
import { appRoute } from '../state/route.ts';
import { mayChange } from '../state/session.ts';
import { askDeployAgain } from './app-actions.tsx';
import { Durations } from './durations.tsx';

export function History({ app }: { app: AppDetail }): JSX.Element {
  const list = history.value;
  return (
    <section class="history" aria-label="History">
      <div class="section-head">
        <h2>History</h2>
        {list && list.length > 1 && <Durations list={list} />}
      </div>
      {list === undefined ? (
        <Loading />
      ) : list.length === 0 ? (
        <Empty title="Nothing has been deployed yet." />
      ) : (
        <ol class="timeline">
          {list.map((deployment, index) => (
            <Moment key={deployment.id} app={app} deployment={deployment} before={list[index + 1]} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Moment({ app, deployment, before }: { app: AppDetail; deployment: Deployment; before: Deployment | undefined }): JSX.Element {
  const { label, tone } = outcomeOf(deployment);
  const took = tookMs(deployment);
  const images = imagesOf(deployment);
  const over = deployment.status === 'FAILURE' || deployment.status === 'UNDEPLOYED';
  return (
    <li class={`moment ${tone}`} data-deployment={deployment.id}>
      <span class="moment-mark" aria-hidden="true" />
      <div class="moment-main">
        <p class="moment-head">
          <b>
            {deployment.rollbackOf ? 'Roll back, version ' : 'Version '}
            {deployment.version}
          </b>
          <Badge tone={tone}>{label}</Badge>
          <code class="image">{images.join(', ')}</code>
        </p>
        <p class="moment-more">
          <Ago time={deployment.created} /> by {deployment.principal}
          {took !== undefined && (
            <>
              {', '}
              {deployment.status === 'FAILURE' && deployment.deployedAt === undefined ? 'failed after' : 'served after'}{' '}
              {durationText(took)}
            </>
          )}
        </p>
        {deployment.reason && deployment.reason.code !== 'REPLACED' && (
          <p class={tone === 'bad' ? 'why' : 'note'}>{deployment.reason.message}</p>
        )}
        <Warnings list={deployment.warnings ?? []} />
      </div>
      <div class="moment-acts">
        <To route={appRoute(app, 'log', { deployment: deployment.id })} aria-label={`Log of version ${deployment.version}`}>
          Log
        </To>
        {before && (
          <To
            route={appRoute(app, 'compare', { deployment: before.id, against: deployment.id })}
            aria-label={`Compare version ${deployment.version} with version ${before.version}`}
          >
            Compare
          </To>
        )}
        {over && mayChange.value && (
          <Act onClick={() => askDeployAgain(app, deployment, images)} label={`Deploy again: version ${deployment.version}`}>
            Deploy again
          </Act>
        )}
      </div>
    </li>
  );
}

/** Worth knowing, but the same with each deployment. */
const Warnings = ({ list }: { list: string[] }): JSX.Element | null =>
  list.length === 0 ? null : (
    <details class="note">
      <summary>
        {list.length} {list.length === 1 ? 'warning' : 'warnings'}
      </summary>
      {list.map(warning => (
        <p key={warning}>{warning}</p>
      ))}
    </details>
  );
