/**
 * How much history an app keeps: its newest deployments, with logs and health data. Never removed: what is live, under way or not settled, and the version that a
 * rollback would bring back. Claims of numbers, names and hosts are none of its business: those live with the app.
 */

import type { Logger } from '../lib/log.ts';
import type { Operations } from './operations.ts';
import { mayForget } from './operations.ts';
import type { App, Deployment } from './record.ts';
import type { Repository } from './repository.ts';
import { couldComeBack } from './rollback.ts';

export interface RetentionDeps {
  repository: Repository;
  operations: Pick<Operations, 'forget'>;
  log: Logger;
  /** Deployments of one app that are kept; absent = all. */
  keep: number | undefined;
}

/** So many more may stand until they are removed together: one more store write in ten deployments, not in each. */
export const slack = 10;

export interface Retention {
  /** Removes what is more than enough of an app's history; resolves with the removed ids. Does nothing while at most `keep + slack` stand. */
  prune(namespace: string, appName: string): Promise<string[]>;
}

export function createRetention({ repository, operations, log, keep }: RetentionDeps): Retention {
  return {
    async prune(namespace, appName) {
      if (keep === undefined || (await repository.countOfApp(namespace, appName)) <= keep + slack) return [];
      const { value: app } = await repository.app(namespace, appName);
      const { deployments } = await repository.deployments({ namespace, appName });
      const removed = await operations.forget(namespace, appName, surplus(app, deployments, keep));
      if (removed.length > 0) log.info('old deployments were removed', { app: `${namespace}/${appName}`, count: removed.length, keep });
      return removed;
    },
  };
}

/** Ids beyond the newest `keep` that nobody needs. `deployments` are all of the app, newest first. */
export function surplus(app: App, deployments: readonly Deployment[], keep: number): string[] {
  const live = deployments.find(({ id }) => id === app.serving);
  const older = live === undefined ? [] : deployments.slice(deployments.indexOf(live) + 1);
  const comesBack = live && older.find(couldComeBack(live));
  return deployments
    .slice(keep)
    .filter(deployment => deployment !== comesBack && mayForget(app, deployment))
    .map(({ id }) => id);
}
