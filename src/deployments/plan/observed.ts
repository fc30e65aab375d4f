/** Everything a decision may look at, read once per step. The planner sees nothing else: no port, no clock, no chance. */

import type { RoutingSettings } from '../../cluster/manifests/index.ts';
import type { KubeObject } from '../../cluster/objects.ts';
import type { App, Deployment, Reason } from '../record.ts';

/** The server's defaults for what a descriptor leaves open. Seconds. */
export interface PlanSettings {
  timeoutSeconds: number;
  confirmSeconds: number;
  drainSeconds: number;
  proxySleepSeconds: number;
  routing: RoutingSettings;
  /** Whether Teal can ask the proxy itself (`--ingress-address`). */
  proxyKnown: boolean;
}

/** The app's part of the cluster. */
export interface World {
  /** ReplicationControllers, Services, Ingresses and helper objects that carry the app's marks, ours or not. */
  objects: KubeObject[];
  pods: KubeObject[];
  endpointSlices: KubeObject[];
}

export interface HealthResult {
  healthy: boolean;
  /** Text that the pod answered, or why there is none. */
  value: string;
  /** ISO time. */
  checkedAt: string;
}

/** The cluster said no to a change. */
export interface Refusal {
  /** Object that was refused, as `Kind name`. */
  object: string;
  reason: Reason;
  /** Whether trying again is hopeless (a 4xx other than 409 and 429). */
  final: boolean;
  /** Whether it was an answer at all: silence is no refusal, and going back would need the same silent server. */
  answered: boolean;
  /** First refusal in a row, cluster's clock. */
  since: number;
  /** Latest refusal in the row, cluster's clock. */
  at: number;
  /** When a repair that was refused for now may be tried again, cluster's clock. */
  retryAt: number;
}

/** On whose behalf what nobody wants is removed: no deployment fails because that is refused. */
export const nobody = '';

/** Measured by this process since it took the app; lost in a crash and measured again. */
export interface Facts {
  /** Last health check by pod uid. */
  health: ReadonlyMap<string, HealthResult>;
  /** Deployments whose preview host the proxy has answered for. */
  previewLoaded: ReadonlySet<string>;
  /** Deployments for whose own host the proxy has answered since they got the traffic. */
  frontendLoaded: ReadonlySet<string>;
  /** Since when a condition of timers.ts holds, ms; for limits that need not survive a crash. */
  since: ReadonlyMap<string, number>;
  /** The deployment whose pods were listed uncached just now. */
  inspected?: string;
  /** Service, Ingress and endpoints were read uncached as pointing to this deployment, at this time. */
  readBack?: { deployment: string; at: number };
  /** The latest that is not overcome, by the deployment on whose behalf; `nobody` for removals. */
  refusals: ReadonlyMap<string, Refusal>;
  namespaceGone: boolean;
  /** A host of the candidate that somebody else's Ingress answers for by now, as a sentence. */
  hostTaken?: string;
  /** Times of the latest repairs, ms. */
  repairs: readonly number[];
}

/** A value: never changed after it was made. */
export interface Observed {
  /** The API server's clock, ms; undefined while unknown: then nothing times out. */
  now: number | undefined;
  me: string;
  installation: string;
  app: App;
  /** Records of serving, other and the head of the queue. */
  records: ReadonlyMap<string, Deployment>;
  world: World;
  facts: Facts;
  settings: PlanSettings;
  environment: Record<string, string>;
  /** Whether this server serves the namespace, by its settings of now. */
  served: boolean;
  /** Why the version that would create its first objects next may not, by the settings and claims of now. Whatever has pods already is never judged again. */
  denied?: Reason;
}

/** How many seconds a deployment gives each stage: its own wish, else the server's. */
export const timeoutMs = (o: Observed, d: Deployment): number => (d.descriptor.timeoutSeconds ?? o.settings.timeoutSeconds) * 1000;
export const confirmMs = (o: Observed, d: Deployment): number => (d.descriptor.confirmSeconds ?? o.settings.confirmSeconds) * 1000;
export const drainMs = (o: Observed, d: Deployment): number => (d.descriptor.drainSeconds ?? o.settings.drainSeconds) * 1000;
