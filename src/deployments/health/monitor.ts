/** Checks the pods that decisions depend on, all in parallel and each about once a second, for as long as somebody asks for them. */

import type { Clock } from '../../lib/clock.ts';
import type { Hide } from '../../lib/known-values.ts';
import type { HealthResult } from '../plan/observed.ts';
import { checkPod, type AskPod, type CheckTarget } from './check.ts';

export interface Watched extends CheckTarget {
  uid: string;
}

export interface Monitor {
  /** From now on exactly these pods of the app are checked; `report` gets every result. */
  track(app: string, pods: Watched[], report: (uid: string, result: HealthResult, changed: boolean) => void): void;
  /** Checks these pods once, now; those that could not be asked are left out. */
  checkNow(pods: Watched[]): Promise<Map<string, HealthResult>>;
  close(): void;
}

const intervalMs = 1000;

interface Tracked {
  pod: Watched;
  cancel: () => void;
  last?: HealthResult;
}

/** `hide`: what no pod must tell, besides the secrets of its own deployment. */
export function createMonitor({ ask, clock, hide: known = text => text }: { ask: AskPod; clock: Clock; hide?: Hide }): Monitor {
  const apps = new Map<string, { pods: Map<string, Tracked>; report: (uid: string, result: HealthResult, changed: boolean) => void }>();

  async function check(pod: Watched): Promise<HealthResult | undefined> {
    const { hide: own = (text: string) => text } = pod;
    const verdict = await checkPod(ask, { ...pod, hide: text => own(known(text)) });
    return verdict && { ...verdict, checkedAt: new Date(clock.now()).toISOString() };
  }

  function keep(app: string, tracked: Tracked): void {
    void check(tracked.pod).then(result => {
      const entry = apps.get(app);
      if (entry?.pods.get(tracked.pod.uid) !== tracked) return;
      tracked.cancel = clock.after(intervalMs, () => keep(app, tracked));
      if (!result) return;
      const changed = tracked.last?.healthy !== result.healthy;
      tracked.last = result;
      entry.report(tracked.pod.uid, result, changed);
    });
  }

  return {
    track(app, pods, report) {
      const before = apps.get(app)?.pods ?? new Map<string, Tracked>();
      const now = new Map<string, Tracked>();
      const fresh: Tracked[] = [];
      for (const pod of pods) {
        const known = before.get(pod.uid);
        const tracked = known ?? { pod, cancel: () => undefined };
        if (!known) fresh.push(tracked);
        now.set(pod.uid, tracked);
      }
      for (const [uid, tracked] of before) if (!now.has(uid)) tracked.cancel();
      if (now.size === 0) apps.delete(app);
      else apps.set(app, { pods: now, report });
      for (const tracked of fresh) keep(app, tracked);
    },
    async checkNow(pods) {
      const results = await Promise.all(pods.map(async pod => [pod.uid, await check(pod)] as const));
      return new Map(results.flatMap(([uid, result]) => (result ? [[uid, result] as const] : [])));
    },
    close() {
      for (const { pods } of apps.values()) for (const tracked of pods.values()) tracked.cancel();
      apps.clear();
    },
  };
}
