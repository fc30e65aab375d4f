/** The route of the audit. */

import { authorize } from '../access/index.ts';
import { idOfToken, IntegerParameter, listOf, named, nextLink, route, TextParameter, type JsonSchema, type Route } from '../http/index.ts';
import type { Journal } from './journal.ts';
import type { AuditRecord } from './record.ts';

class AuditQueryDto {
  @TextParameter({ maxLength: 200, description: 'Only what this principal did' })
  principal?: string;

  @TextParameter({ maxLength: 200, description: 'Only what was done to this app' })
  appname?: string;

  @IntegerParameter({ min: 1, max: 1000, default: 100, description: 'At most so many' })
  limit?: number;

  @TextParameter({ maxLength: 200, description: 'Where the page before ended: from its Link header' })
  continue?: string;
}

const text: JsonSchema = { type: 'string' };
const fieldChange: JsonSchema = {
  type: 'object',
  required: ['pointer'],
  properties: {
    pointer: { type: 'string', description: 'JSON pointer into the descriptor' },
    before: { description: 'Absent = the field was not there; `***` = it could be a secret' },
    after: {},
  },
  additionalProperties: false,
};

export const auditSchema = named('AuditRecord', {
  description: 'Who tried to change what, when, from where, and what came of it.',
  type: 'object',
  required: ['id', 'time', 'principal', 'role', 'remoteAddress', 'requestId', 'action', 'namespace', 'outcome', 'status'],
  properties: {
    id: { type: 'string', format: 'uuid' },
    time: { type: 'string', format: 'date-time' },
    principal: text,
    role: { type: 'string', enum: ['viewer', 'deployer', 'admin'] },
    remoteAddress: { type: 'string', description: "Of the connection: behind a proxy, the proxy's" },
    requestId: text,
    action: { type: 'string', description: 'operationId of the route' },
    namespace: { type: 'string', description: 'As it was asked for' },
    target: {
      type: 'object',
      required: ['kind', 'id'],
      properties: { kind: { type: 'string', enum: ['descriptor', 'deployment', 'variable'] }, id: text },
      additionalProperties: false,
    },
    appName: text,
    outcome: {
      type: 'string',
      enum: ['done', 'refused', 'failed'],
      description: 'refused: nothing was changed; failed: read before trying again',
    },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Of the refusal' },
    change: {
      type: 'object',
      properties: {
        fields: { type: 'array', items: fieldChange, description: 'Of a replaced descriptor' },
        moreFields: { type: 'integer', description: 'So many more changed than are listed' },
        descriptorId: text,
        version: text,
        images: { type: 'object', additionalProperties: text, description: 'Container name to image reference' },
        rollbackOf: text,
        deleted: { type: 'integer', description: 'How many were deleted' },
      },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
});

const present = ({ schema: _, ...record }: AuditRecord): Omit<AuditRecord, 'schema'> => record;

export function auditRoutes({ journal }: { journal: Journal }): Route[] {
  return [
    route<AuditQueryDto>({
      method: 'GET',
      path: '/audit/',
      name: 'listAudit',
      tag: 'audit',
      access: 'deployer',
      namespace: 'optional',
      summary: 'List who tried to change what, newest first.',
      description:
        'Without namespace, for admins: what concerns no namespace, and what was let in nowhere, such as requests for a namespace of others.',
      query: AuditQueryDto,
      responses: {
        200: { description: 'The records', schema: listOf(auditSchema), headers: { Link: 'rel="next": the next page' } },
      },
      problems: [],
      async handle({ namespace, query, principal }) {
        if (namespace === '') authorize(principal, 'admin', '');
        const { principal: who, appname, limit = 100 } = query;
        const { records, more } = await journal.list({
          namespace,
          principal: who,
          appName: appname,
          limit,
          after: idOfToken(query.continue),
        });
        const last = records.at(-1);
        const parameters = { namespace: namespace || undefined, principal: who, appname, limit };
        return {
          status: 200,
          json: records.map(present),
          headers: more && last ? { Link: nextLink('/audit/', parameters, last.id) } : {},
        };
      },
    }),
  ];
}
