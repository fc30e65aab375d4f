/**
 * Addresses of pods. Where the system lets a program listen on any 127.x.y.z (Linux), every pod has a loopback address of its own and serves there on the very
 * port it names. Elsewhere pods get an address that leads nowhere and a port of 127.0.0.1; then only the API server's pod proxy and the reverse proxy reach them.
 */

import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

export interface Addresses {
  /** A new address; never given twice. */
  take(): string;
  listen(server: Server, address: string, port: number): Promise<void>;
  /** Where a pod's port can really be reached. */
  endpoint(address: string, port: number): { address: string; port: number };
  close(): void;
}

/** Held while the sandbox runs, so that two sandboxes on one machine never share a range of addresses. */
const lockPort = 41_911;
const attempts = 20;

export async function openAddresses(): Promise<Addresses> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const range = `127.${randomInt(100, 250)}.${randomInt(0, 256)}`;
    const lock = createServer();
    const outcome = await listen(lock, `${range}.255`, lockPort).then(
      () => 'held',
      (error: unknown) => ((error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'taken' : 'impossible'),
    );
    if (outcome === 'held') return ownAddresses(range, lock.unref());
    if (outcome === 'impossible') break;
  }
  return mappedPorts();
}

const listen = (server: Server, host: string, port: number) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });

function ownAddresses(range: string, lock: Server): Addresses {
  const [, first = '127', second = '100', third = '0'] = /^(\d+)\.(\d+)\.(\d+)$/.exec(range) ?? [];
  let taken = 0;
  return {
    take() {
      taken++;
      const host = 1 + ((taken - 1) % 250);
      const block = (Number(third) + Math.floor((taken - 1) / 250)) % 256;
      return `${first}.${second}.${block}.${host}`;
    },
    listen,
    endpoint: (address, port) => ({ address, port }),
    close: () => lock.close(),
  };
}

function mappedPorts(): Addresses {
  const ports = new Map<string, number>();
  let taken = 0;
  return {
    take() {
      taken++;
      return `10.244.${Math.floor(taken / 250) % 256}.${1 + (taken % 250)}`;
    },
    async listen(server, address, port) {
      if (ports.has(`${address}:${port}`)) throw new Error('listen EADDRINUSE: address already in use');
      await listen(server, '127.0.0.1', 0);
      const bound = server.address();
      if (bound !== null && typeof bound === 'object') ports.set(`${address}:${port}`, bound.port);
      server.once('close', () => ports.delete(`${address}:${port}`));
    },
    // Port 1 of loopback refuses connections, as a pod without a listener does.
    endpoint: (address, port) => ({ address: '127.0.0.1', port: ports.get(`${address}:${port}`) ?? 1 }),
    close() {},
  };
}
