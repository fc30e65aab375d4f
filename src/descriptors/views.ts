/** How descriptors look to their readers. */

import { may, type Principal } from '../access/index.ts';
import { named, refTo, type JsonSchema } from '../http/index.ts';
import type { Container, Descriptor } from './descriptor.ts';

const mask = '***';

/** A viewer sees the names of environment variables, not their values. */
export function presentDescriptor(descriptor: Descriptor, principal: Principal): Descriptor {
  if (may(principal, 'deployer', descriptor.namespace)) return descriptor;
  const { podspec, environment } = descriptor;
  const masked = (container: Container): Container =>
    Array.isArray(container.env)
      ? { ...container, env: container.env.map(variable => (variable.value === undefined ? variable : { ...variable, value: mask })) }
      : container;
  return {
    ...descriptor,
    ...(environment === undefined ? {} : { environment: Object.fromEntries(Object.keys(environment).map(name => [name, mask])) }),
    podspec: {
      ...podspec,
      containers: podspec.containers.map(masked),
      ...(podspec.initContainers === undefined ? {} : { initContainers: podspec.initContainers.map(masked) }),
    },
  };
}

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
