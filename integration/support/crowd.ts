/** Connections that want nothing: as many as asked for, opened again as soon as they are closed. */

import { connect, type Socket } from 'node:net';

export interface Crowd {
  /** Connections that stand now. */
  readonly open: number;
  leave(): void;
}

const everyMs = 200;

export function sendCrowd(url: string, size: number): Crowd {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const come = () => {
    while (sockets.size < size) {
      const socket = connect({ host: hostname, port: Number(port) });
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
  };
  come();
  const timer = setInterval(come, everyMs);
  return {
    get open() {
      return [...sockets].filter(({ readyState }) => readyState === 'open').length;
    },
    leave() {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
}
