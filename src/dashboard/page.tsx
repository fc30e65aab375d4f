/** The whole page: a walking skeleton so far. */

import { useEffect } from 'preact/hooks';
import { apps, refresher } from './state/overview.ts';

export function Page() {
  useEffect(() => refresher.start(), []);
  return (
    <main>
      <h1>Apps</h1>
      <ul>{apps.value?.map(app => <li key={`${app.namespace}/${app.appName}`}>{app.appName}</li>)}</ul>
    </main>
  );
}
