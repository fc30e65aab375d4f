/** The route that tells what a deployment would change. */

import { DescriptorDto } from '../../descriptors/index.ts';
import { named, route, type JsonSchema, type Route } from '../../http/index.ts';
import type { Diff } from './diff.ts';

const text: JsonSchema = { type: 'string' };

const diffSchema = named('DescriptorDiff', {
  type: 'object',
  required: ['appName', 'version', 'descriptor', 'objects', 'warnings'],
  properties: {
    appName: text,
    version: { ...text, description: '`#` = the next number' },
    against: {
      type: 'object',
      description: 'What serves now; absent = nothing',
      required: ['deploymentId', 'version'],
      properties: { deploymentId: { type: 'string', format: 'uuid' }, version: text },
      additionalProperties: false,
    },
    descriptor: { ...text, description: 'Unified diff of the two descriptors as YAML; empty when they are the same' },
    objects: {
      type: 'array',
      description: 'What a deployment would leave behind in the cluster, against what stands there now',
      items: {
        type: 'object',
        required: ['action', 'kind', 'name', 'diff'],
        properties: {
          action: { type: 'string', enum: ['create', 'change', 'remove', 'keep'] },
          kind: text,
          name: text,
          diff: {
            ...text,
            description:
              'Unified diff as YAML. An object of the new version is compared with that of the serving one, whose removal then tells nothing more',
          },
        },
        additionalProperties: false,
      },
    },
    warnings: { type: 'array', items: text },
  },
  additionalProperties: false,
});

export function diffRoute({ diff }: { diff: Diff }): Route {
  return route({
    method: 'POST',
    path: '/descriptors/diff',
    name: 'diffDescriptor',
    tag: 'descriptors',
    access: 'viewer',
    summary: 'Say what a deployment of a descriptor would change. Nothing is stored or deployed.',
    body: { dto: DescriptorDto, required: true, raw: true },
    responses: { 200: { description: 'The difference', schema: diffSchema } },
    problems: ['POLICY_VIOLATION'],
    async handle({ namespace, body, principal }) {
      return { status: 200, json: await diff(namespace, body, principal) };
    },
  });
}
