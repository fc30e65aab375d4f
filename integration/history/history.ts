/**
 * What happened while something went wrong, written down by those who saw it: every call of every process to its store and its cluster (the wrapped ports), every value the store held
 * (seen in writes and reads, or by a watch), and every change of an object (the cluster's own watch). The oracles judge nothing else.
 */

import type { KubeObject } from '../../src/cluster/objects.ts';
import type { Deed } from './strikes.ts';

/** All times are milliseconds since the epoch on this machine's clock, whatever the process that reports them believes. */
export interface Call {
  process: string;
  /** Unique within the process. */
  id: number;
  /** Place among the mutating calls of the process since its last order; 0 = a read. */
  n: number;
  port: 'store' | 'cluster';
  /** For people and for the table of cells: `create Service app-2`, `start: app, deployment, log`. */
  what: string;
  /** Of a transaction: `put KEY`, `delete KEY`, `delete PREFIX*`, in its order. */
  writes?: string[];
  /** `namespace/app` where the call says so. */
  app?: string;
  sentAt: number;
  /** Absent = the process never learnt the answer. */
  endedAt?: number;
  /** done = carried out; lost = a compare did not hold; failed = an error came back. */
  outcome?: 'done' | 'lost' | 'failed';
  /** Epoch on the object that a cluster call carries, or that a transaction writes to the app. */
  epoch?: number;
  /** The owner that a transaction writes to the app; null = nobody. */
  owner?: string | null;
}

/** The process obeyed its order: it died, froze or was told to end at this call. */
export interface Strike {
  process: string;
  at: number;
  deed: Deed;
  n: number;
  what: string;
}

/** The store held this value from this revision on; without value = the key was gone. */
export interface Fact {
  at: number;
  key: string;
  revision: number;
  value?: string;
}

export interface ObjectChange {
  at: number;
  /** The object's resourceVersion: one order for all kinds. */
  revision: number;
  type: 'added' | 'modified' | 'deleted';
  object: KubeObject;
}

export interface History {
  calls: Call[];
  strikes: Strike[];
  /** In order of revision, each (key, revision) once. */
  facts: Fact[];
  /** In order of revision. */
  changes: ObjectChange[];
}

/** One line of the file that processes write. */
export type Line =
  | { sent: Omit<Call, 'endedAt' | 'outcome'> }
  | { ended: { process: string; id: number; at: number; outcome: NonNullable<Call['outcome']> } }
  | { strike: Strike }
  | { fact: Fact };

/** Facts in order, each once: a value is often seen by its writer and by later readers. The earliest sight counts. */
export function inOrder(facts: readonly Fact[]): Fact[] {
  const found = new Map<string, Fact>();
  for (const fact of facts) {
    const key = `${fact.key}@${fact.revision}`;
    const known = found.get(key);
    if (!known || fact.at < known.at) found.set(key, fact);
  }
  return [...found.values()].sort((a, b) => a.revision - b.revision || (a.key < b.key ? -1 : 1));
}

/** Reads what processes wrote. A line that a killed process could not finish is left out. */
export function readLines(text: string): Pick<History, 'calls' | 'strikes' | 'facts'> {
  const calls = new Map<string, Call>();
  const strikes: Strike[] = [];
  const facts: Fact[] = [];
  for (const raw of text.split('\n')) {
    const line = parsed(raw);
    if (line === undefined) continue;
    if ('sent' in line) calls.set(`${line.sent.process}/${line.sent.id}`, { ...line.sent });
    else if ('strike' in line) strikes.push(line.strike);
    else if ('fact' in line) facts.push(line.fact);
    else {
      const call = calls.get(`${line.ended.process}/${line.ended.id}`);
      if (call) Object.assign(call, { endedAt: line.ended.at, outcome: line.ended.outcome });
    }
  }
  return { calls: [...calls.values()], strikes, facts: inOrder(facts) };
}

function parsed(raw: string): Line | undefined {
  if (raw === '') return undefined;
  try {
    return JSON.parse(raw) as Line;
  } catch {
    return undefined;
  }
}
