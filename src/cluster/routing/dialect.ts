/** What an ingress controller's dialect is to the rest of Teal: wishes in; annotations, helper objects and honest warnings out. */

import type { RoutingMode } from '../../descriptors/index.ts';

export type DialectName = 'ingress-nginx' | 'traefik' | 'plain';

/**
 * Proxies learn of a change up to four seconds late (ingress-nginx looks once in 3.3 s and then reloads), and until then requests go on to arrive at what has lost the traffic. Pods
 * that end within this time lose some of them.
 */
export const proxiesFollowMs = 5000;

export interface RoutingSettings {
  dialect: DialectName;
  /** Empty: the cluster's default class. */
  ingressClass: string;
  /** The operator lets Teal write nginx configuration snippets. */
  snippets: boolean;
  /** A version's preview host is `app-version.namespace.DOMAIN`. */
  previewDomain?: string;
  /** The server's default; a descriptor's `routing` wins. */
  routing: RoutingMode;
  /** What the operator says the controller was set up for (README.md here). Nothing is asked of a controller that could break on it. */
  controller?: ControllerSettings;
}

export interface ControllerSettings {
  /** ingress-nginx: its ConfigMap has `use-gzip: "true"`. */
  gzip?: boolean;
  /** ingress-nginx: the names listed in its ConfigMap's `global-allowed-response-headers`. */
  responseHeaders?: string[];
  /** traefik: middlewares of the operator's file provider, or Middleware objects that Teal makes. */
  middlewares?: 'file' | 'crd';
}

export interface ResponseHeader {
  name: string;
  value: string;
}

/** What a descriptor asks of the proxy. */
export interface RoutingWish {
  namespace: string;
  appName: string;
  frontend: string;
  redirectWww: boolean;
  compression: boolean;
  sticky: boolean;
  headers: ResponseHeader[];
}

/**
 * An object beside the Ingress. It belongs to the app, not to a version, and its content never changes under its name: other content has another name. So the
 * helpers of a new version can be made before its switch and never touch what the serving version uses.
 */
export type Helper =
  | { kind: 'ConfigMap'; name: string; data: Record<string, string> }
  | { kind: 'Middleware'; name: string; spec: Record<string, unknown> };

export interface DialectPlan {
  /** For the Ingress of the app and the previews of its versions. */
  annotations: Record<string, string>;
  /** More of them for an Ingress that stays while versions come and go (`stable-service`). */
  standingAnnotations: Record<string, string>;
  /** For the Services behind them. */
  serviceAnnotations: Record<string, string>;
  helpers: Helper[];
  /** How `www.` is redirected: by the Ingress itself, by an Ingress of its own with these annotations, or not at all. */
  www: 'same-ingress' | { annotations: Record<string, string> } | 'none';
  /** What will not work as asked, and the setting that would make it work. */
  warnings: string[];
}

export interface Dialect {
  readonly name: DialectName;
  /** Pure. Asks the controller only for what it can do under these settings; each remaining wish becomes a warning. */
  plan(wish: RoutingWish, settings: RoutingSettings): DialectPlan;
}

/** The session cookie, the same in every dialect. */
export const stickyCookie = 'teal-affinity';

export const nothingPlanned = (): DialectPlan => ({
  annotations: {},
  standingAnnotations: {},
  serviceAnnotations: {},
  helpers: [],
  www: 'none',
  warnings: [],
});
