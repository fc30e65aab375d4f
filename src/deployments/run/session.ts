/** What this process remembers of one app while it works on it. Nothing here outlives a crash, and nothing needs to. */

import type { App, Deployment } from '../record.ts';
import type { HealthResult, Refusal } from '../plan/observed.ts';
import type { NewEntry, Versioned } from '../repository.ts';

export interface Session {
  readonly namespace: string;
  readonly name: string;
  app: Versioned<App>;
  /** Records of serving, other and the head of the queue. */
  records: Map<string, Versioned<Deployment>>;
  /** The copy may be older than the store: read again before the next decision. */
  stale: boolean;
  /** The app was taken from a dead owner and its objects do not all carry our epoch yet: nothing may be planned. */
  unfenced: boolean;
  /** Monotonic time from which the app may be claimed; absent until there is a reason to. */
  claimFrom: number | undefined;
  /** The lease under which the copy was read. */
  term: number;
  /** Rounds in a row in which every change met something newer than we knew. */
  outdated: number;
  /** The store's environment keys as the running deployment started with; absent until read. */
  environment: Record<string, string> | undefined;
  /** Log lines that wait for the next transaction, by deployment. */
  lines: Map<string, NewEntry[]>;

  health: Map<string, HealthResult>;
  previewLoaded: Set<string>;
  frontendLoaded: Set<string>;
  since: Map<string, number>;
  inspected: string | undefined;
  readBack: { deployment: string; at: number } | undefined;
  /** Monotonic time after which a read-back is done even if no watch event announced the endpoints. */
  readBackDue: number | undefined;
  refusals: Map<string, Refusal>;
  namespaceGone: boolean;
  hostTaken: string | undefined;
  /** A host of the version about to start that its app holds no longer, as a sentence. */
  hostLost: string | undefined;
  repairs: number[];
  /** Attempts in a row that the cluster or the store did not answer. */
  failures: number;
  /** Questions to the proxy that are under way. */
  probes: Map<string, AbortController>;
  cancelTimer: (() => void) | undefined;
}

export function newSession(namespace: string, name: string, app: Versioned<App>, repairs: number[] = []): Session {
  return {
    namespace,
    name,
    app,
    records: new Map(),
    stale: true,
    unfenced: false,
    claimFrom: undefined,
    term: -1,
    outdated: 0,
    environment: undefined,
    lines: new Map(),
    health: new Map(),
    previewLoaded: new Set(),
    frontendLoaded: new Set(),
    since: new Map(),
    inspected: undefined,
    readBack: undefined,
    readBackDue: undefined,
    refusals: new Map(),
    namespaceGone: false,
    hostTaken: undefined,
    hostLost: undefined,
    repairs,
    failures: 0,
    probes: new Map(),
    cancelTimer: undefined,
  };
}

/** Buffers a line for the deployment's log. */
export function say(session: Session, nowMs: number, deployment: string, level: NewEntry['level'], message: string): void {
  const lines = session.lines.get(deployment) ?? [];
  lines.push({ level, message, time: new Date(nowMs).toISOString() });
  session.lines.set(deployment, lines);
}
