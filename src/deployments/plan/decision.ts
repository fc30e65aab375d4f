/** What the planner may ask for. The executor knows one deed per kind; nothing else changes a deployment. */

import type { NewEntry } from '../repository.ts';
import type { App, Deployment } from '../record.ts';
import type { Change } from './difference.ts';

/** How a record shall change, with the log lines that tell of it. */
export interface RecordStep {
  id: string;
  set: Partial<Deployment>;
  /** Fields to take away. */
  unset?: (keyof Deployment)[];
  entries: NewEntry[];
}

/** One store transaction on the app: a durable transition. */
export interface Transition {
  do: 'commit';
  /** What it is, for log and metrics. */
  name: 'start' | 'intent' | 'end' | 'settle' | 'clean-up' | 'refuse' | 'abandon';
  app: Partial<App>;
  unset?: (keyof App)[];
  records: RecordStep[];
  /** Records to remove for good. */
  remove?: string[];
  /** Nobody needs to own the app afterwards. */
  release?: boolean;
  /** Owner and epoch stay as they are, because nothing in the cluster is touched. */
  aside?: true;
  /** Deployments whose claims of names and hosts may go, where no other deployment of the app needs them. */
  unclaim?: string[];
}

export type Decision =
  /** Nothing to do and nobody's work. */
  | { do: 'rest' }
  /** Become owner. `takeOver` = the former owner died: the fence must be set on every object first. */
  | { do: 'claim'; takeOver: boolean }
  /** Nothing to do for now; look again at this time at the latest, or when something changes. */
  | { do: 'wait'; why: string; until?: number }
  /** Send these changes, all at once. */
  | { do: 'change'; changes: Change[]; repair: boolean }
  | Transition
  /** Write log lines and the finer phase; not a durable transition. */
  | { do: 'note'; records: RecordStep[] }
  /** List the version's pods uncached: the last look before traffic moves. */
  | { do: 'inspect'; deployment: string }
  /** Read Service, Ingress and endpoints uncached; `any` = no endpoint is waited for, since none may ever come. */
  | { do: 'read-back'; deployment: string; pods: 'ready' | 'any' }
  /** Gather evidence for the log (events, last lines of the pods), then commit. */
  | { do: 'explain'; deployment: string; then: Transition };
