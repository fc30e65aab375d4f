/** The ways in that are put under load, and how an app behind one is redeployed. */

import type { TargetName } from '../support/targets.ts';

export interface Row {
  /** What it is chosen by. */
  id: string;
  /** As it stands in the table. */
  name: string;
  target: Exclude<TargetName, 'sandbox'>;
  /** `changing`: each version is routed in the mode in which the one before it was not. */
  routing: 'versioned' | 'stable-service' | 'changing';
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
  {
    id: 'nginx-versioned',
    name: 'ingress-nginx, versioned',
    target: 'real-nginx',
    routing: 'versioned',
    way: 'proxy',
    by: 'teal',
    borne: nginxReload,
  },
  {
    id: 'nginx-stable',
    name: 'ingress-nginx, stable-service',
    target: 'real-nginx',
    routing: 'stable-service',
    way: 'proxy',
    by: 'teal',
    borne: [],
  },
  {
    id: 'traefik-versioned',
    name: 'Traefik, versioned',
    target: 'real-traefik',
    routing: 'versioned',
    way: 'proxy',
    by: 'teal',
    borne: [],
  },
  {
    id: 'traefik-stable',
    name: 'Traefik, stable-service',
    target: 'real-traefik',
    routing: 'stable-service',
    way: 'proxy',
    by: 'teal',
    borne: [],
  },
  {
    id: 'cluster-ip',
    name: 'Service, ClusterIP',
    target: 'real-traefik',
    routing: 'stable-service',
    way: 'cluster-ip',
    by: 'teal',
    borne: [],
  },
  {
    id: 'nginx-changing',
    name: 'ingress-nginx, mode changed at each switch',
    target: 'real-nginx',
    routing: 'changing',
    way: 'proxy',
    by: 'teal',
    borne: nginxReload,
  },
];

/**
 * Recipes known to be wrong. A rig in which they lose nothing proves nothing. Traefik is not among them: it follows endpoints at once, and old pods that are removed at once lost
 * nothing in four switches.
 */
export const brokenRows: readonly Row[] = [
  {
    id: 'nginx-removal',
    name: 'ingress-nginx, old pods removed at once',
    target: 'real-nginx',
    routing: 'versioned',
    way: 'proxy',
    by: 'naive-removal',
    borne: [],
  },
  {
    id: 'nginx-backend',
    name: 'ingress-nginx, backend changed without the preview',
    target: 'real-nginx',
    routing: 'versioned',
    way: 'proxy',
    by: 'naive-backend',
    borne: nginxReload,
  },
];

/** The rows that a list of ids names, in the order of the table; all of `usual` where there is no list. */
export function chosen(list: string | undefined, usual: readonly Row[]): readonly Row[] {
  if (list === undefined || list.trim() === '') return usual;
  const all = [...rows, ...brokenRows];
  const ids = list.split(/[\s,]+/).filter(Boolean);
  const unknown = ids.filter(id => !all.some(row => row.id === id));
  if (unknown.length > 0) throw new Error(`no way in is called ${unknown.join(', ')}; there are: ${all.map(({ id }) => id).join(' ')}`);
  return all.filter(({ id }) => ids.includes(id));
}
