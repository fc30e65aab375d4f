/** What is different between the descriptors of two deployments. */

import { createTwoFilesPatch } from 'diff';
import type { JSX } from 'preact';
import { stringify } from 'yaml';
import { Empty, Loading } from '../parts/small.tsx';
import { UnifiedDiff } from '../parts/unified-diff.tsx';
import { imagesOf, outcomeOf } from '../parts/words.ts';
import { useLoaded } from '../parts/loaded.tsx';
import { call } from '../server/call.ts';
import type { Deployment } from '../server/shapes.ts';
import { app, history } from '../state/app.ts';
import { replacePlace } from '../state/place.ts';
import { appRoute, type Route } from '../state/route.ts';

export function CompareView({ route }: { route: Extract<Route, { view: 'app' }> }): JSX.Element {
  const list = history.value;
  if (list === undefined) return <Loading />;
  const to = route.against ?? list[0]?.id;
  const from =
    route.deployment ?? list.find(({ id }) => id !== to && id === app.value?.serving?.id)?.id ?? list.find(({ id }) => id !== to)?.id;
  if (from === undefined || to === undefined) return <Empty title="There is nothing to compare yet: it takes two deployments." />;
  const choose = (deployment: string, against: string) => replacePlace(appRoute(route, 'compare', { deployment, against }));
  return (
    <section class="compare" aria-label="Compare two deployments">
      <div class="filters">
        <Choice label="From" list={list} value={from} onChoose={id => choose(id, to)} />
        <button type="button" class="act plain" onClick={() => choose(to, from)}>
          Swap
        </button>
        <Choice label="To" list={list} value={to} onChoose={id => choose(from, id)} />
      </div>
      <Difference namespace={route.namespace} from={from} to={to} />
    </section>
  );
}

interface ChoiceProps {
  label: string;
  list: Deployment[];
  value: string;
  onChoose(id: string): void;
}

const Choice = ({ label, list, value, onChoose }: ChoiceProps): JSX.Element => (
  <label class="select labelled">
    <span>{label}</span>
    <select value={value} onChange={event => onChoose(event.currentTarget.value)}>
      {list.map(deployment => (
        <option key={deployment.id} value={deployment.id}>
          {`${deployment.version} · ${imagesOf(deployment).join(', ')} · ${outcomeOf(deployment).label}`}
        </option>
      ))}
    </select>
  </label>
);

function Difference({ namespace, from, to }: { namespace: string; from: string; to: string }): JSX.Element {
  const read = (id: string, signal: AbortSignal) =>
    call<Deployment>(`deployments/${encodeURIComponent(id)}/`, { query: { namespace }, signal });
  const { value, trouble } = useLoaded(`${from} ${to}`, async signal => Promise.all([read(from, signal), read(to, signal)]));
  if (trouble !== undefined) return <Empty title={trouble} />;
  if (value === undefined) return <Loading />;
  const [before, after] = value.map(({ descriptor }) => yamlOf(descriptor));
  const patch = createTwoFilesPatch('from', 'to', before ?? '', after ?? '', undefined, undefined, { context: 4 });
  return patch.includes('\n@@') ? (
    <UnifiedDiff text={patch} label="Differences" />
  ) : (
    <Empty title="Both were made of the same descriptor." />
  );
}

/** What the server sets changes every time and tells nothing. */
function yamlOf({ id: _id, created: _created, lastModified: _modified, ...rest }: Deployment['descriptor']): string {
  return stringify(rest, { lineWidth: 0 });
}
