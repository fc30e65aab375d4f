/** Where in the page we are. It stands in the address's hash, so links work behind any path prefix and the server need not know of them. Pure but for the signal. */

export type AppView = 'overview' | 'log' | 'health' | 'compare' | 'descriptor' | 'events' | 'audit';

export type Route =
  | { view: 'apps'; namespace?: string }
  | { view: 'new'; namespace?: string }
  | {
      view: 'app';
      namespace: string;
      appName: string;
      tab: AppView;
      /** The deployment whose log or health is shown; absent = the newest. */
      deployment?: string;
      /** The deployment that is compared with it. */
      against?: string;
      /** The line of the log that a link points to. */
      line?: number;
    };

const tabs: readonly string[] = ['overview', 'log', 'health', 'compare', 'descriptor', 'events', 'audit'] satisfies AppView[];
const isTab = (text: string): text is AppView => tabs.includes(text);

/** What is not understood is the overview: a page is better than an error about an address. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?');
  const query = new URLSearchParams(search);
  const [first, namespace, appName, tab = 'overview', deployment, against] = path.split('/').map(decode);
  const only = query.get('namespace');
  const inNamespace = only === null ? {} : { namespace: only };
  if (first === 'new') return { view: 'new', ...inNamespace };
  if (first !== 'apps' || !namespace || !appName || !isTab(tab)) return { view: 'apps', ...inNamespace };
  const line = Number(query.get('line') ?? undefined);
  return {
    view: 'app',
    namespace,
    appName,
    tab,
    ...(deployment ? { deployment } : {}),
    ...(against ? { against } : {}),
    ...(Number.isSafeInteger(line) && line > 0 ? { line } : {}),
  };
}

export function hashOf(route: Route): string {
  if (route.view !== 'app') {
    return `#/${route.view}${route.namespace === undefined ? '' : `?namespace=${encodeURIComponent(route.namespace)}`}`;
  }
  const { namespace, appName, tab, deployment, against, line } = route;
  const rest = tab === 'overview' ? [] : [tab, ...(deployment ? [deployment, ...(against ? [against] : [])] : [])];
  const path = ['apps', namespace, appName, ...rest].map(encodeURIComponent).join('/');
  return `#/${path}${line === undefined ? '' : `?line=${line}`}`;
}

/** The same place of another app's view. */
export const appRoute = (
  app: { namespace: string; appName: string },
  tab: AppView = 'overview',
  rest: { deployment?: string; against?: string; line?: number } = {},
): Route => ({ view: 'app', namespace: app.namespace, appName: app.appName, tab, ...rest });

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
