/** The route that takes over what runs already. */

import { whyNoAppName } from '../../lib/names.ts';
import { FlagParameter, named, refTo, route, type JsonSchema, type Route } from '../../http/index.ts';
import { Problem } from '../../lib/problem.ts';
import type { Adopt } from './adopt.ts';

class AdoptQuery {
  @FlagParameter({ default: true, description: 'Only says what would be done' })
  dryRun?: boolean;
}

const text: JsonSchema = { type: 'string' };

const adoptionSchema = named('Adoption', {
  type: 'object',
  required: ['dryRun', 'appName', 'version', 'descriptor', 'objects', 'warnings'],
  properties: {
    dryRun: { type: 'boolean' },
    appName: text,
    version: text,
    descriptor: refTo('DescriptorDto'),
    objects: {
      type: 'array',
      items: {
        type: 'object',
        required: ['kind', 'name', 'whose', 'action'],
        properties: {
          kind: text,
          name: text,
          whose: { type: 'string', enum: ['original', 'other-installation', 'ours', 'missing'] },
          action: { type: 'string', enum: ['mark', 'none'], description: 'What is missing is made by the server afterwards' },
        },
        additionalProperties: false,
      },
    },
    warnings: { type: 'array', items: text },
    deployment: { type: 'string', format: 'uuid', description: 'Its record; absent in a dry run' },
  },
  additionalProperties: false,
});

export function adoptRoute({ adopt }: { adopt: Adopt }): Route {
  return route<AdoptQuery>({
    method: 'POST',
    path: '/apps/{appName}/adopt',
    name: 'adoptApp',
    tag: 'apps',
    access: 'admin',
    summary: 'Take over what runs already under the names of an app; its pods go on running.',
    description: 'For what the deployer before Teal, or another installation of Teal, has left. A dry run unless `dryRun=false`.',
    query: AdoptQuery,
    responses: { 200: { description: 'What was, or would be, taken over', schema: adoptionSchema } },
    problems: ['NOT_FOUND', 'POLICY_VIOLATION', 'QUOTA_EXCEEDED', 'CONFLICT', 'HOST_TAKEN', 'NAME_TAKEN'],
    async handle({ namespace, param, query: { dryRun = true }, principal, note }) {
      const appName = param('appName');
      if (whyNoAppName(appName) !== undefined) throw new Problem('NOT_FOUND', `There is no app ${appName} in namespace ${namespace}`);
      const adoption = await adopt({ namespace, appName, principal: principal.name, dryRun });
      note({
        change: { version: adoption.version },
        ...(adoption.deployment === undefined ? {} : { target: { kind: 'deployment', id: adoption.deployment } }),
      });
      return { status: 200, json: adoption };
    },
  });
}
