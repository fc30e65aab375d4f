/** The Koa application: what happens to every request, whatever its route. */

import { randomUUID } from 'node:crypto';
import Koa, { type Context, type Middleware } from 'koa';
import type { Hide } from '../lib/known-values.ts';
import type { Logger } from '../lib/log.ts';
import { Problem } from '../lib/problem.ts';
import { headersOf, jsonText, presentProblem, toProblem } from './answers.ts';
import { refuseDoubledHeaders } from './doubled-headers.ts';
import type { Metrics } from './metrics.ts';
import { whyRefused, type OriginPolicy } from './origin.ts';
import type { CallDeps } from './request.ts';
import type { Route } from './route.ts';
import { createRouter } from './router.ts';
import { securityHeaders } from './security-headers.ts';
import type { Auditor } from './trail.ts';

export interface AppDeps extends CallDeps {
  routes: readonly Route[];
  origin: OriginPolicy;
  metrics: Metrics;
  log: Logger;
  /** Hides secrets in refusals. */
  hide?: Hide;
  /** Told of each request that is for changing something; absent = nobody is. */
  audit?: Auditor;
  /** Aborts when the server stops: handlers that wait then answer. */
  stopping: AbortSignal;
  /** Pages beside the route table, such as the API docs. */
  pages?: Middleware[];
}

export function createApp(deps: AppDeps): Koa {
  const app = new Koa();
  // Who leaves before the answer, as from a long poll, has done nothing that anybody must know.
  app.on('error', (error: NodeJS.ErrnoException) =>
    deps.log[error.code === 'ERR_STREAM_PREMATURE_CLOSE' ? 'debug' : 'warn']('answer not delivered', { error: String(error) }),
  );
  app.use(answering(deps));
  app.use(normalPath);
  app.use((ctx, next) => {
    refuseDoubledHeaders(ctx.req);
    const why = whyRefused(deps.origin, { host: ctx.headers.host, origin: ctx.headers.origin });
    if (why !== undefined) throw new Problem('FORBIDDEN', why);
    return next();
  });
  for (const page of deps.pages ?? []) app.use(page);
  app.use(createRouter(deps));
  return app;
}

/** Request id, security headers, refusals, log line and metrics. */
function answering({ metrics, log, hide }: AppDeps): Middleware {
  return async (ctx, next) => {
    const started = performance.now();
    const requestId = /^[\w.-]{8,64}$/.test(ctx.get('X-Request-Id')) ? ctx.get('X-Request-Id') : randomUUID();
    ctx.state['requestId'] = requestId;
    ctx.set(securityHeaders);
    ctx.set('X-Request-Id', requestId);
    try {
      await next();
    } catch (error) {
      const problem = toProblem(error);
      refuse(ctx, problem, requestId, hide);
      if (problem.status >= 500) log.error('request failed', { requestId, code: problem.code, error: describe(problem.cause ?? problem) });
    }
    const route = (ctx.state['route'] as string | undefined) ?? 'none';
    const seconds = (performance.now() - started) / 1000;
    metrics.observe({ method: knownMethod(ctx.method), route, status: ctx.status, seconds });
    log.debug('request', { requestId, method: ctx.method, route, status: ctx.status, ms: Math.round(seconds * 1000) });
  };
}

const knownMethod = (method: string): string => (['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'].includes(method) ? method : 'other');

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

function refuse(ctx: Context, problem: Problem, requestId: string, hide?: Hide): void {
  ctx.status = problem.status;
  ctx.body = jsonText(presentProblem(problem, requestId, hide));
  ctx.set(headersOf(problem));
}

/** `//deployments/X/` is `/deployments/X`: clients that join a base URL and a Location make doubled slashes. */
const normalPath: Middleware = (ctx, next) => {
  const path = ctx.path.replace(/\/{2,}/g, '/');
  ctx.path = path.length > 1 && !path.startsWith('/apidocs/') ? path.replace(/\/$/, '') : path;
  return next();
};
