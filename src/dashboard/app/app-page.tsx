/** One app: its head with what can be done, and the views of it. */

import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { tellQuietly } from '../parts/announce.tsx';
import { later } from '../parts/loaded.tsx';
import { Badge, Empty, Loading, Notice, To } from '../parts/small.tsx';
import { appStates, sentenceOf } from '../parts/words.ts';
import { app, appMissing, appTrouble, followApp, history } from '../state/app.ts';
import { appRoute, type AppView, type Route } from '../state/route.ts';
import { mayAudit } from '../state/session.ts';
import { AppActions } from './app-actions.tsx';
import { AuditView } from './audit-view.tsx';
import { EventsView } from './events-view.tsx';
import { HealthView } from './health-view.tsx';
import { History } from './history.tsx';
import { LogView } from './log-view.tsx';
import { Switchboard } from './switchboard.tsx';

const CompareView = later(async () => (await import('./compare-view.tsx')).CompareView);
const EditPage = later(async () => (await import('../edit/edit-page.tsx')).EditPage);

type AppRoute = Extract<Route, { view: 'app' }>;

const tabs: { tab: AppView; label: string }[] = [
  { tab: 'overview', label: 'Overview' },
  { tab: 'log', label: 'Log' },
  { tab: 'health', label: 'Health' },
  { tab: 'compare', label: 'Compare' },
  { tab: 'descriptor', label: 'Descriptor' },
  { tab: 'events', label: 'Events' },
  { tab: 'audit', label: 'Audit' },
];

export function AppPage({ route }: { route: AppRoute }): JSX.Element {
  const { namespace, appName, tab } = route;
  useEffect(() => followApp(namespace, appName), [namespace, appName]);
  const detail = app.value;
  const said = detail && `${appName}: ${sentenceOf(detail)}`;
  useEffect(() => {
    if (said !== undefined) tellQuietly(said);
  }, [said]);
  const shown = tabs.filter(entry => entry.tab !== 'audit' || mayAudit.value);
  return (
    <div class="app">
      <div class="page-head">
        <div class="app-title">
          <h1>{appName}</h1>
          {detail && <Badge tone={appStates[detail.state].tone}>{appStates[detail.state].label}</Badge>}
          {detail?.host && <span class="host">{detail.host}</span>}
        </div>
        {detail && <AppActions app={detail} />}
      </div>
      {appTrouble.value !== undefined && <Notice tone="warn">{appTrouble.value} Trying again; what you see may be old.</Notice>}
      <nav class="tabs" aria-label={`Views of ${appName}`}>
        {shown.map(entry => (
          <To key={entry.tab} route={appRoute(route, entry.tab)} aria-current={entry.tab === tab ? 'page' : undefined}>
            {entry.label}
          </To>
        ))}
      </nav>
      {appMissing.value ? (
        <Empty title={`There is no app ${appName} in ${namespace}.`}>
          <To route={{ view: 'apps' }}>All apps</To>
        </Empty>
      ) : (
        <Body route={route} />
      )}
    </div>
  );
}

function Body({ route }: { route: AppRoute }): JSX.Element {
  const { namespace, appName, tab } = route;
  const deployment = route.deployment ?? newest();
  switch (tab) {
    case 'overview':
      return app.value ? (
        <>
          <Switchboard app={app.value} />
          <History app={app.value} />
        </>
      ) : (
        <Loading />
      );
    case 'log':
      return deployment ? <LogView key={deployment} route={route} id={deployment} /> : <NothingYet />;
    case 'health':
      return deployment ? <HealthView key={deployment} route={route} id={deployment} /> : <NothingYet />;
    case 'compare':
      return <CompareView route={route} />;
    case 'descriptor':
      return <EditPage namespace={namespace} appName={appName} />;
    case 'events':
      return <EventsView namespace={namespace} appName={appName} />;
    case 'audit':
      return <AuditView namespace={namespace} appName={appName} />;
  }
}

const newest = (): string | undefined => history.value?.[0]?.id;

const NothingYet = (): JSX.Element => (history.value === undefined ? <Loading /> : <Empty title="Nothing has been deployed yet." />);
