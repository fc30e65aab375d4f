/** The demo program: a small web server whose behaviour its environment sets, stopped as a process would be. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../../lib/clock.ts';

export interface DemoAppOptions {
  env: Record<string, string>;
  args: readonly string[];
  /** Ends with code 1 as soon as it has started. */
  crashes: boolean;
  listen: (server: Server, port: number) => Promise<void>;
  print: (line: string) => void;
  /** Called once, when the program has ended. */
  exited: (code: number) => void;
  clock: Clock;
}

export interface Program {
  /** SIGTERM */
  terminate(): void;
  /** SIGKILL */
  kill(): void;
}

/** `250ms`, `3s`, `1m` or a plain number of seconds, in milliseconds; NaN when it is none of these. */
export function durationMs(text: string | undefined): number {
  if (!text) return 0;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text);
  if (!match) return NaN;
  const factor = { ms: 1, s: 1000, m: 60_000 }[match[2] ?? 's'] ?? 1000;
  return Number(match[1]) * factor;
}

const longestShutdownMs = 25_000;

export function runDemoApp(options: DemoAppOptions): Program {
  const { env, clock, args } = options;
  const version = env.VERSION ?? 'unknown';
  const hostname = env.HOSTNAME ?? 'unknown';
  const startedMs = clock.monotonic();
  const timers = new Set<() => void>();
  let over = false;
  let stopping = false;
  let served = 0;
  let override: boolean | undefined;

  const goTime = () => new Date(clock.now()).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');
  const say = (text: string) => options.print(`${goTime()} demo-app ${version} on ${hostname}: ${text}`);
  const later = (ms: number, fn: () => void) => timers.add(clock.after(ms, fn));

  function exit(code: number) {
    if (over) return;
    over = true;
    for (const cancel of timers) cancel();
    server.close();
    server.closeAllConnections();
    options.exited(code);
  }

  const delays = Object.fromEntries(['START_DELAY', 'READY_DELAY', 'CRASH_AFTER', 'STOP_DELAY'].map(name => [name, durationMs(env[name])]));
  const sinceStart = () => clock.monotonic() - startedMs;
  const isReady = () => sinceStart() >= (delays.READY_DELAY ?? 0);
  const isHealthy = () => override ?? (env.HEALTHY !== 'false' && isReady());

  function health(response: ServerResponse) {
    const healthy = isHealthy();
    const status = healthy ? 200 : 503;
    switch (env.HEALTH_FORMAT ?? 'json') {
      case 'text':
        response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${healthy}\n`);
        return;
      case 'none':
        response.writeHead(status).end();
        return;
      case 'broken':
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"healthy":');
        return;
      case 'always200':
        answer(response, 200, { healthy, version });
        return;
      default:
        answer(response, status, { healthy, version });
    }
  }

  function serve(request: IncomingMessage, response: ServerResponse) {
    served++;
    response.setHeader('x-version', version);
    response.setHeader('x-pod', hostname);
    const url = new URL(request.url ?? '/', 'http://pod');
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (url.pathname === '/health' && request.method === 'POST') {
      override = url.searchParams.get('healthy') !== 'false';
      answer(response, 200, { healthy: isHealthy() });
    } else if (url.pathname === '/health' && reads) health(response);
    else if (url.pathname === '/ready' && reads) {
      const ready = isReady() && !stopping;
      answer(response, ready ? 200 : 503, { ready });
    } else if (url.pathname === '/version' && reads) answer(response, 200, { version, pod: hostname });
    else if (url.pathname === '/env' && reads) answer(response, 200, env);
    else if (url.pathname === '/slow' && reads) {
      const ms = Number.parseInt(url.searchParams.get('ms') ?? '', 10) || 0;
      later(ms, () => answer(response, 200, { version, pod: hostname, slept_ms: ms }));
    } else if (/^\/status\/[^/]+$/.test(url.pathname)) {
      const asked = Number(url.pathname.slice('/status/'.length));
      const status = Number.isInteger(asked) && asked >= 200 && asked <= 599 ? asked : 400;
      answer(response, status, { status, version });
    } else {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [canonical(name), String(value)]));
      delete headers.Host;
      answer(response, 200, {
        version,
        pod: hostname,
        method: request.method,
        host: request.headers.host ?? '',
        path: request.url,
        headers,
      });
    }
  }

  const server = createServer(serve);
  server.keepAliveTimeout = 60_000;

  function start() {
    if (over) return;
    const port = Number(env.PORT ?? 8080);
    say(`listening on :${port}`);
    options.listen(server, port).then(
      () => {
        if (over) server.close();
      },
      (error: unknown) => {
        options.print(`${goTime()} listen tcp :${port}: ${(error as Error).message}`);
        exit(1);
      },
    );
  }

  function runAsJob() {
    const code = Number(args[args.indexOf('-exit') + 1] ?? 0);
    const sleepMs = args.includes('-sleep') ? durationMs(args[args.indexOf('-sleep') + 1]) : 0;
    later(sleepMs || 0, () => {
      say(`exit ${code}`);
      exit(code);
    });
  }

  const wrong = Object.entries(delays).find(([, ms]) => Number.isNaN(ms));
  if (options.crashes) {
    later(5, () => {
      say('crash, as the image asks');
      exit(1);
    });
  } else if (wrong) {
    later(1, () => {
      options.print(`${goTime()} ${wrong[0]}: not a duration: ${JSON.stringify(env[wrong[0]])}`);
      exit(1);
    });
  } else if (args.includes('-exit')) runAsJob();
  else {
    if (delays.CRASH_AFTER) {
      later(delays.CRASH_AFTER, () => {
        say('crash, as CRASH_AFTER asks');
        exit(1);
      });
    }
    if (delays.START_DELAY) later(delays.START_DELAY, start);
    else start();
  }

  return {
    terminate() {
      if (over || stopping) return;
      stopping = true;
      say(`stopping; ${served} requests so far`);
      const end = () => {
        say(`stopped after ${served} requests`);
        exit(0);
      };
      const shutDown = () => {
        if (!server.listening) {
          end();
          return;
        }
        server.close(end);
        server.closeIdleConnections();
        later(longestShutdownMs, end);
      };
      if (delays.STOP_DELAY) later(delays.STOP_DELAY, shutDown);
      else shutDown();
    },
    kill: () => exit(137),
  };
}

function answer(response: ServerResponse, status: number, body: unknown) {
  if (response.destroyed) return;
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(status === 204 || status === 304 ? undefined : `${JSON.stringify(body)}\n`);
}

const canonical = (name: string) => name.replace(/(^|-)([a-z])/g, letter => letter.toUpperCase());
