/** The routes that Ingresses describe: host, path, backend, and what their annotations ask for. Pure. */

import type { KubeObject } from '../../cluster/objects.ts';
import { readExtras, type Extras } from './extras.ts';

export interface Route {
  /** Lower case; empty for any host; `*.` in front for one more label. */
  host: string;
  path: string;
  exact: boolean;
  namespace: string;
  service: string;
  port: { name?: string; number?: number };
  extras: Extras;
  /** `namespace/name` of the Ingress. */
  from: string;
}

/** What the proxy knows of the cluster. */
export interface View {
  ingresses: KubeObject[];
  configMap(namespace: string, name: string): KubeObject | undefined;
  middleware(namespace: string, name: string): KubeObject | undefined;
}

const followedClasses = new Set(['nginx', 'traefik', '']);

export const classOf = (ingress: KubeObject): string =>
  (ingress.spec?.ingressClassName as string | undefined) ?? ingress.metadata.annotations?.['kubernetes.io/ingress.class'] ?? '';

/** All routes, those of older Ingresses first. */
export function routesOf(view: View): Route[] {
  const oldestFirst = view.ingresses
    .filter(ingress => followedClasses.has(classOf(ingress)))
    .sort(
      (a, b) =>
        (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '') ||
        Number(a.metadata.generation) - Number(b.metadata.generation),
    );
  return oldestFirst.flatMap(ingress => routesOfOne(ingress, view));
}

interface Backend {
  service?: { name: string; port: { name?: string; number?: number } };
}
interface Rule {
  host?: string;
  http?: { paths?: { path?: string; pathType: string; backend: Backend }[] };
}

function routesOfOne(ingress: KubeObject, view: View): Route[] {
  const { namespace = '', name, annotations = {} } = ingress.metadata;
  const extras = readExtras(annotations, namespace, view);
  const route = (host: string, path: string, exact: boolean, backend: Backend): Route[] =>
    backend.service
      ? [{ host, path, exact, namespace, service: backend.service.name, port: backend.service.port, extras, from: `${namespace}/${name}` }]
      : [];
  const ruled = ((ingress.spec.rules ?? []) as Rule[]).flatMap(rule =>
    (rule.http?.paths ?? []).flatMap(({ path, pathType, backend }) =>
      route((rule.host ?? '').toLowerCase(), path ?? '/', pathType === 'Exact', backend),
    ),
  );
  return ingress.spec.defaultBackend ? [...ruled, ...route('', '/', false, ingress.spec.defaultBackend as Backend)] : ruled;
}

const fitsPath = ({ path, exact }: Route, asked: string): boolean => {
  if (exact) return asked === path;
  const prefix = path.endsWith('/') ? path.slice(0, -1) : path;
  return asked === prefix || asked.startsWith(`${prefix}/`);
};

/** How well a route's host fits: 3 exactly, 2 by wildcard, 1 any host, 0 not. */
function hostRank(route: string, asked: string): number {
  if (route === asked) return 3;
  if (route.startsWith('*.') && asked.slice(asked.indexOf('.')) === route.slice(1)) return 2;
  return route === '' ? 1 : 0;
}

/** The route for a request; a host with a rule of its own never falls back to another host's. */
export function chooseRoute(routes: readonly Route[], host: string, path: string): Route | undefined {
  const best = Math.max(0, ...routes.map(route => hostRank(route.host, host)));
  if (best === 0) return undefined;
  let chosen: Route | undefined;
  for (const route of routes) {
    if (hostRank(route.host, host) !== best || !fitsPath(route, path)) continue;
    if (!chosen || route.path.length > chosen.path.length || (route.path.length === chosen.path.length && route.exact && !chosen.exact))
      chosen = route;
  }
  return chosen;
}

/** Where a request for `host` goes instead, when an Ingress redirects between a host and its `www.` name. */
export function wwwRedirect(routes: readonly Route[], host: string): string | undefined {
  const other = host.startsWith('www.') ? host.slice('www.'.length) : `www.${host}`;
  if (routes.some(route => route.host === host)) return undefined;
  return routes.some(route => route.host === other && route.extras.fromToWww) ? other : undefined;
}
