/**
 * The planner on its own: carries out its decisions on a toy cluster in memory, step by step, and records what traffic saw. For properties such as "something healthy is
 * served at every instant"; what a real cluster does is the contract suites' business.
 */

import { drift } from '../cluster/manifests/index.ts';
import type { KubeObject } from '../cluster/objects.ts';
import { next } from '../deployments/plan/next.ts';
import type { Decision, Transition } from '../deployments/plan/decision.ts';
import { keyOf } from '../deployments/plan/difference.ts';
import { nobody, type HealthResult, type Observed, type PlanSettings, type Refusal } from '../deployments/plan/observed.ts';
import { healthyPods, isReady, podsOf } from '../deployments/plan/pods.ts';
import { aboutToStart } from '../deployments/plan/start.ts';
import { conditions } from '../deployments/plan/timers.ts';
import { otherOf, servingOf, trafficOf } from '../deployments/plan/wanted.ts';
import type { App, Deployment, Reason, Status, Wishes } from '../deployments/record.ts';
import { mayFollow } from '../deployments/transitions.ts';
import { deployment } from './builders.ts';

export const planSettings: PlanSettings = {
  timeoutSeconds: 300,
  confirmSeconds: 3,
  drainSeconds: 30,
  proxySleepSeconds: 20,
  routing: { dialect: 'ingress-nginx', ingressClass: 'nginx', snippets: false, routing: 'versioned' },
  proxyKnown: false,
};

export interface Simulation {
  now: number;
  app: App;
  records: Map<string, Deployment>;
  objects: Map<string, KubeObject>;
  /** Names of the writes so far, as `create Service shop`. */
  writes: string[];
  /** Durable store writes by name. */
  commits: string[];
  /** Versions whose pods never become (or are no longer) ready. */
  sick: Set<string>;
  refuse: Map<string, Refusal['reason']>;
  /** Versions whose own Service does not list their pods yet. */
  unlisted: Set<string>;
  /** Keys of objects that a finalizer keeps after their removal; taken from the set, they go. */
  held: Set<string>;
  /** Times of the repairs so far. */
  repairs: number[];
  /** Whether the namespace is served. */
  served: boolean;
  /** Why nothing may be started now. */
  denied: Reason | undefined;
  accept(d: Deployment): void;
  /** Changes a record as a user's request does. */
  edit(id: string, changes: Partial<Deployment>): void;
  wish(id: string, wishes: Wishes): void;
  step(): Decision;
  /** Steps until the planner rests or waits; time passes on waits while `until` asks for it. */
  run(options?: { stopAt?: (s: Simulation) => boolean; maxSteps?: number; forMs?: number }): void;
  observed(): Observed;
  servedVersion(): string | undefined;
  statuses(): Record<string, Status>;
  /** Forgets what only memory held, as a crash does. */
  crash(): void;
}

export function simulate(settings: Partial<PlanSettings> = {}): Simulation {
  let counter = 0;
  let since = new Map<string, number>();
  let inspected: string | undefined;
  let readBack: { deployment: string; at: number } | undefined;
  const refusals = new Map<string, Refusal>();
  /** Versions that the cluster would not let go for a minute: named, and no reason for others to wait. */
  const leftOver = new Set<string>();
  const uid = () => `uid-${String(++counter)}`;

  const s: Simulation = {
    now: 1_000_000,
    app: { schema: 1, namespace: 'shop-ns', name: 'shop', epoch: 0, queue: [] },
    records: new Map(),
    objects: new Map(),
    writes: [],
    commits: [],
    sick: new Set(),
    refuse: new Map(),
    unlisted: new Set(),
    held: new Set(),
    repairs: [],
    served: true,
    denied: undefined,
    accept(d) {
      s.records.set(d.id, d);
      s.app = { ...s.app, queue: [...s.app.queue, d.id] };
    },
    edit(id, changes) {
      const d = s.records.get(id);
      if (d) s.records.set(id, { ...d, ...changes });
    },
    wish(id, wishes) {
      s.edit(id, { wishes: { ...s.records.get(id)?.wishes, ...wishes } });
    },
    observed() {
      const pods = [...s.objects.values()].filter(object => object.kind === 'ReplicationController').flatMap(podsFor);
      const o: Observed = {
        now: s.now,
        me: 'me',
        installation: 'inst',
        app: s.app,
        records: s.records,
        world: { objects: [...s.objects.values()], pods, endpointSlices: slicesOf(pods) },
        facts: {
          health: new Map<string, HealthResult>(),
          previewLoaded: new Set(),
          frontendLoaded: new Set(),
          since,
          ...(inspected === undefined ? {} : { inspected }),
          ...(readBack ? { readBack } : {}),
          refusals: new Map(refusals),
          namespaceGone: false,
          repairs: s.repairs,
        },
        settings: { ...planSettings, ...settings },
        environment: {},
        served: s.served,
        ...(s.denied && aboutToStart(s) ? { denied: s.denied } : {}),
      };
      const holding = new Set(conditions(o));
      since = new Map([...holding].map(condition => [condition, since.get(condition) ?? s.now]));
      return { ...o, facts: { ...o.facts, since } };
    },
    step() {
      for (const [key, object] of s.objects) if (object.metadata.deletionTimestamp !== undefined && !s.held.has(key)) s.objects.delete(key);
      if (!s.app.intent) readBack = undefined;
      const other = s.app.other === undefined ? undefined : s.records.get(s.app.other);
      if (!s.app.intent && other && inspected === other.id && healthyPods(s.observed().world, s.observed().facts, other).length === 0)
        inspected = undefined;
      const decision = next(s.observed());
      perform(decision);
      return decision;
    },
    run({ stopAt = () => false, maxSteps = 300, forMs = Number.POSITIVE_INFINITY } = {}) {
      const runUntil = s.now + forMs;
      for (let step = 0; step < maxSteps; step++) {
        if (stopAt(s)) return;
        const decision = s.step();
        if (decision.do === 'rest') return;
        if (decision.do === 'wait') {
          if (decision.until === undefined || s.now >= runUntil) return;
          s.now = Math.max(s.now + 1, decision.until);
        }
      }
      throw new Error(`no rest after ${String(maxSteps)} steps: ${JSON.stringify(s.app)}`);
    },
    servedVersion() {
      const service = s.objects.get('Service/shop');
      return (service?.['spec']?.selector as Record<string, string> | undefined)?.['version'];
    },
    statuses: () => Object.fromEntries([...s.records].map(([id, d]) => [id, d.status])),
    crash() {
      since = new Map();
      inspected = undefined;
      readBack = undefined;
      refusals.clear();
    },
  };

  function podsFor(rc: KubeObject): KubeObject[] {
    const labels = rc['spec'].template.metadata.labels as Record<string, string>;
    const ready = !s.sick.has(labels['version'] ?? '');
    return Array.from({ length: rc['spec'].replicas as number }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${rc.metadata.name}-${String(index)}`,
        namespace: 'shop-ns',
        uid: `${String(rc.metadata.uid)}-${String(index)}`,
        labels,
      },
      status: { phase: 'Running', podIP: '127.1.1.1', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
    }));
  }

  function slicesOf(pods: KubeObject[]): KubeObject[] {
    const services = [...s.objects.values()].filter(({ kind }) => kind === 'Service');
    return services.map(({ metadata: { name }, spec: { selector } }) => {
      const behind = s.unlisted.has(String(selector.version))
        ? []
        : pods.filter(({ metadata: { labels = {} } }) => Object.entries(selector).every(([key, value]) => labels[key] === value));
      return {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name, namespace: 'shop-ns', labels: { app: 'shop', 'kubernetes.io/service-name': name } },
        endpoints: behind.map(pod => ({ conditions: { ready: isReady(pod) }, targetRef: { uid: pod.metadata.uid } })),
      };
    });
  }

  /** Whether Service and Ingress are as the deployment wants them and, where asked for, a pod of it is ready. */
  function readsBack(id: string, pods: 'ready' | 'any'): boolean {
    const o = s.observed();
    const d = s.records.get(id);
    if (!d) return false;
    const asWanted = trafficOf(o, d).every(goal => {
      const found = s.objects.get(keyOf(goal));
      return found !== undefined && drift(goal, found).length === 0;
    });
    return asWanted && (pods === 'any' || podsOf(o.world, d).some(isReady));
  }

  function checkInvariants(): void {
    const o = s.observed();
    const intent = s.app.intent;
    for (const d of s.records.values()) {
      if (d.status !== 'DEPLOYED') continue;
      // The live version's pods stand as long as it is the one with the traffic.
      if (s.app.serving === d.id && !intent && podsOf(o.world, d).length === 0 && d.descriptor.replicas > 0)
        throw new Error(`version ${d.version} serves without pods`);
    }
    const served = s.servedVersion();
    if (served !== undefined && ![servingOf(o), otherOf(o)].some(d => d?.version === served))
      throw new Error(`traffic on version ${served} that nobody runs`);
    const living = new Set(o.world.pods.map(pod => pod.metadata.labels?.['version'] ?? ''));
    for (const version of leftOver) if (!living.delete(version)) leftOver.delete(version);
    if (living.size > 2) throw new Error('pods of more than two versions');
  }

  function perform(decision: Decision): void {
    switch (decision.do) {
      case 'change':
        {
          const before = new Map(refusals);
          for (const change of decision.changes) refusals.delete('deployment' in change ? change.deployment : nobody);
          if (decision.repair) s.repairs.push(s.now);
          for (const change of decision.changes) {
            const key = keyOf(change.object);
            const reason = s.refuse.get(`${change.type} ${key}`);
            if (reason) {
              const onBehalf = 'deployment' in change ? change.deployment : nobody;
              const since = before.get(onBehalf)?.since ?? s.now;
              refusals.set(onBehalf, { object: key, reason, final: true, answered: true, since, at: s.now, retryAt: s.now + 1000 });
              continue;
            }
            s.writes.push(`${change.type} ${change.object.kind} ${change.object.metadata.name}`);
            if (change.type === 'remove') {
              const { metadata } = change.object;
              if (s.held.has(key)) s.objects.set(key, { ...change.object, metadata: { ...metadata, deletionTimestamp: 'now' } });
              else s.objects.delete(key);
            } else {
              const known = s.objects.get(key);
              if (change.type === 'create' && known) throw new Error(`${key} is created twice`);
              const replicas: unknown = change.object['spec']?.replicas;
              s.objects.set(key, {
                ...change.object,
                metadata: {
                  ...change.object.metadata,
                  creationTimestamp: known?.metadata.creationTimestamp ?? new Date(s.now).toISOString(),
                  uid: known?.metadata.uid ?? uid(),
                  resourceVersion: uid(),
                  generation: 1,
                },
                status: { replicas, observedGeneration: 1 },
              });
            }
          }
        }
        break;
      case 'commit':
        commit(decision);
        break;
      case 'explain':
        commit(decision.then);
        break;
      case 'note':
        for (const step of decision.records) {
          const d = s.records.get(step.id);
          if (d) s.records.set(step.id, { ...d, ...step.set });
        }
        break;
      case 'inspect':
        inspected = decision.deployment;
        break;
      case 'read-back':
        if (readsBack(decision.deployment, decision.pods)) readBack = { deployment: decision.deployment, at: s.now };
        else s.now += 1000;
        break;
      case 'claim':
        s.app = { ...s.app, owner: 'me', epoch: s.app.epoch + 1 };
        break;
      case 'wait':
      case 'rest':
        break;
    }
    checkInvariants();
  }

  function commit(t: Transition): void {
    s.commits.push(t.name);
    refusals.clear();
    const changed: App = { ...s.app, ...t.app, ...(t.aside ? {} : { owner: 'me' }) };
    for (const field of t.unset ?? []) delete changed[field];
    if (t.release) delete changed.owner;
    for (const step of t.records) {
      const d = s.records.get(step.id);
      if (!d) throw new Error(`commit of unknown ${step.id}`);
      const after = { ...d, ...step.set };
      for (const field of step.unset ?? []) delete after[field];
      if (!mayFollow(d.status, after.status)) throw new Error(`${d.id} goes from ${d.status} to ${after.status}`);
      s.records.set(step.id, after);
      if (step.set.leftovers) leftOver.add(after.version);
    }
    for (const id of t.remove ?? []) s.records.delete(id);
    s.app = changed;
  }

  return s;
}

/** With version 1 serving, as `dep-1`. */
export function deployed(settings: Partial<PlanSettings> = {}): Simulation {
  const s = simulate(settings);
  s.accept(deployment('dep-1', '1'));
  s.run();
  s.writes.length = 0;
  s.commits.length = 0;
  return s;
}
