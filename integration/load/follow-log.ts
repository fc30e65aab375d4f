/** The log of a pod, line by line as it is written. */

import { Agent, request } from 'undici';
import type { Kube } from '../support/kube.ts';

export interface FollowedLog {
  /** Resolves when the log has ended, with its pod or by `stop`. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

export async function followLog(
  { connection: { url, tls } }: Kube,
  { namespace, pod, query = '' }: { namespace: string; pod: string; query?: string },
  take: (line: string) => void,
): Promise<FollowedLog> {
  const dispatcher = new Agent({ bodyTimeout: 0, ...(tls ? { connect: tls } : {}) });
  const answer = await request(`${url}/api/v1/namespaces/${namespace}/pods/${pod}/log?follow=true${query}`, { dispatcher });
  if (answer.statusCode !== 200) throw new Error(`log of ${pod}: ${answer.statusCode}`);
  let rest = '';
  answer.body.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(take);
  });
  answer.body.on('error', () => undefined);
  const ended = new Promise<void>(resolve => answer.body.once('close', resolve));
  void ended.then(() => dispatcher.destroy());
  return { ended, stop: () => dispatcher.destroy() };
}
