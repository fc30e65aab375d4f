/** The log over HTTP: as text or as JSON, so far or followed. */

import { ChoiceField, FlagParameter, IntegerParameter, listOf, route, type Route } from '../http/index.ts';
import type { Deployments } from './deployments.ts';
import { logText } from './present.ts';
import { logEntrySchema } from './schemas.ts';
import { untils, type Until } from './tail.ts';

export class LogQuery {
  @FlagParameter({ default: false, description: 'Goes on with new lines as they come, until the outcome' })
  follow?: boolean;

  @IntegerParameter({ min: 0, max: Number.MAX_SAFE_INTEGER, description: 'Only entries after the one with this number' })
  after?: number;

  @ChoiceField({
    choices: untils,
    description: 'With follow: ends at the outcome (deployed, the default) or when nothing more will happen (settled)',
  })
  until?: Until;
}

const ndjson = 'application/x-ndjson; charset=utf-8';

/** Text unless JSON is asked for by name (RFC 9110 section 12.5.1, of which weights between the two are all that matters here). */
export function prefersJson(accept: string | undefined): boolean {
  const weights = new Map<string, number>();
  for (const range of (accept ?? '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map(part => part.trim());
    const weight = parameters.find(parameter => parameter.startsWith('q='))?.slice(2);
    weights.set(type, weight === undefined ? 1 : Number(weight) || 0);
  }
  const json = weights.get('application/json') ?? weights.get('application/x-ndjson') ?? 0;
  return json > 0 && json >= (weights.get('text/plain') ?? weights.get('text/*') ?? 0);
}

export function logRoute({ deployments }: { deployments: Deployments }): Route {
  return route<LogQuery>({
    method: 'GET',
    path: '/deployments/{id}/logs',
    name: 'getLog',
    tag: 'deployments',
    access: 'viewer',
    summary: 'Read or follow the log.',
    description:
      'One line per entry, `<RFC 3339> <message>`; entries with numbers when JSON is accepted (followed: one JSON text per line).',
    query: LogQuery,
    headers: { Accept: 'application/json for entries with numbers' },
    responses: { 200: { description: 'The log', schema: listOf(logEntrySchema), texts: ['text/plain', 'application/x-ndjson'] } },
    problems: ['NOT_FOUND'],
    async handle({ namespace, param, query, header, signal }) {
      const id = param('id');
      const asJson = prefersJson(header('Accept'));
      const { after = 0, follow = false, until = 'deployed' } = query;
      if (!follow) {
        const entries = await deployments.log(namespace, id, after);
        return asJson ? { status: 200, json: entries } : { status: 200, text: logText(entries) };
      }
      await deployments.get(namespace, id);
      const stream = following(deployments, { namespace, id, after, until, signal }, asJson);
      return { status: 200, stream, ...(asJson ? { type: ndjson } : {}) };
    },
  });
}

/** Ends with the log, also when the record is deleted: a body has no other way to say so. */
async function* following(
  deployments: Deployments,
  request: Parameters<Deployments['follow']>[0],
  asJson: boolean,
): AsyncGenerator<string> {
  for await (const batch of deployments.follow(request)) {
    yield asJson ? batch.map(entry => `${JSON.stringify(entry)}\n`).join('') : logText(batch);
  }
}
