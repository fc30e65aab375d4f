/** All apps by namespace, each with what it does now. */

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Act, Empty, Loading, Notice } from '../parts/small.tsx';
import { Icon } from '../parts/icons.tsx';
import { appStates } from '../parts/words.ts';
import type { AppState, AppSummary } from '../server/shapes.ts';
import { createEventStreams } from '../state/events.ts';
import { apps, appsTrouble, refresher } from '../state/overview.ts';
import { go, replacePlace } from '../state/place.ts';
import { mayChange, whoami } from '../state/session.ts';
import { AppRow } from './app-row.tsx';

/** A stream for each; where there are more namespaces, the slow clock has to do. */
const mostStreams = 12;

/** What needs eyes comes first in the counts. */
const stateOrder: AppState[] = ['failed', 'degraded', 'deploying', 'undeploying', 'live', 'undeployed'];

export function Overview({ namespace }: { namespace: string | undefined }): JSX.Element {
  const search = useSignal('');
  const only = useSignal<AppState | undefined>(undefined);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => refresher.start(), []);
  useEventsOf(namesOf(apps.value));
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener('keydown', focus);
    return () => removeEventListener('keydown', focus);
  }, []);

  const all = apps.value;
  const here = (all ?? []).filter(app => namespace === undefined || app.namespace === namespace);
  const shown = here.filter(app => (only.value === undefined || app.state === only.value) && matches(app, search.value));
  const namespaces = [...new Set([...(whoami.value?.known ?? []), ...(all ?? []).map(app => app.namespace)])].sort();

  return (
    <div class="overview">
      <div class="page-head">
        <h1>Apps</h1>
        {mayChange.value && (
          <Act kind="primary" icon="plus" onClick={() => go({ view: 'new', ...(namespace === undefined ? {} : { namespace }) })}>
            New app
          </Act>
        )}
      </div>
      {appsTrouble.value !== undefined && <Notice tone="warn">{appsTrouble.value} Trying again; what you see may be old.</Notice>}
      <div class="filters" role="search">
        <label class="search">
          <span class="unseen">Find an app</span>
          <Icon name="search" />
          <input
            ref={field}
            type="search"
            placeholder="Find by name, host or image  ( / )"
            value={search.value}
            onInput={event => (search.value = event.currentTarget.value)}
          />
        </label>
        <label class="select">
          <span class="unseen">Namespace</span>
          <select
            value={namespace ?? ''}
            onChange={({ currentTarget: { value } }) => replacePlace({ view: 'apps', ...(value === '' ? {} : { namespace: value }) })}
          >
            <option value="">All namespaces</option>
            {namespaces.map(name => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <div class="counts" role="group" aria-label="Only apps that are">
          {stateOrder.map(state => {
            const count = here.filter(app => app.state === state).length;
            if (count === 0 && only.value !== state) return null;
            const { label, tone } = appStates[state];
            return (
              <button
                key={state}
                type="button"
                class={`count ${tone}`}
                aria-pressed={only.value === state}
                onClick={() => (only.value = only.value === state ? undefined : state)}
              >
                <span class="lamp" aria-hidden="true" />
                {label} <b>{count}</b>
              </button>
            );
          })}
        </div>
      </div>
      {all === undefined ? <Loading /> : <Lists apps={shown} any={here.length > 0} />}
    </div>
  );
}

function Lists({ apps: shown, any }: { apps: AppSummary[]; any: boolean }): JSX.Element {
  if (shown.length === 0) {
    return any ? (
      <Empty title="No app matches." />
    ) : (
      <Empty title="No app here yet.">
        <p>
          {mayChange.value ? 'Start with “New app”, ' : 'Apps appear here '}
          or with <code>teal deploy</code>, or with curl: the <a href="apidocs/">API docs</a> show how.
        </p>
      </Empty>
    );
  }
  return (
    <>
      {namesOf(shown).map(namespace => (
        <section key={namespace} class="namespace" aria-label={`Namespace ${namespace}`}>
          <h2>{namespace}</h2>
          <ul class="apps">
            {shown
              .filter(app => app.namespace === namespace)
              .map(app => (
                <AppRow key={app.appName} app={app} />
              ))}
          </ul>
        </section>
      ))}
    </>
  );
}

const namesOf = (list: AppSummary[] | undefined): string[] => [...new Set((list ?? []).map(app => app.namespace))].sort();

function useEventsOf(namespaces: string[]): void {
  const streams = useRef<ReturnType<typeof createEventStreams>>(undefined);
  useEffect(() => {
    streams.current = createEventStreams(refresher.wake);
    return () => streams.current?.set([]);
  }, []);
  const wanted = namespaces.length > mostStreams ? [] : namespaces;
  useEffect(() => streams.current?.set(wanted), [wanted.join(' ')]);
}

function matches(app: AppSummary, search: string): boolean {
  const text = search.trim().toLowerCase();
  if (text === '') return true;
  const images = [app.serving, app.candidate, app.newest].flatMap(brief => brief?.images ?? []).map(({ image }) => image);
  return [app.appName, app.namespace, app.host ?? '', ...images].some(part => part.toLowerCase().includes(text));
}
