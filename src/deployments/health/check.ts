/** One health check of one pod (seed, "Health checks"): `probe` wants 2xx and JSON `healthy === true`, `simple` any 2xx. */

import { request } from 'undici';
import { ClusterError, type Cluster, type PodAnswer, type PodRequest } from '../../cluster/cluster.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Hide } from '../../lib/known-values.ts';
import type { HealthCheckType } from '../../descriptors/index.ts';

export interface CheckTarget {
  namespace: string;
  pod: string;
  podIp: string;
  port: number;
  path: string;
  type: HealthCheckType;
  /** Hides what a pod must not tell. */
  hide?: Hide;
}

export interface Verdict {
  healthy: boolean;
  value: string;
}

/** The question never reached the pod: this says nothing about its health. */
export class NoWay extends Error {}

/** Fetches a path of a pod. Rejects when there is no answer in time; with NoWay when that is not the pod's fault. */
export type AskPod = (request: PodRequest & { podIp: string }) => Promise<PodAnswer>;

export const checkTimeoutMs = 5000;
const pingTimeoutMs = 2000;
const bodyCap = 64 * 1024;
/** Of an answer so much is shown, and more is read, so that a secret is hidden before it is cut. */
const valueShown = 4096;
const valueRead = 16 * 1024;

export const viaApi =
  (cluster: Pick<Cluster, 'proxyToPod' | 'ping'>, clock: Clock): AskPod =>
  async ({ podIp: _unused, ...pod }) => {
    try {
      return await cluster.proxyToPod(pod);
    } catch (error) {
      if (await isOnTheWay(cluster, clock, error)) throw new NoWay('the API server does not answer', { cause: error });
      throw error;
    }
  };

/** A broken connection is always that to the API server: what it finds broken behind itself it tells by a Status. After a silence it is asked for itself. */
async function isOnTheWay(cluster: Pick<Cluster, 'ping'>, clock: Clock, error: unknown): Promise<boolean> {
  if (!(error instanceof ClusterError) || error.status !== 0) return false;
  if (error.code !== 'TIMEOUT') return true;
  return new Promise(resolve => {
    const giveUp = clock.after(pingTimeoutMs, () => resolve(true));
    const answered = (silent: boolean) => {
      giveUp();
      resolve(silent);
    };
    cluster.ping().then(
      () => answered(false),
      () => answered(true),
    );
  });
}

/** Straight to the pod's address; no redirects, a capped body, one deadline for everything. */
export const viaPodIp: AskPod = async ({ podIp, port, path, method, timeoutMs }) => {
  const host = podIp.includes(':') ? `[${podIp}]` : podIp;
  const answer = await request(`http://${host}:${String(port)}${path}`, {
    method,
    signal: AbortSignal.timeout(timeoutMs),
    headers: { accept: 'application/json, */*', connection: 'close' },
  });
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of answer.body) {
    parts.push(part as Buffer);
    size += (part as Buffer).length;
    if (size > bodyCap) break;
  }
  return { status: answer.statusCode, body: Buffer.concat(parts).subarray(0, bodyCap).toString('utf8') };
};

/** Pure: what an answer means. */
export function judge(type: HealthCheckType, answer: PodAnswer): Verdict {
  const good = answer.status >= 200 && answer.status < 300;
  const text = answer.body;
  if (type === 'simple') return { healthy: good, value: text === '' ? `HTTP ${String(answer.status)}` : text };
  if (!good) return { healthy: false, value: text === '' ? `HTTP ${String(answer.status)}` : text };
  try {
    const body: unknown = JSON.parse(answer.body);
    return { healthy: typeof body === 'object' && body !== null && (body as { healthy?: unknown }).healthy === true, value: text };
  } catch {
    return { healthy: false, value: text === '' ? 'no JSON: empty answer' : text };
  }
}

/** Asks once; undefined = the pod could not be asked, and what was known of it stands. The original called probes by POST: where GET is not known (404, 405) POST is tried. */
export async function checkPod(ask: AskPod, target: CheckTarget): Promise<Verdict | undefined> {
  const verdict = await answerOf(ask, target);
  const { hide = text => text } = target;
  return verdict && { ...verdict, value: hide(verdict.value.slice(0, valueRead)).slice(0, valueShown) };
}

async function answerOf(ask: AskPod, target: CheckTarget): Promise<Verdict | undefined> {
  const { namespace, pod, podIp, port, type } = target;
  const path = `/${target.path.replace(/^\/+/, '')}`;
  const by = (method: 'GET' | 'POST') => ask({ namespace, pod, podIp, port, path, method, timeoutMs: checkTimeoutMs });
  try {
    const answer = await by('GET');
    return judge(type, type === 'probe' && (answer.status === 404 || answer.status === 405) ? await by('POST') : answer);
  } catch (error) {
    if (error instanceof NoWay) return undefined;
    const cause = error instanceof Error ? (error.cause instanceof Error ? error.cause : error) : undefined;
    return { healthy: false, value: `no answer: ${cause?.name === 'TimeoutError' ? 'timed out' : (cause?.message ?? String(error))}` };
  }
}
