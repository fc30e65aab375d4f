/**
 * The community's ingress-nginx controller. It knows annotations for redirects and cookies; compression is global; response headers come from a ConfigMap, and a
 * header that the controller's own list does not allow makes it answer 503 for the whole host, so only listed ones are asked for.
 */

import { nothingPlanned, stickyCookie } from './dialect.ts';
import type { Dialect, DialectPlan, ResponseHeader, RoutingSettings, RoutingWish } from './dialect.ts';
import { headersName, usableHeaders } from './headers.ts';

const prefix = 'nginx.ingress.kubernetes.io/';

/** What the controller takes as name and value of a custom header; anything else it answers with 503 for the host. */
const customName = /^[a-zA-Z0-9\-_]+$/;
const customValue = /^[a-zA-Z0-9_ :;.,\\/"'?!(){}[\]@<>=\-+*#$&`|~^%]+$/;
/** Values that stand in a double-quoted nginx string as they are: no quote, backslash, dollar or brace. */
const snippetValue = /^[a-zA-Z0-9_ :;.,/'?!()[\]@<>=\-+*#&|~^%]+$/;

const gzipSnippet = [
  'gzip on;',
  'gzip_comp_level 5;',
  'gzip_http_version 1.1;',
  'gzip_min_length 256;',
  'gzip_proxied any;',
  'gzip_vary on;',
  'gzip_types application/atom+xml application/javascript application/json application/ld+json application/manifest+json application/rss+xml ' +
    'application/vnd.ms-fontobject application/wasm application/x-javascript application/xhtml+xml application/xml font/opentype font/otf font/ttf ' +
    'image/bmp image/svg+xml image/x-icon text/css text/csv text/javascript text/markdown text/plain text/x-component text/xml;',
];

function compress(plan: DialectPlan, snippet: string[], settings: RoutingSettings): void {
  if (settings.controller?.gzip === true) return;
  if (settings.snippets) {
    snippet.push(...gzipSnippet);
    return;
  }
  plan.warnings.push(
    'useCompression: ingress-nginx compresses for all hosts or for none. It works where the operator has set use-gzip: "true" in the controller\'s ConfigMap ' +
      '(and says so with --ingress-gzip), or lets Teal write snippets (--ingress-snippets)',
  );
}

function setHeaders(plan: DialectPlan, snippet: string[], wish: RoutingWish, settings: RoutingSettings): void {
  // The controller compares its list to the letter, so the operator's spelling is the one to use.
  const allowed = new Map((settings.controller?.responseHeaders ?? []).map(name => [name.toLowerCase(), name]));
  const viaConfigMap = ({ name, value }: ResponseHeader): boolean =>
    allowed.has(name.toLowerCase()) && customName.test(name) && customValue.test(value);
  const viaSnippet = ({ name, value }: ResponseHeader): boolean => settings.snippets && customName.test(name) && snippetValue.test(value);
  const whyNot = (header: ResponseHeader): string | undefined => {
    if (viaConfigMap(header) || viaSnippet(header)) return undefined;
    if (!customName.test(header.name) || !customValue.test(header.value)) return 'ingress-nginx refuses characters in it';
    if (settings.snippets) return 'a snippet cannot hold quotes, backslashes, dollars or braces';
    return (
      "ingress-nginx sets only headers named in global-allowed-response-headers of the controller's ConfigMap; the operator adds it there and to " +
      '--ingress-response-headers, or lets Teal write snippets (--ingress-snippets)'
    );
  };
  const { usable, warnings } = usableHeaders(wish.headers, whyNot);
  plan.warnings.push(...warnings);
  const listed = usable.filter(viaConfigMap).map(({ name, value }) => ({ name: allowed.get(name.toLowerCase()) ?? name, value }));
  if (listed.length > 0) {
    const name = headersName(wish.appName, listed);
    plan.helpers.push({ kind: 'ConfigMap', name, data: Object.fromEntries(listed.map(header => [header.name, header.value])) });
    plan.annotations[`${prefix}custom-headers`] = `${wish.namespace}/${name}`;
    // Up to 1.11.2 the controller does not see that this annotation changed (kubernetes/ingress-nginx#11680). An alias that nobody asks for makes it look.
    plan.standingAnnotations[`${prefix}server-alias`] = `${name}.${wish.namespace}.teal.invalid`;
  }
  snippet.push(...usable.filter(header => !viaConfigMap(header)).map(({ name, value }) => `more_set_headers "${name}: ${value}";`));
}

export const ingressNginx: Dialect = {
  name: 'ingress-nginx',
  plan(wish, settings) {
    const plan = nothingPlanned();
    const snippet: string[] = [];
    if (wish.redirectWww) {
      plan.www = 'same-ingress';
      plan.annotations[`${prefix}from-to-www-redirect`] = 'true';
    }
    if (wish.sticky) {
      plan.annotations[`${prefix}affinity`] = 'cookie';
      plan.annotations[`${prefix}session-cookie-name`] = stickyCookie;
    }
    if (wish.compression) compress(plan, snippet, settings);
    if (wish.headers.length > 0) setHeaders(plan, snippet, wish, settings);
    if (snippet.length > 0) plan.annotations[`${prefix}configuration-snippet`] = `${snippet.join('\n')}\n`;
    return plan;
  },
};
