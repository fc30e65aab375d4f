/** The state of one app in few words. Pure. */

import { isReady, podsOf, wantedPods } from '../plan/pods.ts';
import type { World } from '../plan/observed.ts';
import type { App, Deployment } from '../record.ts';
import { briefOf, type Brief } from './brief.ts';

export const appStates = ['live', 'deploying', 'degraded', 'failed', 'undeploying', 'undeployed'] as const;
export type AppState = (typeof appStates)[number];

export interface AppSummary {
  namespace: string;
  appName: string;
  state: AppState;
  host?: string;
  serving?: Brief;
  candidate?: Brief;
  predecessor?: Brief;
  newest?: Brief;
  queued: number;
}

/** What the store and the mirrors say about one app. */
export interface AppFacts {
  app: App;
  serving?: Deployment;
  other?: Deployment;
  newest?: Deployment;
  /** Whether the last thing that ended was an undeployment, although the newest deployment had failed before it. */
  undeployedSince?: boolean;
  /** Absent while the mirrors are not filled. */
  world?: World;
  settings: { confirmSeconds: number };
}

/** The other version is on its way in until its status is an end; from then on it is on its way out. */
export const isCandidate = (d: Deployment): boolean => d.status === 'DEPLOYING';

export function summaryOf(facts: AppFacts): AppSummary {
  const { app, serving, other, newest, settings } = facts;
  const brief = (d: Deployment) => briefOf(d, app, settings);
  const host = (serving ?? newest)?.descriptor.frontend;
  return {
    namespace: app.namespace,
    appName: app.name,
    state: stateOf(facts),
    ...(host === undefined ? {} : { host }),
    ...(serving ? { serving: brief(serving) } : {}),
    ...(other ? { [isCandidate(other) ? 'candidate' : 'predecessor']: brief(other) } : {}),
    ...(newest ? { newest: brief(newest) } : {}),
    queued: app.queue.length,
  };
}

function stateOf({ app, serving, other, newest, undeployedSince, world }: AppFacts): AppState {
  if ((other && isCandidate(other)) || app.queue.length > 0) return 'deploying';
  if (serving?.status === 'UNDEPLOYING' || serving?.wishes.undeploy) return 'undeploying';
  if (serving) return serving.degraded || (world && readyPods(world, serving) < wantedPods(world, serving)) ? 'degraded' : 'live';
  return newest?.status === 'FAILURE' && !undeployedSince ? 'failed' : 'undeployed';
}

const readyPods = (world: World, d: Deployment): number => podsOf(world, d).filter(isReady).length;
