/** Starts and stops what must be measured for an app's next decisions: the health of its pods, and whether the proxy answers for its host. */

import type { Monitor } from '../health/monitor.ts';
import type { ProxyProbe } from '../health/proxy-probe.ts';
import type { Observed } from '../plan/observed.ts';
import { hostToAsk, podsToCheck } from './observe.ts';
import type { Session } from './session.ts';

export interface Measuring {
  /** Measures what the decisions after this observation need, and nothing else. */
  follow(key: string, session: Session, o: Observed): void;
  stop(key: string, session: Session): void;
}

export function createMeasuring(
  monitor: Monitor,
  probe: ProxyProbe | undefined,
  wake: (namespace: string, app: string) => void,
  /** Told of every answer that says something new. */
  seen: (namespace: string, app: string) => void,
): Measuring {
  function stopProbes(session: Session, except?: string): void {
    for (const [host, controller] of session.probes) {
      if (host === except) continue;
      controller.abort();
      session.probes.delete(host);
    }
  }

  return {
    follow(key, session, o) {
      monitor.track(key, podsToCheck(o), (uid, result, changed) => {
        const before = session.health.get(uid);
        session.health.set(uid, result);
        if (changed || before?.value !== result.value) seen(session.namespace, session.name);
        if (changed) wake(session.namespace, session.name);
      });
      const asked = hostToAsk(o, session);
      const question = asked && `${asked.deployment.id}/${asked.host}`;
      stopProbes(session, question);
      if (!asked || question === undefined || !probe || session.probes.has(question)) return;
      const controller = new AbortController();
      session.probes.set(question, controller);
      void probe.loaded(asked.host, controller.signal).then(loaded => {
        if (session.probes.get(question) === controller) session.probes.delete(question);
        if (!loaded) return;
        asked.loaded.add(asked.deployment.id);
        wake(session.namespace, session.name);
      });
    },
    stop(key, session) {
      monitor.track(key, [], () => undefined);
      stopProbes(session);
    },
  };
}
