/** A TCP relay on loopback that can lose, hold, delay, truncate or cut what passes: for faults between a client and its server. */

import { createServer, connect, type Socket } from 'node:net';

export interface TcpProxy {
  port: number;
  /**
   * `pass` relays. Sockets stay open in `deaf`, which loses what the server says, and in `hold`, which loses both directions (a half-open connection). `truncate`
   * passes the first half of the server's next words and cuts the connection. `refuse` resets new connections at once.
   */
  mode: 'pass' | 'deaf' | 'hold' | 'truncate' | 'refuse';
  /** Each piece of data is passed on so much later, in both directions, in order; ms. */
  delayMs: number;
  /** Resets every open connection; new ones are taken. */
  cut(): void;
  /** Stops listening and cuts everything, as a server that has ended: connections are refused by the kernel. */
  leave(): Promise<void>;
  /** Listens again, on the same port. */
  comeBack(): Promise<void>;
  /** Connections taken so far. */
  readonly taken: number;
  /** Connections open now. */
  readonly open: number;
  stop(): Promise<void>;
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const pairs = new Set<[Socket, Socket]>();
  let taken = 0;
  const server = createServer(client => {
    taken++;
    if (proxy.mode === 'refuse') {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(target);
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    const late = new Map<Socket, Promise<void>>();
    const drop = () => {
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    // What one side has said before it went still reaches the other one.
    const follow = (other: Socket) => {
      pairs.delete(pair);
      void Promise.resolve(late.get(other)).then(() => other.destroySoon());
    };
    client.on('error', drop).on('close', () => follow(upstream));
    upstream.on('error', drop).on('close', () => follow(client));
    // What is still delayed goes first, also when the delay has ended meanwhile.
    const pass = (to: Socket, chunk: Buffer) => {
      const before = late.get(to);
      if (proxy.delayMs === 0 && before === undefined) {
        to.write(chunk);
        return;
      }
      const due = new Promise<void>(resolve => setTimeout(resolve, proxy.delayMs));
      const mine = Promise.all([before, due]).then(() => {
        if (!to.destroyed) to.write(chunk);
        if (late.get(to) === mine) late.delete(to);
      });
      late.set(to, mine);
    };
    client.on('data', chunk => {
      if (proxy.mode !== 'hold') pass(upstream, chunk);
    });
    upstream.on('data', chunk => {
      if (proxy.mode === 'truncate') client.write(chunk.subarray(0, Math.floor(chunk.length / 2)), drop);
      else if (proxy.mode === 'pass' || proxy.mode === 'refuse') pass(client, chunk);
    });
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listen(0);
  const address = server.address();
  const proxy: TcpProxy = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    mode: 'pass',
    delayMs: 0,
    cut() {
      for (const [client, upstream] of pairs) {
        client.resetAndDestroy();
        upstream.destroy();
      }
    },
    get taken() {
      return taken;
    },
    get open() {
      return pairs.size;
    },
    leave() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      proxy.cut();
      return closed;
    },
    comeBack: () => listen(proxy.port),
    stop: () => proxy.leave(),
  };
  return proxy;
}
