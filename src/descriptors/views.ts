/** How descriptors look to their readers. */

import { may, type Principal } from '../access/index.ts';
import { named, refTo, type JsonSchema } from '../http/index.ts';
import type { Descriptor } from './descriptor.ts';
import { withoutSecrets } from './secrets.ts';

/** A viewer sees the names of environment variables, not their values, and nothing else that is secret by its name. */
export const presentDescriptor = (descriptor: Descriptor, principal: Principal): Descriptor =>
  may(principal, 'deployer', descriptor.namespace) ? descriptor : withoutSecrets(descriptor);

const time: JsonSchema = { type: 'string', format: 'date-time' };

export const descriptorSchema = named('Descriptor', {
  description: 'A stored descriptor.',
  allOf: [refTo('DescriptorDto')],
  unevaluatedProperties: false,
  type: 'object',
  required: ['id', 'created', 'lastModified', 'namespace', 'deploymentType', 'replicas'],
  properties: { id: { type: 'string', format: 'uuid' }, created: time, lastModified: time },
});

export const faultSchema: JsonSchema = {
  type: 'object',
  required: ['pointer', 'message'],
  properties: {
    pointer: { type: 'string', description: 'JSON pointer into the body, or ?name for a query parameter' },
    message: { type: 'string' },
  },
};

export const verdictSchema = named('Verdict', {
  type: 'object',
  required: ['valid', 'errors', 'warnings'],
  properties: {
    valid: { type: 'boolean' },
    errors: { type: 'array', items: faultSchema },
    warnings: { type: 'array', items: { type: 'string' } },
  },
});
