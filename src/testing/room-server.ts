/** The deployments room behind real HTTP and WebSocket on loopback, without an engine: a test writes what the engine would. */

import { createGate, type GateSettings } from '../access/index.ts';
import { deploymentRoutes, deploymentStreams } from '../deployments/index.ts';
import { createApp } from '../http/app.ts';
import { createMetrics } from '../http/metrics.ts';
import { listen } from '../http/server.ts';
import type { Clock } from '../lib/clock.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { createSockets, type PeerLimits, type Sockets } from '../sockets/index.ts';
import { openRoom, type Room } from './deployments-room.ts';

export interface RoomServer extends Room {
  /** `http://127.0.0.1:PORT` */
  url: string;
  sockets: Sockets;
  stop(): Promise<void>;
}

export async function startRoom(options: { gate?: Partial<GateSettings>; limits?: PeerLimits; clock?: Clock } = {}): Promise<RoomServer> {
  const { clock = systemClock } = options;
  const room = await openRoom();
  const gate = await createGate({ jwtNamespacesClaim: 'namespaces', jwtRolesClaim: 'roles', ...options.gate });
  const stopping = new AbortController();
  const shared = {
    gate,
    origin: { checkHost: true, checkOrigin: true },
    log: silentLogger,
  };
  const app = createApp({
    ...shared,
    routes: deploymentRoutes(room),
    metrics: createMetrics({ process: false }),
    stopping: stopping.signal,
  });
  const streams = deploymentStreams({ deployments: room.deployments, now: () => systemClock.now() });
  const sockets = createSockets({ ...shared, clock, streams, ...(options.limits ? { peerLimits: options.limits } : {}) });
  const listening = await listen(app.callback(), { host: '127.0.0.1', port: 0, clock: systemClock });
  sockets.attach(listening.server);
  return {
    ...room,
    url: listening.url,
    sockets,
    async stop() {
      stopping.abort(new Error('stopping'));
      await Promise.all([sockets.close(), listening.close(500)]);
      await room.store.close();
    },
  };
}
