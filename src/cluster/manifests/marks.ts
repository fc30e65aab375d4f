/** The marks that say whose an object is: two labels and a few annotations, on every object Teal makes. */

import type { KubeObject, Metadata } from '../objects.ts';
import type { VersionTarget } from './target.ts';

/** Every annotation under this prefix is ours. */
export const ownPrefix = 'teal/';

export const markNames = {
  managedBy: 'app.kubernetes.io/managed-by',
  app: 'app',
  installation: 'teal/installation',
  deployment: 'teal/deployment',
  epoch: 'teal/epoch',
  /** What else of this object we wrote (see compare.ts): the only way to tell our old entries from other people's. */
  owns: 'teal/owns',
} as const;

export const manager = 'teal';

/** `version` objects belong to one deployment; `app` objects outlive deployments and carry no deployment id, so that an unchanged one needs no write. */
export type Belonging = 'version' | 'app';

/** Metadata of an object of ours; `extra` labels and annotations never beat the marks. */
export function marked(
  target: VersionTarget,
  name: string,
  belonging: Belonging,
  extra: { labels?: Record<string, string>; annotations?: Record<string, string> } = {},
): Metadata {
  return {
    name,
    namespace: target.namespace,
    labels: { ...extra.labels, [markNames.app]: target.appName, [markNames.managedBy]: manager },
    annotations: {
      ...extra.annotations,
      ...(belonging === 'version' ? { [markNames.deployment]: target.deployment } : {}),
      [markNames.installation]: target.installation,
      [markNames.epoch]: String(target.epoch),
    },
  };
}

export interface Marks {
  installation?: string;
  app?: string;
  deployment?: string;
  epoch?: number;
}

/** The marks that an object carries; absent ones are left out, an epoch that is no whole number counts as absent. */
export function marksOf({ metadata: { labels = {}, annotations = {} } }: KubeObject): Marks {
  const found: Marks = {};
  const app = labels[markNames.app];
  const installation = annotations[markNames.installation];
  const deployment = annotations[markNames.deployment];
  const epoch = annotations[markNames.epoch];
  if (installation !== undefined) found.installation = installation;
  if (app !== undefined) found.app = app;
  if (deployment !== undefined) found.deployment = deployment;
  if (epoch !== undefined && /^\d{1,15}$/.test(epoch)) found.epoch = Number(epoch);
  return found;
}

/** Why this object is not ours to change, or undefined when it is. */
export function whyForeign(object: KubeObject, installation: string, appName: string): string | undefined {
  const { labels = {}, annotations = {} } = object.metadata;
  const manages = labels[markNames.managedBy];
  const marks = { installation: annotations[markNames.installation], app: labels[markNames.app] };
  if (manages === manager && marks.installation === installation && marks.app === appName) return undefined;
  const what = `${object.kind} ${object.metadata.name}`;
  if (manages !== manager) return manages === undefined ? `${what} was not made by Teal` : `${what} is managed by ${manages}`;
  if (marks.installation === undefined) return `${what} names no Teal installation`;
  if (marks.installation !== installation) return `${what} belongs to another Teal installation (${marks.installation})`;
  return marks.app === undefined ? `${what} names no app` : `${what} belongs to app ${marks.app}`;
}
