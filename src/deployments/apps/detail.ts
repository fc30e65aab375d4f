/** One app as it stands now: its versions with their pods, and where the traffic goes. Pure. */

import { createHash } from 'node:crypto';
import type { KubeObject } from '../../cluster/objects.ts';
import { versionedName } from '../../descriptors/index.ts';
import type { HealthResult, World } from '../plan/observed.ts';
import { checksHealth, healthyPods, isReady, podsOf, wantedPods } from '../plan/pods.ts';
import type { Deployment, HealthDatum, Intent } from '../record.ts';
import { briefOf, type Brief } from './brief.ts';
import { podView, type PodView } from './pods.ts';
import { isCandidate, summaryOf, type AppFacts, type AppSummary } from './summary.ts';

export interface VersionView {
  role: 'serving' | 'candidate' | 'predecessor';
  deployment: Brief;
  /** Whether Service `app` selects it now. */
  receivesTraffic: boolean;
  replicas: { wanted: number; current: number; ready: number; healthy: number };
  /** Where the proxy serves this version alone; only with a preview domain. */
  previewHost?: string;
  pods: PodView[];
}

export interface Traffic {
  service?: { name: string; version?: string };
  ingress?: { name: string; host?: string; backend?: string; className?: string };
}

export interface AppDetail extends AppSummary {
  revision: string;
  time: string;
  queue: Brief[];
  versions: VersionView[];
  traffic: Traffic;
  intent?: { from?: string; to: string; why: Intent['why']; at: string };
  clusterKnown: boolean;
}

export interface DetailFacts extends AppFacts {
  queue: Deployment[];
  /** What this replica found while it worked on the app, by pod uid. */
  health: ReadonlyMap<string, HealthResult>;
  /** What was stored with the deployments, by their ids. */
  storedHealth: ReadonlyMap<string, HealthDatum[]>;
  /** The cluster's clock, ms. */
  now: number;
}

const nothing: World = { objects: [], pods: [], endpointSlices: [] };

export function detailOf(facts: DetailFacts): AppDetail {
  const { app, queue, settings, now } = facts;
  const world = facts.world ?? nothing;
  const { intent } = app;
  const content = {
    ...summaryOf(facts),
    queue: queue.map(d => briefOf(d, app, settings)),
    versions: versionsOf(facts, world),
    traffic: trafficOf(world, app.name),
    ...(intent
      ? {
          intent: {
            ...(intent.from === undefined ? {} : { from: intent.from }),
            to: intent.to,
            why: intent.why,
            at: new Date(intent.at).toISOString(),
          },
        }
      : {}),
    clusterKnown: facts.world !== undefined,
  };
  return { ...content, revision: revisionOf(content), time: new Date(now).toISOString() };
}

/** The hour of a check is no news: pods are asked again every second, and mostly say the same. */
const revisionOf = (content: object): string =>
  createHash('sha256')
    .update(JSON.stringify(content, (key, value: unknown) => (key === 'checkedAt' ? undefined : value)))
    .digest('base64url')
    .slice(0, 22);

function versionsOf(facts: DetailFacts, world: World): VersionView[] {
  const { serving, other } = facts;
  return [
    ...(serving ? [versionOf(facts, world, serving, 'serving')] : []),
    ...(other ? [versionOf(facts, world, other, isCandidate(other) ? 'candidate' : 'predecessor')] : []),
  ];
}

function versionOf(facts: DetailFacts, world: World, d: Deployment, role: VersionView['role']): VersionView {
  const name = versionedName(d.appName, d.version);
  const all = world.pods.filter(({ metadata: { labels } }) => labels?.['name'] === name && labels['version'] === d.version);
  const health = healthOf(facts, all, d);
  const running = podsOf(world, d);
  const previewHost = previewHostOf(world, name);
  const selector = serviceOf(world, d.appName)?.['spec']?.selector as Record<string, string> | undefined;
  return {
    role,
    deployment: briefOf(d, facts.app, facts.settings),
    receivesTraffic: selector !== undefined && selects(selector, { app: d.appName, version: d.version, name }),
    replicas: {
      wanted: wantedPods(world, d),
      current: running.length,
      ready: running.filter(isReady).length,
      healthy: healthyPods(world, { health }, d).length,
    },
    ...(previewHost === undefined ? {} : { previewHost }),
    pods: all
      .map(pod => podView(pod, health.get(pod.metadata.uid ?? '')))
      .sort((a, b) => (a.created === b.created ? (a.name < b.name ? -1 : 1) : a.created < b.created ? -1 : 1)),
  };
}

/** What this replica measured is newer than what the app's owner stored at its last commit. */
function healthOf({ health, storedHealth }: DetailFacts, pods: KubeObject[], d: Deployment): Map<string, HealthResult> {
  const found = new Map<string, HealthResult>();
  if (!checksHealth(d)) return found;
  const stored = new Map((storedHealth.get(d.id) ?? []).map(({ podName, ...result }) => [podName, result]));
  for (const { metadata } of pods) {
    const result = health.get(metadata.uid ?? '') ?? stored.get(metadata.name);
    if (result) found.set(metadata.uid ?? '', result);
  }
  return found;
}

const named = (world: World, kind: string, name: string): KubeObject | undefined =>
  world.objects.find(object => object.kind === kind && object.metadata.name === name);

const serviceOf = (world: World, appName: string): KubeObject | undefined => named(world, 'Service', appName);

const selects = (selector: Record<string, string>, labels: Record<string, string>): boolean =>
  Object.keys(selector).length > 0 && Object.entries(selector).every(([key, value]) => labels[key] === value);

interface Rule {
  host?: string;
  http?: { paths?: { path?: string; backend?: { service?: { name?: string } } }[] };
}

function trafficOf(world: World, appName: string): Traffic {
  const service = serviceOf(world, appName);
  const version = (service?.['spec']?.selector as Record<string, string> | undefined)?.['version'];
  const ingress = named(world, 'Ingress', appName);
  const rule = (ingress?.['spec']?.rules as Rule[] | undefined)?.[0];
  const backend = (rule?.http?.paths?.find(({ path = '/' }) => path === '/') ?? rule?.http?.paths?.[0])?.backend?.service?.name;
  const className = ingress?.['spec']?.ingressClassName as string | undefined;
  return {
    ...(service ? { service: { name: appName, ...(version === undefined ? {} : { version }) } } : {}),
    ...(ingress
      ? {
          ingress: {
            name: appName,
            ...(rule?.host === undefined ? {} : { host: rule.host }),
            ...(backend === undefined ? {} : { backend }),
            ...(className === undefined ? {} : { className }),
          },
        }
      : {}),
  };
}

/** The unguessable name that a version has without a preview domain is for the proxy and Teal only. */
function previewHostOf(world: World, name: string): string | undefined {
  const host = (named(world, 'Ingress', name)?.['spec']?.rules as Rule[] | undefined)?.[0]?.host;
  return host?.endsWith('.invalid') ? undefined : host;
}
