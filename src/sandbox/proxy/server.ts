/** A reverse proxy that follows Ingresses: a change of the cluster counts from the very next request. */

import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { resources, type Resource } from '../api/resources.ts';
import type { Storage } from '../storage.ts';
import { createBackends, type Backend } from './backends.ts';
import { chooseRoute, routesOf, wwwRedirect, type Route } from './routes.ts';

export interface ProxyDeps {
  storage: Storage;
  /** Where a pod's port can really be reached. */
  endpoint: (address: string, port: number) => { address: string; port: number };
}

const routing = new Set<Resource>([resources.ingresses, resources.configmaps, resources.middlewares]);
const hopByHop = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade']);
const attempts = 3;

/** Returns the server, not yet listening. `stop` ends its connections to pods. */
export function createProxy({ storage, endpoint }: ProxyDeps): { server: Server; stop: () => void } {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64, timeout: 120_000 });
  const backends = createBackends(storage);
  const tunnels = new Set<Duplex>();
  let known: Route[] | undefined;
  const unsubscribe = storage.subscribe(({ resource }) => {
    if (routing.has(resource)) known = undefined;
  });
  const routes = () =>
    (known ??= routesOf({
      ingresses: storage.list(resources.ingresses, ''),
      configMap: (namespace, name) => storage.get(resources.configmaps, namespace, name),
      middleware: (namespace, name) => storage.get(resources.middlewares, namespace, name),
    }));

  function serve(request: IncomingMessage, response: ServerResponse) {
    const host = hostOf(request);
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const other = wwwRedirect(routes(), host);
    if (other !== undefined) {
      redirect(response, 308, `http://${other}${portOf(request)}${request.url}`);
      return;
    }
    const route = chooseRoute(routes(), host, path);
    if (!route || route.extras.broken) {
      refuse(response, 404, 'default backend - 404');
      return;
    }
    const { redirect: rule } = route.extras;
    const asked = `http://${request.headers.host ?? ''}${request.url}`;
    if (rule?.pattern.test(asked)) {
      redirect(response, rule.permanent ? 308 : 307, asked.replace(rule.pattern, rule.replacement));
      return;
    }
    const { candidates, setCookie } = backends.choose(route, request.headers.cookie ?? '');
    if (candidates.length === 0) refuse(response, 503, '503 Service Temporarily Unavailable');
    else forward({ request, response, route, setCookie }, candidates.slice(0, attempts));
  }

  interface Passage {
    request: IncomingMessage;
    response: ServerResponse;
    route: Route;
    setCookie: string | undefined;
  }

  function forward(passage: Passage, candidates: Backend[]) {
    const { request, response } = passage;
    const [first, ...others] = candidates;
    if (!first) {
      refuse(response, 502, '502 Bad Gateway');
      return;
    }
    const { address, port } = endpoint(first.address, first.port);
    const headers: OutgoingHttpHeaders = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !hopByHop.has(name)));
    headers['x-forwarded-for'] = [request.headers['x-forwarded-for'], request.socket.remoteAddress].filter(Boolean).join(', ');
    headers['x-forwarded-host'] = request.headers.host;
    headers['x-forwarded-proto'] = 'http';
    const onward = httpRequest({ host: address, port, method: request.method, path: request.url, headers, agent, setHost: false });
    const bodiless = request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined;
    onward.on('response', answer => pass(passage, answer));
    onward.on('error', () => {
      if (response.headersSent || response.destroyed) response.destroy();
      // A request with a body may have been half sent; only others can go to the next pod.
      else forward(passage, bodiless ? others : []);
    });
    response.once('close', () => onward.destroy());
    if (bodiless) onward.end();
    else request.pipe(onward);
  }

  function pass({ request, response, route, setCookie }: Passage, answer: IncomingMessage) {
    const headers: OutgoingHttpHeaders = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !hopByHop.has(name)));
    for (const [name, value] of Object.entries(route.extras.responseHeaders)) headers[name.toLowerCase()] = value;
    if (setCookie) headers['set-cookie'] = [...(answer.headers['set-cookie'] ?? []), setCookie];
    const gzip = route.extras.compress && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '') && isCompressible(answer);
    if (gzip) {
      delete headers['content-length'];
      Object.assign(headers, { 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    }
    response.writeHead(answer.statusCode ?? 502, headers);
    response.flushHeaders();
    answer.on('error', () => response.destroy());
    if (gzip) answer.pipe(createGzip({ flush: constants.Z_SYNC_FLUSH })).pipe(response);
    else answer.pipe(response);
  }

  /** WebSockets and other upgrades: after the head, bytes go both ways untouched. */
  function tunnel(request: IncomingMessage, socket: Duplex, head: Buffer) {
    socket.on('error', () => socket.destroy());
    const route = chooseRoute(routes(), hostOf(request), (request.url ?? '/').split('?')[0] ?? '/');
    const first = route && !route.extras.broken ? backends.choose(route, request.headers.cookie ?? '').candidates[0] : undefined;
    if (!first) {
      socket.end(
        `HTTP/1.1 ${route ? '503 Service Temporarily Unavailable' : '404 Not Found'}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
      );
      return;
    }
    const { address, port } = endpoint(first.address, first.port);
    const onward = connect(port, address, () => {
      const lines = [`${request.method} ${request.url} HTTP/1.1`];
      for (let index = 0; index < request.rawHeaders.length; index += 2)
        lines.push(`${request.rawHeaders[index]}: ${request.rawHeaders[index + 1]}`);
      onward.write(`${lines.join('\r\n')}\r\n\r\n`);
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    for (const [one, peer] of [
      [onward, socket],
      [socket, onward],
    ] as const) {
      tunnels.add(one);
      one.on('close', () => {
        tunnels.delete(one);
        peer.destroy();
      });
    }
    onward.on('error', () => socket.destroy());
  }

  const server = createServer(serve);
  server.keepAliveTimeout = 75_000;
  server.on('upgrade', (request, socket, head) => tunnel(request, socket, head));
  return {
    server,
    stop() {
      unsubscribe();
      agent.destroy();
      for (const socket of tunnels) socket.destroy();
    },
  };
}

const hostOf = (request: IncomingMessage) => (request.headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
const portOf = (request: IncomingMessage) => /:\d+$/.exec(request.headers.host ?? '')?.[0] ?? '';

const isCompressible = ({ headers }: IncomingMessage) =>
  headers['content-encoding'] === undefined && /^(text\/|application\/(json|javascript|xml))/.test(headers['content-type'] ?? '');

const refuse = (response: ServerResponse, status: number, text: string) => {
  response
    .writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(`${text}\n`) })
    .end(`${text}\n`);
};

const redirect = (response: ServerResponse, status: number, location: string) => {
  response.writeHead(status, { location, 'content-length': 0 }).end();
};
