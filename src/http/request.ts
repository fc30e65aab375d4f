/** From a raw request to a Call: who, where, with what. The first thing that is wrong ends it with a Problem. */

import type { Context } from 'koa';
import { authorize, nobody, type Gate, type Limits } from '../access/index.ts';
import { isDnsLabel } from '../lib/dns-label.ts';
import { Problem, type Fault } from '../lib/problem.ts';
import { readJson } from './body.ts';
import { checkDto, fieldsOf } from './dto.ts';
import { readParameters } from './parameters.ts';
import type { Call, Route } from './route.ts';
import type { Trail } from './trail.ts';

export interface CallDeps {
  gate: Gate;
  /** The only namespaces served; absent = all. */
  namespaces?: readonly string[] | undefined;
  /** Absent = none. */
  limits?: Pick<Limits, 'write' | 'deployment'>;
}

/** Why this cannot be the name of a namespace. */
export function whyNoNamespace(name: string): string | undefined {
  if (isDnsLabel(name)) return undefined;
  return 'must be the name of a namespace: 1 to 63 lower-case letters, digits and "-", starting and ending with a letter or digit';
}

const refuse = (faults: Fault[]): Problem =>
  new Problem('INVALID', faults.map(fault => `${fault.pointer || 'the body'} ${fault.message}`).join('; '), { faults });

/** Throws a Problem. Reads the body last, when it is known that the caller may send one. */
export async function toCall(
  ctx: Context,
  entry: Route,
  deps: CallDeps,
  life: { requestId: string; signal: AbortSignal; trail: Trail },
): Promise<Call<never, never>> {
  const { trail } = life;
  const principal =
    entry.access === 'public' ? nobody : await deps.gate.authenticate({ authorization: ctx.req.headersDistinct.authorization });
  trail.principal = principal;
  const rule = entry.namespace ?? 'required';
  const faults: Fault[] = [];
  const known = [...(rule === 'none' ? [] : ['namespace']), ...(entry.query === undefined ? [] : fieldsOf(entry.query))];
  const { namespace, ...rest } = readParameters(ctx.querystring, known, faults);
  if (namespace === undefined) {
    if (rule === 'required') faults.push({ pointer: '?namespace', message: 'is missing; say which namespace you mean' });
  } else {
    const why = whyNoNamespace(namespace);
    if (why !== undefined) faults.push({ pointer: '?namespace', message: why });
  }
  const asked = faults.some(fault => fault.pointer === '?namespace') ? '' : (namespace ?? '');
  authorize(principal, entry.access, asked);
  if (asked !== '' && deps.namespaces?.includes(asked) === false) throw new Problem('FORBIDDEN', `namespace ${asked} is not served here`);
  trail.namespace = asked;
  if (entry.method !== 'GET' && entry.access !== 'public') deps.limits?.write(principal);
  if (entry.deploys === true && asked !== '') deps.limits?.deployment(asked);
  trail.letIn = true;
  let query: object = {};
  if (entry.query !== undefined) {
    const checked = checkDto(entry.query, rest);
    query = checked.value;
    faults.push(...checked.faults.map(fault => ({ ...fault, pointer: `?${fault.pointer.slice(1)}` })));
  }
  if (faults.length > 0) throw refuse(faults);
  return {
    param(name: string) {
      return (ctx.params as Record<string, string>)[name] ?? '';
    },
    query: query as never,
    body: (await bodyOf(ctx, entry)) as never,
    namespace: namespace ?? '',
    principal,
    requestId: life.requestId,
    note: deed => void Object.assign(trail.deed, deed),
    header: (name: string) => headerOf(ctx, name),
    signal: life.signal,
  };
}

/** Empty is not absent: an empty condition is one that nothing meets. */
function headerOf(ctx: Context, name: string): string | undefined {
  const value = ctx.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}

async function bodyOf(ctx: Context, entry: Route): Promise<unknown> {
  if (entry.body === undefined) return undefined;
  const body = await readJson(ctx.req);
  if (body === undefined) {
    if (!entry.body.required) return undefined;
    throw refuse([{ pointer: '', message: 'is empty; send JSON' }]);
  }
  if (entry.body.raw === true) return body;
  const checked = checkDto(entry.body.dto, body);
  if (checked.faults.length > 0) throw refuse(checked.faults);
  return checked.value;
}
