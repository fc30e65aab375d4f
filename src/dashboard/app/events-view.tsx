/** What happens to the app, as it happens, on top of what its deployments tell of the time before. */

import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Ago, Empty, Loading, To } from '../parts/small.tsx';
import { history } from '../state/app.ts';
import { createEventStreams, events, eventStates } from '../state/events.ts';
import { appRoute } from '../state/route.ts';
import { pastEvents, textOf } from './event-text.ts';

export function EventsView({ namespace, appName }: { namespace: string; appName: string }): JSX.Element {
  useEffect(() => {
    const streams = createEventStreams(() => undefined);
    streams.set([namespace]);
    return () => streams.set([]);
  }, [namespace]);
  const live = events.value
    .filter(event => event.namespace === namespace && event.appName === appName)
    .map(event => ({
      key: `live ${event.seq} ${event.id}`,
      time: event.time,
      text: textOf(event),
      ...(event.kind === 'deployment' ? { deployment: event.id } : {}),
    }));
  const since = live.at(-1)?.time;
  const past = pastEvents(history.value ?? []).filter(({ time }) => since === undefined || time < since);
  const list = [...live, ...past];
  const state = eventStates.value.get(namespace);
  return (
    <section aria-label="Events">
      <p class={`log-state ${state ?? 'connecting'}`} role="status">
        <span class="lamp" aria-hidden="true" />
        {state === 'open' ? 'Live' : 'Connecting …'}
      </p>
      {history.value === undefined ? (
        <Loading />
      ) : list.length === 0 ? (
        <Empty title="Nothing has happened yet." />
      ) : (
        <ul class="events">
          {list.map(({ key, time, text, deployment }) => (
            <li key={key}>
              <Ago time={time} />
              <span>{text}</span>
              {deployment !== undefined && (
                <To route={appRoute({ namespace, appName }, 'log', { deployment })} aria-label={`Log: ${text}`}>
                  Log
                </To>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
