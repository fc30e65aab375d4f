/** A TCP relay on loopback that can lose one direction, hold everything or cut: for faults between a client and its server. */

import { createServer, connect, type Socket } from 'node:net';

export interface TcpProxy {
  port: number;
  /** `pass` relays; `deaf` loses what the server says; `hold` loses both directions. Sockets stay open in all of them. */
  mode: 'pass' | 'deaf' | 'hold';
  /** Resets every open connection; new ones are taken. */
  cut(): void;
  /** Connections taken so far. */
  readonly taken: number;
  stop(): Promise<void>;
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const pairs = new Set<[Socket, Socket]>();
  let taken = 0;
  const server = createServer(client => {
    taken++;
    const upstream = connect(target);
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    const drop = () => {
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of pair) socket.on('error', drop).on('close', drop);
    client.on('data', chunk => {
      if (proxy.mode !== 'hold') upstream.write(chunk);
    });
    upstream.on('data', chunk => {
      if (proxy.mode === 'pass') client.write(chunk);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const proxy: TcpProxy = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    mode: 'pass',
    cut() {
      for (const [client, upstream] of pairs) {
        client.resetAndDestroy();
        upstream.destroy();
      }
    },
    get taken() {
      return taken;
    },
    stop() {
      proxy.cut();
      return new Promise(resolve => server.close(() => resolve()));
    },
  };
  return proxy;
}
