/**
 * The preview Ingress (that of a handover, where there is one) that the proxy had time to load and has not. It is made anew: a busy ingress-nginx may read an Ingress before the ConfigMap that it names, and answers 503 for that host
 * until it looks again. When it does by itself is not ours to say.
 */

import type { KubeObject } from '../../cluster/objects.ts';
import { versionedName } from '../../descriptors/index.ts';
import type { Deployment } from '../record.ts';
import type { Observed } from './observed.ts';
import { handoverOf } from './wanted.ts';

/** The API server cuts creation times to whole seconds. */
const secondMs = 1000;

/** `time`: ms of the API server's clock. */
export function previewMadeBefore(o: Observed, d: Deployment, time: number): KubeObject | undefined {
  const name = handoverOf(o)?.object.metadata.name ?? versionedName(d.appName, d.version);
  const preview = o.world.objects.find(({ kind, metadata }) => kind === 'Ingress' && metadata.name === name);
  const { creationTimestamp, deletionTimestamp } = preview?.metadata ?? {};
  if (creationTimestamp === undefined || deletionTimestamp !== undefined) return undefined;
  return Date.parse(creationTimestamp) < time - secondMs ? preview : undefined;
}
