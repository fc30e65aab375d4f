/** queued -> starting: the head of the queue becomes the app's candidate, or is refused without touching anything. */

import { versionInNames } from '../../descriptors/index.ts';
import type { App, Deployment, Reason } from '../record.ts';
import type { NewEntry } from '../repository.ts';
import { isoAt } from './clean-up.ts';
import type { Decision, Transition } from './decision.ts';
import { timeoutMs, type Observed, type World } from './observed.ts';
import { controllerOf } from './pods.ts';
import { servingOf } from './wanted.ts';

/** The version that would create its first objects next: what waits first, or a candidate of which nothing may stand yet. */
export function aboutToStart(o: Pick<Observed, 'app' | 'records'>): Deployment | undefined {
  const { other, queue } = o.app;
  if (other === undefined) return queue[0] === undefined ? undefined : o.records.get(queue[0]);
  const candidate = o.records.get(other);
  return candidate?.status === 'DEPLOYING' && candidate.phase === 'starting' ? candidate : undefined;
}

export function start(o: Observed, d: Deployment): Decision {
  const refusal = o.denied ?? whyRefused(o, d);
  if (refusal) return refuse(o, d, refusal);
  const rest: Partial<App> = { queue: o.app.queue.slice(1) };
  const now = o.now;
  const replicas = replicasOf(o, d);
  const entries: NewEntry[] = [
    { level: 'info', message: `Deployment started: ${d.id}`, phase: 'starting' },
    { level: 'info', message: `New deployment version: ${d.version}`, phase: 'starting' },
  ];
  if (replicas !== d.descriptor.replicas) {
    const message = `Starting with ${String(replicas)} pods instead of ${String(d.descriptor.replicas)}: the serving version has been scaled to that`;
    entries.push({ level: 'info', message, phase: 'starting' });
  }
  const set: Partial<Deployment> = {
    phase: 'starting',
    replicas,
    objectsOf: d.id,
    environmentNames: Object.keys(o.environment).sort(),
    ...(now === undefined ? {} : { startedAt: now, deadline: now + timeoutMs(o, d) }),
  };
  return { do: 'commit', name: 'start', app: { ...rest, other: d.id }, records: [{ id: d.id, set, entries }] };
}

/** Ends the head of the queue before anything of it was made. */
export function refuse(o: Observed, d: Deployment, reason: Reason): Transition {
  const message = `Deployment failed! ${reason.message}`;
  const queue = o.app.queue.slice(1);
  return {
    do: 'commit',
    name: 'refuse',
    app: { queue },
    records: [
      {
        id: d.id,
        set: { status: 'FAILURE', phase: 'settled', reason, settledAt: isoAt(o) },
        entries: [{ level: 'error', message, phase: 'settled' }],
      },
    ],
    release: queue.length === 0,
    unclaim: [d.id],
    ...(d.wishes.delete ? { remove: [d.id] } : {}),
  };
}

function whyRefused(o: Observed, d: Deployment): Reason | undefined {
  const serving = servingOf(o);
  if (!serving) return undefined;
  if (serving.version === d.version) return { code: 'VERSION_LIVE', message: `version ${d.version} is already deployed` };
  if (versionInNames(serving.version) !== versionInNames(d.version)) return undefined;
  return {
    code: 'NAME_TAKEN',
    message: `version ${d.version} would have the same object names as version ${serving.version}, which is live`,
  };
}

const replicasOf = (o: Observed, d: Deployment): number => startingReplicas(o.world, servingOf(o), d.descriptor.replicas);

/** Others (a user, an autoscaler) own `spec.replicas` of a serving version: what they set is carried over. */
export function startingReplicas(world: World, serving: Deployment | undefined, asked: number): number {
  if (!serving) return asked;
  const now: unknown = controllerOf(world, serving)?.['spec']?.replicas;
  const scaled = typeof now === 'number' && now > 0 && now !== (serving.replicas ?? serving.descriptor.replicas);
  return scaled ? now : asked;
}
