/** A small reverse proxy that shows a server under a path prefix, as ingresses do, and may be pointed at another one while clients stay. */

import { createServer, request, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface FrontProxy {
  /** With the prefix and a slash at its end. */
  url: string;
  /** The server behind it; undefined = nobody is there. */
  target: string | undefined;
  stop(): Promise<void>;
}

export async function startFrontProxy(target: string, prefix = ''): Promise<FrontProxy> {
  const sockets = new Set<Socket | Duplex>();
  const proxy: FrontProxy = { url: '', target, stop: () => Promise.resolve() };
  const pathOf = (asked: IncomingMessage): string | undefined => {
    const path = asked.url ?? '/';
    return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined;
  };

  const server = createServer((asked, answer) => {
    const path = pathOf(asked);
    if (path === undefined || proxy.target === undefined) {
      answer.writeHead(path === undefined ? 404 : 502).end();
      return;
    }
    const { hostname, port } = new URL(proxy.target);
    const forwarded = request({ hostname, port, path, method: asked.method, headers: asked.headers }, reply => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    forwarded.on('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
    answer.on('close', () => forwarded.destroy());
    asked.pipe(forwarded);
  });
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (asked: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on('error', () => client.destroy());
    const path = pathOf(asked);
    if (path === undefined || proxy.target === undefined) return void client.destroy();
    const { hostname, port } = new URL(proxy.target);
    const behind = connect(Number(port), hostname, () => {
      const headers = asked.rawHeaders.flatMap((name, index, all) => (index % 2 === 0 ? [`${name}: ${all[index + 1] ?? ''}`] : []));
      behind.write(`${asked.method ?? 'GET'} ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
      behind.write(head);
      behind.pipe(client);
      client.pipe(behind);
    });
    behind.on('error', () => client.destroy());
    behind.on('close', () => client.destroy());
    client.on('close', () => behind.destroy());
  });

  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}/`;
  proxy.stop = () =>
    new Promise(resolve => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return proxy;
}
