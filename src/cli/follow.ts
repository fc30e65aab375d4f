/** The log of a deployment, entry by entry, until its outcome: cut connections are resumed where they ended. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './api/client.ts';
import type { Deployment, LogEntry } from './api/types.ts';
import { exits, Failure } from './exits.ts';
import { shortSpan } from './output/age.ts';

export type Until = 'deployed' | 'settled';

export interface Following {
  namespace: string;
  id: string;
  /** Number of the last entry that is known. */
  after?: number;
  until: Until;
  onEntry(entry: LogEntry): void;
}

/** A connection that says nothing for so long may be dead; asking anew costs little. */
const silenceMs = 60_000;
const longestOutageMs = 60_000;

const endOf = (deployment: Deployment, until: Until): number | undefined =>
  until === 'settled' ? deployment.settledSeq : deployment.endSeq;

/** Resolves with the deployment as it stands at its outcome. */
export async function followLog(client: Client, { namespace, id, after = 0, until, onEntry }: Following): Promise<Deployment> {
  const path = `/deployments/${id}/`;
  let seq = after;
  let heardAt = Date.now();
  for (let pause = 100; ;) {
    try {
      const query = { namespace, follow: true, until, after: seq };
      for await (const line of client.lines(`${path}logs`, { query, headers: { Accept: 'application/x-ndjson' }, silenceMs })) {
        const entry = JSON.parse(line) as LogEntry;
        seq = Math.max(seq, entry.seq);
        onEntry(entry);
        [pause, heardAt] = [100, Date.now()];
      }
      const deployment = await client.get<Deployment>(path, { namespace });
      const end = endOf(deployment, until);
      if (end !== undefined && seq >= end) return deployment;
      heardAt = Date.now();
    } catch (error) {
      const again = error instanceof Failure && error.passing && Date.now() - heardAt < longestOutageMs;
      if (!again) throw error;
    }
    await sleep(pause);
    pause = Math.min(pause * 2, 3000);
  }
}

/** `work`, or a failure when it takes longer; without a time it may take for ever. */
export async function atMost<T>(ms: number | undefined, note: () => string | Promise<string>, work: Promise<T>): Promise<T> {
  if (ms === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    const done = await Promise.race([work.then(value => ({ value })), late]);
    if (done !== undefined) return done.value;
  } finally {
    clearTimeout(timer);
  }
  throw new Failure(`not in ${shortSpan(ms)}; ${await note()}`, exits.tooLate);
}

/** Waits without its log: each answer comes when something has changed. */
export async function untilOutcome(
  client: Client,
  { namespace, id, until }: Pick<Following, 'namespace' | 'id' | 'until'>,
): Promise<Deployment> {
  for (;;) {
    const answer = await client.patiently('GET', `/deployments/${id}/`, { query: { namespace, wait: '20s', until }, silenceMs: 40_000 });
    const deployment = answer.json<Deployment>();
    if (endOf(deployment, until) !== undefined) return deployment;
  }
}
