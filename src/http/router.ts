/** The route table as Koa middleware. */

import { Readable } from 'node:stream';
import Router from '@koa/router';
import type { Context, Middleware, Next } from 'koa';
import { Problem } from '../lib/problem.ts';
import { jsonText, warningHeader } from './answers.ts';
import type { AppDeps } from './app.ts';
import { toCall } from './request.ts';
import type { Answer, Route } from './route.ts';
import { audited } from './trail.ts';

/** `/deployments/{id}/` as @koa/router writes it; without the last slash it matches both. */
export const routerPath = (path: string): string => (path.length > 1 ? path.replace(/\/$/, '') : path).replace(/\{(\w+)\}/g, ':$1');

export function createRouter(deps: AppDeps): Middleware {
  const router = new Router({ sensitive: true, exclusive: 'specificity' });
  for (const entry of deps.routes) router.register(routerPath(entry.path), [entry.method], handler(entry, deps));
  const dispatch = router.routes() as unknown as (ctx: Context, next: Next) => Promise<void>;
  return (ctx, next) => {
    const found = router.match(ctx.path, ctx.method);
    if (found.route) return dispatch(ctx, next);
    const allowed = new Set(found.path.flatMap(layer => layer.methods));
    if (allowed.size === 0) throw new Problem('NOT_FOUND', 'there is nothing at this path; /apidocs/ shows what there is');
    ctx.set('Allow', [...allowed, 'OPTIONS'].join(', '));
    if (ctx.method !== 'OPTIONS') throw new Problem('METHOD_NOT_ALLOWED', `this path takes ${[...allowed].join(', ')}`);
    ctx.status = 204;
    return Promise.resolve();
  };
}

function handler(entry: Route, deps: AppDeps) {
  return async (ctx: Context): Promise<void> => {
    ctx.state['route'] = entry.path;
    const life = lifeOf(ctx, deps.stopping);
    const { signal } = life;
    try {
      const answer = await audited(ctx, entry, deps.audit, async trail =>
        entry.handle(await toCall(ctx, entry, deps, { requestId: ctx.state['requestId'] as string, signal, trail })),
      );
      send(ctx, answer);
    } finally {
      life.settle(ctx.body instanceof Readable ? ctx.body : undefined);
    }
  };
}

/** A signal that aborts when the client goes or the server stops, and lets go of both when the answer is complete. */
function lifeOf(ctx: Context, stopping: AbortSignal) {
  const controller = new AbortController();
  const end = () => controller.abort();
  ctx.res.once('close', end);
  stopping.addEventListener('abort', end, { once: true });
  if (stopping.aborted) end();
  const settle = () => {
    ctx.res.off('close', end);
    stopping.removeEventListener('abort', end);
  };
  return { signal: controller.signal, settle: (stream?: Readable) => (stream ? stream.once('close', settle) : settle()) };
}

function send(ctx: Context, answer: Answer): void {
  ctx.status = answer.status;
  for (const [name, value] of Object.entries(answer.headers ?? {})) ctx.set(name, value);
  if (answer.warnings !== undefined && answer.warnings.length > 0) ctx.set('Warning', answer.warnings.map(warningHeader));
  if (answer.json !== undefined) {
    ctx.body = jsonText(answer.json);
    ctx.set('Content-Type', answer.type ?? 'application/json; charset=utf-8');
  } else if (answer.text !== undefined || answer.stream !== undefined) {
    ctx.body = answer.text ?? (ctx.method === 'HEAD' ? '' : Readable.from(answer.stream ?? []));
    ctx.set('Content-Type', answer.type ?? 'text/plain; charset=utf-8');
  } else {
    ctx.body = null;
    ctx.status = answer.status;
  }
}
