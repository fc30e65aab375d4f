/** The routes of the environment. Values are shown to admins only, and never stand in the audit. */

import { listOf, named, route, TextField, type Route } from '../http/index.ts';
import type { Environment } from './environment.ts';

/** What a variable is set to. */
export class VariableDto {
  @TextField({
    required: true,
    minLength: 0,
    maxLength: 65_536,
    pattern: /^[^\0]*$/,
    rule: 'a string of at most 65536 characters without the character NUL',
    description: 'What containers get at their next deployment',
    example: 'db.example.com:5432',
  })
  value!: string;
}

const variableSchema = named('Variable', {
  type: 'object',
  required: ['name', 'value'],
  properties: { name: { type: 'string' }, value: { type: 'string' } },
  additionalProperties: false,
});

const common = { tag: 'environment', access: 'admin', namespace: 'none' } as const;

export function environmentRoutes({ environment }: { environment: Environment }): Route[] {
  return [
    route({
      ...common,
      method: 'GET',
      path: '/environment/',
      name: 'listEnvironment',
      summary: 'List the variables that every container gets.',
      responses: { 200: { description: 'The variables, by name', schema: listOf(variableSchema) } },
      problems: [],
      handle: async () => ({ status: 200, json: await environment.list() }),
    }),
    route({
      ...common,
      method: 'GET',
      path: '/environment/{name}',
      name: 'getVariable',
      summary: 'Read a variable.',
      responses: { 200: { description: 'The variable', schema: variableSchema } },
      problems: ['NOT_FOUND'],
      handle: async ({ param }) => ({ status: 200, json: await environment.get(param('name')) }),
    }),
    route<object, VariableDto>({
      ...common,
      method: 'PUT',
      path: '/environment/{name}',
      name: 'setVariable',
      summary: 'Set a variable. What runs keeps what it was started with.',
      body: { dto: VariableDto, required: true },
      responses: { 204: { description: 'Set' } },
      problems: [],
      async handle({ param, body: { value } }) {
        await environment.set({ name: param('name'), value });
        return { status: 204 };
      },
    }),
    route({
      ...common,
      method: 'DELETE',
      path: '/environment/{name}',
      name: 'deleteVariable',
      summary: 'Delete a variable. What runs keeps what it was started with.',
      responses: { 204: { description: 'Deleted' } },
      problems: ['NOT_FOUND'],
      async handle({ param }) {
        await environment.remove(param('name'));
        return { status: 204 };
      },
    }),
  ];
}
