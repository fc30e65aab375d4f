/** The API docs page, offline: Swagger UI from the package, our document, an initializer of our own. */

import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Middleware } from 'koa';

/** What the page needs and nothing else of the package; its index and initializer load a foreign document. */
const assets = new Map(
  Object.entries({
    'swagger-ui.css': 'text/css; charset=utf-8',
    'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
    'favicon-32x32.png': 'image/png',
  }),
);

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Teal API</title>
    <link rel="stylesheet" href="swagger-ui.css">
    <link rel="icon" type="image/png" href="favicon-32x32.png">
  </head>
  <body>
    <div id="docs"></div>
    <script src="swagger-ui-bundle.js"></script>
    <script src="start.js"></script>
  </body>
</html>
`;

const start = `window.ui = SwaggerUIBundle({ url: '../openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null });\n`;

/** Swagger UI sets styles and small images in the page; scripts come from here only. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function apiDocsPage(): Middleware {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  return async (ctx, next) => {
    if (ctx.path === '/apidocs' || !ctx.path.startsWith('/apidocs/') || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) {
      if (ctx.path !== '/apidocs') return (await next()) as undefined;
      // Relative, so that it also works behind a path prefix; the page's own links need the slash.
      ctx.status = 301;
      ctx.set('Location', 'apidocs/');
      return;
    }
    ctx.state['route'] = '/apidocs/';
    const name = ctx.path.slice('/apidocs/'.length);
    const type = name === '' ? 'text/html; charset=utf-8' : name === 'start.js' ? 'text/javascript; charset=utf-8' : assets.get(name);
    if (type === undefined) return (await next()) as undefined;
    ctx.set('Content-Security-Policy', policy);
    ctx.status = 200;
    ctx.body = name === '' ? page : name === 'start.js' ? start : createReadStream(join(folder, name));
    ctx.set('Content-Type', type);
    if (assets.has(name)) ctx.set('Cache-Control', 'max-age=3600');
  };
}
