/**
 * What ingress-nginx itself says: which requests its workers have read, and when it reloaded. A request that was reset and that no worker has read was sent on a
 * kept connection that a worker, told to end by a reload, closed while it was idle.
 */

import type { Kube } from '../support/kube.ts';
import { eventually } from '../support/wait.ts';
import { followLog } from './follow-log.ts';

export interface ProxyLog {
  /** Whether a worker has read the request with this tag. */
  read(tag: string): boolean;
  /** When reloads were reported as done, ms since 1970. */
  readonly reloads: readonly number[];
  /** Resolves when the log has come as far as this request, which was answered. */
  reaches(tag: string): Promise<void>;
  stop(): Promise<void>;
}

const namespace = 'ingress-nginx';
const tagged = /[?&]load=([\w.-]+)/;
const reloaded = 'Backend successfully reloaded';

export async function followNginxLog(kube: Kube): Promise<ProxyLog> {
  const pods = await kube.list('Pod', namespace);
  const pod = pods.find(
    ({ metadata, ...rest }) => metadata.name.startsWith('ingress-nginx-controller') && rest['status']?.phase === 'Running',
  );
  if (!pod) throw new Error('no running controller of ingress-nginx');
  const seen = new Set<string>();
  const reloads: number[] = [];
  const log = await followLog(kube, { namespace, pod: pod.metadata.name, query: '&sinceSeconds=1&timestamps=true' }, line => {
    const tag = tagged.exec(line)?.[1];
    if (tag !== undefined) seen.add(tag);
    // When it was written; on a busy machine it is read much later.
    else if (line.includes(reloaded)) reloads.push(Date.parse(line.slice(0, line.indexOf(' '))));
  });
  return {
    read: tag => seen.has(tag),
    reloads,
    reaches: tag =>
      eventually(`the log of ingress-nginx shows request ${tag}`, 20_000, () => {
        if (!seen.has(tag)) throw new Error(`${seen.size} tagged requests so far`);
      }),
    stop: () => log.stop(),
  };
}
