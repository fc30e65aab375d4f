/**
 * The one difference between what is wanted and what stands, in one safe order: grow before shrink, switch before delete. Repair, clean-up, retirement and
 * undeploy are all this function.
 */

import { drift, marksOf, merge, whyForeign } from '../../cluster/manifests/index.ts';
import type { KubeObject } from '../../cluster/objects.ts';
import type { Deployment } from '../record.ts';
import type { Observed, World } from './observed.ts';
import { remembered, rememberedWith } from './remembered.ts';
import { mayStand, otherOf, servingOf, wanted, type WantedObject } from './wanted.ts';

export type Change =
  | { type: 'create'; object: KubeObject; deployment: string; role: 'version' | 'traffic' }
  /** PUT of `object`, based on the resourceVersion it carries; `fields` say what was not as wanted. */
  | { type: 'update'; object: KubeObject; fields: string[]; deployment: string; role: 'version' | 'traffic' }
  /** PUT of the ReplicationController with no replicas. */
  | { type: 'empty'; object: KubeObject }
  | { type: 'remove'; object: KubeObject };

/**
 * The stages of the safe order. Changes of one stage are independent of each other and are sent together; a later stage starts only when the earlier ones
 * have nothing left to do.
 */
export const stages = ['helpers', 'grow', 'service', 'ingress', 'drop-ingress', 'drop-service', 'empty', 'drop-controller'] as const;
export type Stage = (typeof stages)[number];

export interface StagedChange {
  stage: Stage;
  change: Change;
}

export const keyOf = (object: KubeObject): string => `${object.kind}/${object.metadata.name}`;

const isHelper = (object: KubeObject): boolean => !['ReplicationController', 'Service', 'Ingress'].includes(object.kind);

function growStage(w: WantedObject): Stage {
  if (isHelper(w.object)) return 'helpers';
  if (w.role === 'version') return 'grow';
  return w.object.kind === 'Service' ? 'service' : 'ingress';
}

function dropStage(object: KubeObject): Stage {
  if (object.kind === 'Ingress') return 'drop-ingress';
  return object.kind === 'ReplicationController' ? 'empty' : 'drop-service';
}

/** Names of Services that an Ingress sends traffic to. */
function backendsOf(ingress: KubeObject): string[] {
  const rules = (ingress['spec']?.rules ?? []) as { http?: { paths?: { backend?: { service?: { name?: string } } }[] } }[];
  return rules.flatMap(rule => rule.http?.paths ?? []).flatMap(path => path.backend?.service?.name ?? []);
}

const selects = (selector: Record<string, string> | undefined, labels: Record<string, string>): boolean =>
  selector !== undefined && Object.keys(selector).length > 0 && Object.entries(selector).every(([key, value]) => labels[key] === value);

/**
 * Whether traffic can reach this object through a Service or Ingress as they stand now. Such an object is never emptied or removed, in any phase, whatever the
 * records say.
 */
export function carriesTraffic(world: World, object: KubeObject): boolean {
  const ingresses = world.objects.filter(candidate => candidate.kind === 'Ingress' && candidate.metadata.deletionTimestamp === undefined);
  if (object.kind === 'Service') return ingresses.some(ingress => backendsOf(ingress).includes(object.metadata.name));
  if (object.kind !== 'ReplicationController') return false;
  const labels = (object['spec']?.template?.metadata?.labels ?? {}) as Record<string, string>;
  return world.objects.some(
    candidate =>
      candidate.kind === 'Service' && candidate.metadata.deletionTimestamp === undefined && selects(candidate['spec']?.selector, labels),
  );
}

function removals(world: World, object: KubeObject): StagedChange[] {
  if (carriesTraffic(world, object)) return [];
  if (object.kind !== 'ReplicationController') return [{ stage: dropStage(object), change: { type: 'remove', object } }];
  if (object['spec']?.replicas !== 0)
    return [{ stage: 'empty', change: { type: 'empty', object: { ...object, spec: { ...object['spec'], replicas: 0 } } } }];
  const status = object['status'] ?? {};
  const stopped = (status.replicas ?? 0) === 0 && (status.observedGeneration ?? 0) >= (object.metadata.generation ?? 0);
  return stopped ? [{ stage: 'drop-controller', change: { type: 'remove', object } }] : [];
}

export interface DifferenceOptions {
  /** False while two versions may still change places: then shared objects that the target does not need stay. */
  dropShared: boolean;
}

export interface Difference {
  /** In safe order. */
  changes: StagedChange[];
  /** Objects that shall go and still stand, those that wait for something included. */
  remaining: KubeObject[];
  /** What earlier deployments left under names that a version needs now; nothing of that version is made before it is gone. Part of `remaining`. */
  inTheWay: KubeObject[];
}

/** Shared objects outlive versions; the others name the deployment that made them. */
const isShared = (object: KubeObject, app: string): boolean =>
  isHelper(object) || object.metadata.name === app || object.metadata.name === `${app}-www-redirect`;

export const difference = (o: Observed, { dropShared }: DifferenceOptions): Difference => (dropShared ? droppingShared : keepingShared)(o);

/** One decision asks for it several times, and it is most of a decision's work. */
const keepingShared = remembered((o: Observed) => compare(o, false));
const droppingShared = remembered((o: Observed) => compare(o, true));

/** Most of what stands is the same at every decision, and so is what is wanted of it. */
const driftOf = rememberedWith((actual: KubeObject, goal: KubeObject) => drift(goal, actual));

function compare(o: Observed, dropShared: boolean): Difference {
  const standing = new Map(o.world.objects.map(object => [keyOf(object), object]));
  const goals = wanted(o);
  const keep = new Set<string>();
  const changes: StagedChange[] = [];
  const left = goals.filter(goal => isLeftover(o, goal, standing.get(keyOf(goal.object))));
  const blocked = new Set(left.map(goal => goal.deployment.id));

  for (const goal of goals) {
    const key = keyOf(goal.object);
    if (left.includes(goal)) continue;
    // Versions with the same wishes share a helper object.
    if (keep.has(key)) continue;
    keep.add(key);
    if (goal.role === 'version' && blocked.has(goal.deployment.id) && !standing.has(key)) continue;
    const stage = growStage(goal);
    const found = standing.get(key);
    // One with the marks of others is not ours to change: the create is refused as foreign, with evidence.
    const actual = found && isOurs(o, found) ? found : undefined;
    const { deployment, role } = { deployment: goal.deployment.id, role: goal.role };
    if (!actual) {
      changes.push({ stage, change: { type: 'create', object: goal.object, deployment, role } });
      continue;
    }
    if (actual.metadata.deletionTimestamp !== undefined) continue;
    const fields = driftOf(actual, goal.object);
    if (fields.length === 0 || goal.alternatives.some(alternative => drift(alternative, actual).length === 0)) continue;
    changes.push({ stage, change: { type: 'update', object: merge(goal.object, actual), fields, deployment, role } });
  }

  const living = new Set([servingOf(o), otherOf(o)].filter((d): d is Deployment => d !== undefined && mayStand(d)).map(d => d.objectsOf));
  const remaining: KubeObject[] = [];
  for (const object of o.world.objects) {
    if (keep.has(keyOf(object)) || !isOurs(o, object)) continue;
    const mayBeNeeded = isShared(object, o.app.name) || living.has(marksOf(object).deployment ?? '');
    if (!dropShared && mayBeNeeded && goals.some(goal => goal.role === 'traffic')) continue;
    remaining.push(object);
    if (object.metadata.deletionTimestamp === undefined) changes.push(...removals(o.world, object));
  }

  changes.sort((a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage));
  const inTheWay = left.flatMap(goal => standing.get(keyOf(goal.object)) ?? []);
  return { changes, remaining, inTheWay };
}

/** Whether an earlier deployment's object stands where a candidate needs its own: its pods are of another template. */
function isLeftover(o: Observed, goal: WantedObject, found: KubeObject | undefined): boolean {
  if (!found || goal.role !== 'version' || isHelper(found) || !isOurs(o, found)) return false;
  if (o.app.intent !== undefined || goal.deployment.id === o.app.serving) return false;
  const { deployment } = marksOf(found);
  return deployment !== undefined && deployment !== goal.deployment.objectsOf;
}

/** Ours = our installation's and app's marks, or a uid that the app's record knows. */
export const isOurs = (o: Pick<Observed, 'installation' | 'app'>, object: KubeObject): boolean =>
  whyForeign(object, o.installation, o.app.name) === undefined || o.app.uids?.[keyOf(object)] === object.metadata.uid;

export const growthOf = (changes: StagedChange[]): StagedChange[] =>
  changes.filter(({ change }) => change.type === 'create' || change.type === 'update');
export const dropsOf = (changes: StagedChange[]): StagedChange[] =>
  changes.filter(({ change }) => change.type === 'empty' || change.type === 'remove');

/** The changes that may be sent now: those of the first stage that has any. */
export function firstStage(changes: StagedChange[]): Change[] {
  const stage = changes[0]?.stage;
  return changes.filter(staged => staged.stage === stage).map(staged => staged.change);
}
