/** The whole page: who looks at it, where they are, and the frame around it. */

import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import { AppPage } from './app/app-page.tsx';
import { Overview } from './overview/overview.tsx';
import { Announcements } from './parts/announce.tsx';
import { Confirmation } from './parts/confirm.tsx';
import { later } from './parts/loaded.tsx';
import { To } from './parts/small.tsx';
import { ThemeToggle } from './parts/theme.tsx';
import { call } from './server/call.ts';
import type { WhoAmI } from './server/shapes.ts';
import { SignIn } from './sign-in.tsx';
import { app, history } from './state/app.ts';
import { events } from './state/events.ts';
import { apps } from './state/overview.ts';
import { place } from './state/place.ts';
import type { Route } from './state/route.ts';
import { beginSession, mayChange, needsToken, signOut, token, whoami } from './state/session.ts';
import { backoff } from './state/backoff.ts';

const NewApp = later(async () => (await import('./edit/edit-page.tsx')).NewApp);

/** Whether a token is needed at all is known from the first answer. */
async function findSession(stopping: AbortSignal): Promise<void> {
  for (let attempts = 0; !stopping.aborted && !needsToken.value; attempts++) {
    try {
      return beginSession(await call<WhoAmI>('whoami', { signal: stopping }));
    } catch {
      await new Promise(resolve => setTimeout(resolve, backoff(attempts)));
    }
  }
}

/** Whoever signs in next sees nothing of whoever was here before. */
function forgetEverything(): void {
  apps.value = undefined;
  app.value = undefined;
  history.value = undefined;
  events.value = [];
}

const titleOf = (route: Route): string =>
  route.view === 'app' ? `${route.appName} · Teal` : route.view === 'new' ? 'New app · Teal' : 'Apps · Teal';

export function Page(): JSX.Element {
  const route = place.value;
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    const stopping = new AbortController();
    void findSession(stopping.signal);
    return () => stopping.abort();
  }, []);
  const signedOut = needsToken.value;
  useEffect(() => {
    if (signedOut) forgetEverything();
  }, [signedOut]);
  const title = titleOf(route);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <>
      <a
        class="skip"
        href="#content"
        onClick={event => {
          // The hash is the route.
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to content
      </a>
      <Header route={route} />
      <main id="content" ref={main} tabIndex={-1}>
        {needsToken.value ? <SignIn /> : whoami.value ? <View route={route} /> : <p class="loading">Connecting …</p>}
      </main>
      <Confirmation />
      <Announcements />
    </>
  );
}

function View({ route }: { route: Route }): JSX.Element {
  switch (route.view) {
    case 'apps':
      return <Overview namespace={route.namespace} />;
    case 'new':
      return <NewApp namespace={route.namespace} />;
    case 'app':
      return <AppPage key={`${route.namespace}/${route.appName}`} route={route} />;
  }
}

function Header({ route }: { route: Route }): JSX.Element {
  const who = whoami.value;
  return (
    <header class="top">
      <To route={{ view: 'apps' }} class="brand">
        <Mark />
        Teal
      </To>
      {route.view !== 'apps' && (
        <nav class="crumbs" aria-label="Where you are">
          <To route={{ view: 'apps' }}>Apps</To>
          {route.view === 'app' && (
            <>
              <span aria-hidden="true">/</span>
              <To route={{ view: 'apps', namespace: route.namespace }}>{route.namespace}</To>
            </>
          )}
        </nav>
      )}
      <div class="top-end">
        {who && who.authentication && (
          <span class="who" title={`${who.role} in ${who.namespaces === 'all' ? 'all namespaces' : who.namespaces.join(', ')}`}>
            {who.name}
            {!mayChange.value && <span class="tag">read only</span>}
          </span>
        )}
        {token.value !== undefined && (
          <button type="button" class="act plain" onClick={signOut}>
            Sign out
          </button>
        )}
        <ThemeToggle />
      </div>
    </header>
  );
}

const Mark = (): JSX.Element => (
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="8" />
    <path d="M8 11h16M16 11v13" />
    <circle class="blue" cx="8" cy="11" r="3.4" />
    <circle class="green" cx="24" cy="11" r="3.4" />
  </svg>
);
