/** What the engine takes from the server's settings. */

import type { PlanSettings } from '../plan/observed.ts';

export interface EngineSettings extends PlanSettings {
  leaseSeconds: number;
  /** The only namespaces served; empty = all. */
  namespaces: string[];
  /** URL at which Teal itself reaches the proxy. */
  ingressAddress?: string;
  healthVia: 'pod-ip' | 'api-proxy';
  /** Apps worked on at the same time. */
  concurrency?: number;
}
