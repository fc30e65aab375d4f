/** The ways in that are put under load, and how an app behind one is redeployed. */

import type { TargetName } from '../support/targets.ts';

export interface Row {
  /** As it stands in the table. */
  name: string;
  target: Exclude<TargetName, 'sandbox'>;
  routing: 'versioned' | 'stable-service';
  /** Through the proxy, or straight to the Service. */
  way: 'proxy' | 'cluster-ip';
  /** `teal`, or a switch by hand that must lose requests. */
  by: 'teal' | 'naive-removal' | 'naive-backend';
  /** Losses that are known, counted and explained; every other is too much. */
  borne: readonly string[];
}

/** Closing idle kept connections is what a reloading nginx does; nothing that Teal could order differently. */
const nginxReload = ['idle reset'] as const;

export const rows: readonly Row[] = [
  { name: 'ingress-nginx, versioned', target: 'real-nginx', routing: 'versioned', way: 'proxy', by: 'teal', borne: nginxReload },
  { name: 'ingress-nginx, stable-service', target: 'real-nginx', routing: 'stable-service', way: 'proxy', by: 'teal', borne: [] },
  { name: 'Traefik, versioned', target: 'real-traefik', routing: 'versioned', way: 'proxy', by: 'teal', borne: [] },
  { name: 'Traefik, stable-service', target: 'real-traefik', routing: 'stable-service', way: 'proxy', by: 'teal', borne: [] },
  { name: 'Service, ClusterIP', target: 'real-traefik', routing: 'stable-service', way: 'cluster-ip', by: 'teal', borne: [] },
];

/**
 * Recipes known to be wrong. A rig in which they lose nothing proves nothing. Traefik is not among them: it follows endpoints at once, and old pods that are removed at once lost
 * nothing in four switches.
 */
export const brokenRows: readonly Row[] = [
  {
    name: 'ingress-nginx, old pods removed at once',
    target: 'real-nginx',
    routing: 'versioned',
    way: 'proxy',
    by: 'naive-removal',
    borne: [],
  },
  {
    name: 'ingress-nginx, backend changed without the preview',
    target: 'real-nginx',
    routing: 'versioned',
    way: 'proxy',
    by: 'naive-backend',
    borne: nginxReload,
  },
];
