/** What annotations of an Ingress ask for beyond routing, in the words of ingress-nginx and Traefik. Pure. */

import type { View } from './routes.ts';

export interface Extras {
  fromToWww: boolean;
  responseHeaders: Record<string, string>;
  compress: boolean;
  /** Name of the cookie that keeps a client on one pod. */
  stickyCookie?: string;
  redirect?: { pattern: RegExp; replacement: string; permanent: boolean };
  /** A middleware that is named but not there: Traefik then has no such route. */
  broken: boolean;
}

const nginx = 'nginx.ingress.kubernetes.io/';
const traefik = 'traefik.ingress.kubernetes.io/';

export function readExtras(annotations: Record<string, string>, namespace: string, view: View): Extras {
  const extras: Extras = {
    fromToWww: annotations[`${nginx}from-to-www-redirect`] === 'true',
    responseHeaders: {},
    compress: false,
    broken: false,
  };
  const map = annotations[`${nginx}custom-headers`]?.split('/');
  if (map) Object.assign(extras.responseHeaders, view.configMap(map.length > 1 ? (map[0] ?? '') : namespace, map.at(-1) ?? '')?.data);
  if (annotations[`${nginx}affinity`] === 'cookie') extras.stickyCookie = annotations[`${nginx}session-cookie-name`] ?? 'INGRESSCOOKIE';
  const snippet = annotations[`${nginx}configuration-snippet`] ?? '';
  for (const [, name = '', value = ''] of snippet.matchAll(/more_set_headers\s+"([^":]+):\s*([^"]*)"\s*;/g))
    extras.responseHeaders[name] = value;
  if (/\bgzip on;/.test(snippet)) extras.compress = true;
  const middlewares = annotations[`${traefik}router.middlewares`]?.split(',') ?? [];
  for (const name of middlewares.map(text => text.trim()).filter(text => text !== '')) addMiddleware(extras, name, view);
  return extras;
}

/** The middlewares that an operator's file provider would hold. */
const fromFile: Record<string, Record<string, unknown>> = {
  'teal-www-redirect': { redirectRegex: { regex: '^(https?)://www\\.(.+)$', replacement: '${1}://${2}', permanent: true } },
  'teal-compress': { compress: {} },
};

function addMiddleware(extras: Extras, reference: string, view: View) {
  const [name = '', provider] = reference.split('@');
  const spec = provider === 'file' ? fromFile[name] : findMiddleware(name, view);
  if (!spec) {
    extras.broken = true;
    return;
  }
  if ('compress' in spec) extras.compress = true;
  const headers = (spec.headers as { customResponseHeaders?: Record<string, string> } | undefined)?.customResponseHeaders;
  Object.assign(extras.responseHeaders, headers);
  const redirect = spec.redirectRegex as { regex: string; replacement: string; permanent?: boolean } | undefined;
  if (!redirect) return;
  try {
    extras.redirect = {
      pattern: new RegExp(redirect.regex),
      replacement: redirect.replacement.replace(/\$\{(\d+)\}/g, '$$$1'),
      permanent: redirect.permanent === true,
    };
  } catch {
    extras.broken = true;
  }
}

/** `namespace-name`, where both may hold dashes: every way to part it is tried. */
function findMiddleware(joined: string, view: View): Record<string, unknown> | undefined {
  for (let dash = joined.indexOf('-'); dash > 0; dash = joined.indexOf('-', dash + 1)) {
    const found = view.middleware(joined.slice(0, dash), joined.slice(dash + 1));
    if (found) return (found.spec ?? {}) as Record<string, unknown>;
  }
  return undefined;
}

/** The cookie that a Service's annotations ask Traefik for. */
export function stickyByService(annotations: Record<string, string> | undefined): string | undefined {
  if (annotations?.[`${traefik}service.sticky.cookie`] !== 'true') return undefined;
  return annotations[`${traefik}service.sticky.cookie.name`] ?? '_traefik';
}
