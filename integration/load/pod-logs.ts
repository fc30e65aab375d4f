/** Hears what the pods of one app say at their end. */

import type { Kube } from '../support/kube.ts';
import { within } from '../support/wait.ts';
import { closingOf, type Closing, type Closings } from './closings.ts';
import { followLog, type FollowedLog } from './follow-log.ts';

/** A log ends with its container; its last lines may come a little later than its pod is gone. */
const lastLinesMs = 10_000;

export interface PodLogs {
  /** From now on to the pods of this version. */
  follow(version: string): Promise<void>;
  /** When all pods but those that still run have had their say. */
  closings(): Promise<Closings>;
}

export function podLogs(kube: Kube, namespace: string, app: string): PodLogs {
  const found = new Map<string, Closing>();
  const logs = new Map<string, FollowedLog>();
  const take = (line: string) => {
    const closing = closingOf(line);
    if (closing) found.set(...closing);
  };
  return {
    async follow(version) {
      const pods = await kube.list('Pod', namespace, { app, version });
      await Promise.all(
        pods.map(async ({ metadata: { name } }) => void logs.set(name, await followLog(kube, { namespace, pod: name }, take))),
      );
    },
    async closings() {
      for (const { metadata } of await kube.list('Pod', namespace, { app })) await logs.get(metadata.name)?.stop();
      await within('the last lines of the pods that are gone', lastLinesMs, Promise.all([...logs.values()].map(({ ended }) => ended)));
      return found;
    },
  };
}
