/** The dashboard: the files that the build made, served at `/`. All of them are small, few and known, so they are read once and kept. */

import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Context, Middleware } from 'koa';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Nothing inline, nothing from elsewhere. Streams are of the same origin, which 'self' includes. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Their names change with their content, so a copy is good for ever. */
const forEver = 'public, max-age=31536000, immutable';

interface Page {
  type: string;
  plain: Buffer;
  packed: Buffer;
  etag: string;
  hashed: boolean;
}

const notBuilt = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Teal</title></head>
  <body>
    <h1>Teal is running, but its dashboard is not built</h1>
    <p>In the checkout that this server runs from: <code>npm run build</code>. Then start the server again.</p>
    <p>The API works without it: <a href="apidocs/">API docs</a>.</p>
  </body>
</html>
`;

/** Files under `folder` (as the build leaves them: index.html and assets/). */
export async function dashboardPage(folder: URL): Promise<Middleware> {
  const pages = await readPages(folder);
  return (ctx, next) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next();
    const page = pages.get(ctx.path);
    if (page === undefined) return next();
    ctx.state['route'] = ctx.path === '/' ? '/' : '/assets/';
    send(ctx, page);
    return Promise.resolve();
  };
}

async function readPages(folder: URL): Promise<Map<string, Page>> {
  const pages = new Map<string, Page>();
  const index = await readFile(new URL('index.html', folder)).catch(() => undefined);
  pages.set('/', await pageOf('index.html', index ?? Buffer.from(notBuilt), false));
  if (index === undefined) return pages;
  const assets = new URL('assets/', folder);
  for (const name of await readdir(assets)) {
    if (extname(name) in types) pages.set(join('/assets', name), await pageOf(name, await readFile(new URL(name, assets)), true));
  }
  return pages;
}

async function pageOf(name: string, plain: Buffer, hashed: boolean): Promise<Page> {
  return {
    type: types[extname(name)] ?? 'application/octet-stream',
    plain,
    packed: await promisify(gzip)(plain, { level: 9 }),
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
    hashed,
  };
}

function send(ctx: Context, { type, plain, packed, etag, hashed }: Page): void {
  ctx.set('Content-Security-Policy', policy);
  ctx.set('Cache-Control', hashed ? forEver : 'no-cache');
  ctx.set('Vary', 'Accept-Encoding');
  ctx.set('ETag', etag);
  ctx.status = 200;
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  const small = ctx.acceptsEncodings('gzip', 'identity') === 'gzip' && packed.length < plain.length;
  if (small) ctx.set('Content-Encoding', 'gzip');
  ctx.body = small ? packed : plain;
  ctx.set('Content-Type', type);
}
