/** What is known of a request while it is served, and how the audit is told of its outcome before the client is. */

import type { Context } from 'koa';
import type { Principal } from '../access/index.ts';
import type { Attempt, Deed } from '../audit/index.ts';
import { toProblem } from './answers.ts';
import { isChange, type Answer, type Route } from './route.ts';

/** Never rejects. */
export type Auditor = (attempt: Attempt) => Promise<void>;

export interface Trail {
  principal?: Principal;
  /** Where the principal has the route's right; '' = the request names no namespace. Absent = nowhere. */
  namespace?: string;
  /** It has passed everything that is decided before its content is looked at. */
  letIn?: true;
  deed: Deed;
}

/** Runs a request, fills in its trail by `serve`, and resolves or rejects as that does, when the audit has been told. */
export async function audited(
  ctx: Context,
  entry: Route,
  audit: Auditor | undefined,
  serve: (trail: Trail) => Promise<Answer>,
): Promise<Answer> {
  const trail: Trail = { deed: {} };
  const remoteAddress = ctx.req.socket.remoteAddress ?? '';

  async function tell(outcome: Pick<Attempt, 'status' | 'code'>): Promise<void> {
    if (!isChange(entry) && outcome.code !== 'UNAUTHENTICATED') return;
    const { principal, namespace, letIn = false } = trail;
    const { id, name, appName } = ctx.params as { id?: string; name?: string; appName?: string };
    await audit?.({
      ...(principal && { principal }),
      ...(namespace === undefined ? {} : { namespace }),
      letIn,
      asked: new URLSearchParams(ctx.querystring).get('namespace') ?? '',
      remoteAddress,
      requestId: ctx.state['requestId'] as string,
      action: entry.name,
      ...outcome,
      ...(id === undefined ? {} : { target: { kind: entry.tag === 'descriptors' ? 'descriptor' : 'deployment', id } }),
      ...(name === undefined ? {} : { target: { kind: 'variable', id: name } }),
      ...(appName === undefined ? {} : { appName }),
      ...trail.deed,
    });
  }

  let answer: Answer;
  try {
    answer = await serve(trail);
  } catch (error) {
    const { status, code } = toProblem(error);
    await tell({ status, code });
    throw error;
  }
  await tell({ status: answer.status });
  return answer;
}
