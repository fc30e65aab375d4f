/**
 * Traefik with its Ingress provider. Cookies are an annotation of the Service; everything else is a middleware, and a router that names a middleware Traefik does not
 * have answers 404. So middlewares are named only where the operator says they exist: constant ones from a file provider, or objects of ours with the CRDs.
 */

import { nothingPlanned, stickyCookie } from './dialect.ts';
import type { Dialect, DialectPlan, RoutingSettings, RoutingWish } from './dialect.ts';
import { headersName, usableHeaders } from './headers.ts';

const prefix = 'traefik.ingress.kubernetes.io/';

/** Fits every host, so that one middleware serves all apps. */
const wwwRedirect = { redirectRegex: { regex: '^(https?)://www\\.(.+)$', replacement: '${1}://${2}', permanent: true } };

/** The middlewares that an operator's file provider holds; README.md shows the file. */
export const fileMiddlewares = { www: 'teal-www-redirect@file', compress: 'teal-compress@file' } as const;

/** Adds an object of ours and gives the name under which routers know it. */
function own(plan: DialectPlan, namespace: string, name: string, spec: Record<string, unknown>): string {
  plan.helpers.push({ kind: 'Middleware', name, spec });
  return `${namespace}-${name}@kubernetescrd`;
}

const missing = (what: string): string =>
  `${what}: Traefik needs a middleware for it; the operator provides them by file provider (--ingress-middlewares file) or by CRDs (--ingress-middlewares crd)`;

function redirect(plan: DialectPlan, wish: RoutingWish, { controller }: RoutingSettings): void {
  switch (controller?.middlewares) {
    case 'file':
      plan.www = { annotations: { [`${prefix}router.middlewares`]: fileMiddlewares.www } };
      return;
    case 'crd':
      plan.www = {
        annotations: { [`${prefix}router.middlewares`]: own(plan, wish.namespace, `${wish.appName}-www-redirect`, wwwRedirect) },
      };
      return;
    case undefined:
      plan.warnings.push(missing('redirectWww'));
  }
}

function compression(plan: DialectPlan, wish: RoutingWish, { controller }: RoutingSettings): string[] {
  switch (controller?.middlewares) {
    case 'file':
      return [fileMiddlewares.compress];
    case 'crd':
      return [own(plan, wish.namespace, `${wish.appName}-compress`, { compress: {} })];
    case undefined:
      plan.warnings.push(missing('useCompression'));
      return [];
  }
}

function headers(plan: DialectPlan, wish: RoutingWish, { controller }: RoutingSettings): string[] {
  const { usable, warnings } = usableHeaders(wish.headers, () =>
    controller?.middlewares === 'crd' ? undefined : "Traefik needs a Middleware object of the app's own for it (--ingress-middlewares crd)",
  );
  plan.warnings.push(...warnings);
  if (usable.length === 0) return [];
  const customResponseHeaders = Object.fromEntries(usable.map(({ name, value }) => [name, value]));
  return [own(plan, wish.namespace, headersName(wish.appName, usable), { headers: { customResponseHeaders } })];
}

export const traefik: Dialect = {
  name: 'traefik',
  plan(wish, settings) {
    const plan = nothingPlanned();
    if (wish.redirectWww) redirect(plan, wish, settings);
    if (wish.sticky) {
      plan.serviceAnnotations[`${prefix}service.sticky.cookie`] = 'true';
      plan.serviceAnnotations[`${prefix}service.sticky.cookie.name`] = stickyCookie;
    }
    const middlewares = [
      ...(wish.compression ? compression(plan, wish, settings) : []),
      ...(wish.headers.length > 0 ? headers(plan, wish, settings) : []),
    ];
    if (middlewares.length > 0) plan.annotations[`${prefix}router.middlewares`] = middlewares.join(',');
    return plan;
  },
};
