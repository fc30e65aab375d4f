/** What the health checks of a deployment's pods answered last, word for word. */

import type { JSX } from 'preact';
import { useLoaded } from '../parts/loaded.tsx';
import { Ago, Badge, Empty, Loading, Notice } from '../parts/small.tsx';
import { call } from '../server/call.ts';
import type { HealthDatum } from '../server/shapes.ts';
import { app } from '../state/app.ts';
import { now } from '../state/clock.ts';
import { replacePlace } from '../state/place.ts';
import { appRoute, type Route } from '../state/route.ts';
import { DeploymentChoice } from './deployment-choice.tsx';

export function HealthView({ route, id }: { route: Extract<Route, { view: 'app' }>; id: string }): JSX.Element {
  const { namespace } = route;
  // Read again when something has changed, and every five seconds.
  const moment = `${app.value?.revision ?? ''} ${Math.floor(now.value / 5000)}`;
  const { value, trouble } = useLoaded(
    moment,
    signal => call<HealthDatum[]>(`deployments/${encodeURIComponent(id)}/healthcheckdata`, { query: { namespace }, signal }),
    id,
  );
  return (
    <section aria-label="Health data">
      <div class="filters">
        <DeploymentChoice value={id} onChoose={chosen => replacePlace(appRoute(route, 'health', { deployment: chosen }))} />
      </div>
      {trouble !== undefined && <Notice tone="warn">{trouble}</Notice>}
      {value === undefined ? trouble === undefined && <Loading /> : <Data list={value} />}
    </section>
  );
}

const Data = ({ list }: { list: HealthDatum[] }): JSX.Element =>
  list.length === 0 ? (
    <Empty title="No pod of it was checked." />
  ) : (
    <ul class="health">
      {list.map(({ podName, healthy, value, checkedAt }) => (
        <li key={podName} class="card">
          <p class="moment-head">
            <b>{podName}</b>
            <Badge tone={healthy ? 'good' : 'bad'}>{healthy ? 'Healthy' : 'Unhealthy'}</Badge>
            <span class="note">
              checked <Ago time={checkedAt} />
            </span>
          </p>
          <pre tabIndex={0} role="group" aria-label={`Answer of ${podName}`}>
            {pretty(value)}
          </pre>
        </li>
      ))}
    </ul>
  );

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text === '' ? '(no text)' : text;
  }
}
