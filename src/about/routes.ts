/** The routes about the server and its caller. */

import { roles } from '../access/index.ts';
import { named, route, type JsonSchema, type Route } from '../http/index.ts';
import type { Diagnosis } from './diagnosis.ts';
import { whoAmI } from './whoami.ts';

export interface AboutDeps {
  /** Whether tokens are asked for. */
  authentication: boolean;
  /** The only namespaces served; absent = all. */
  served?: readonly string[] | undefined;
  /** The namespaces that have apps or descriptors. */
  namespaces(): Promise<string[]>;
  diagnose: Diagnosis;
}

const text: JsonSchema = { type: 'string' };
const texts: JsonSchema = { type: 'array', items: text };

const whoAmISchema = named('WhoAmI', {
  type: 'object',
  required: ['name', 'role', 'namespaces', 'authentication', 'known'],
  properties: {
    name: { ...text, description: "The token's subject, or `anonymous`" },
    role: { type: 'string', enum: [...roles] },
    namespaces: { description: 'Where it may work', oneOf: [texts, { type: 'string', const: 'all' }] },
    expiresAt: { type: 'string', format: 'date-time', description: 'When its token ends' },
    authentication: { type: 'boolean', description: 'Whether the server asks for tokens' },
    served: { ...texts, description: 'The only namespaces that the server serves; absent = all' },
    known: { ...texts, description: 'Namespaces that it may read and that have apps or descriptors, in order' },
  },
  additionalProperties: false,
});

const diagnosisSchema = named('Diagnosis', {
  type: 'object',
  required: ['checks'],
  properties: {
    checks: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'ok', 'detail'],
        properties: {
          name: text,
          ok: { type: ['boolean', 'null'], description: 'null = the server cannot tell' },
          detail: text,
          fix: { ...text, description: 'What mends it' },
        },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
});

export function aboutRoutes({ authentication, served, namespaces, diagnose }: AboutDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/whoami',
      name: 'whoAmI',
      tag: 'about',
      access: 'viewer',
      namespace: 'none',
      summary: 'Who the caller is, and where it may look.',
      responses: { 200: { description: 'The caller', schema: whoAmISchema } },
      problems: [],
      async handle({ principal }) {
        return { status: 200, json: whoAmI(principal, { authentication, served, known: await namespaces() }) };
      },
    }),
    route({
      method: 'GET',
      path: '/diagnosis',
      name: 'diagnose',
      tag: 'about',
      access: 'viewer',
      namespace: 'optional',
      summary: 'Is everything there that Teal needs?',
      description: 'With a namespace also: whether Teal has all rights there.',
      responses: { 200: { description: 'One line for each thing', schema: diagnosisSchema } },
      problems: [],
      async handle({ namespace }) {
        return { status: 200, json: { checks: await diagnose(namespace) } };
      },
    }),
  ];
}
