/** The route table as an OpenAPI 3.1 document. */

import { createRequire } from 'node:module';
import { targetConstructorToSchema, validationMetadatasToSchemas } from 'class-validator-jsonschema';
import { problemStatus, type ProblemCode } from '../lib/problem.ts';
import { fieldsOf } from './dto.ts';
import { problemsOf, type DtoClass, type ResponseDescription, type Route } from './route.ts';
import { isNamed, named, type JsonSchema, type NamedSchema } from './schema.ts';

type Schemas = Record<string, JsonSchema>;

const problemSchema = named('Problem', {
  description: 'A refusal (RFC 9457). Switch over `code`; the texts are for people.',
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId', 'errors'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(problemStatus) },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'message'],
        properties: {
          pointer: { type: 'string', description: 'JSON pointer into the body, or ?name for a query parameter' },
          message: { type: 'string' },
        },
      },
    },
  },
});

/** The schemas of every DTO class that was declared, by class name. */
function dtoSchemas(): Schemas {
  // class-transformer does not export its storage of types (its issue 563).
  const { defaultMetadataStorage } = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as {
    defaultMetadataStorage: object;
  };
  const options = { classTransformerMetadataStorage: defaultMetadataStorage, refPointerPrefix: '#/components/schemas/' };
  const schemas = validationMetadatasToSchemas(options as Parameters<typeof validationMetadatasToSchemas>[0]) as unknown as Schemas;
  for (const { properties } of Object.values(schemas)) Object.values((properties ?? {}) as Schemas).forEach(withoutElementRef);
  return schemas;
}

/** The generator describes a list of objects twice: by `items`, and by a `$ref` that says the list itself were such an object. */
function withoutElementRef(schema: JsonSchema): void {
  if (schema.type === 'array') delete schema.$ref;
}

/** Puts named schemas into the components and references into their places. */
function hoist(schema: unknown, into: Schemas): unknown {
  if (Array.isArray(schema)) return schema.map(item => hoist(item, into));
  if (typeof schema !== 'object' || schema === null) return schema;
  if (isNamed(schema as JsonSchema)) {
    const { component: name, schema: inner } = schema as unknown as NamedSchema;
    if (!(name in into)) {
      into[name] = {};
      into[name] = hoist(inner, into) as JsonSchema;
    }
    return { $ref: `#/components/schemas/${name}` };
  }
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, hoist(value, into)]));
}

/** Every reference that is used brings its DTO class's schema along. */
function addReferenced(value: unknown, into: Schemas, dtos: Schemas): void {
  if (typeof value !== 'object' || value === null) return;
  const { $ref } = value as JsonSchema;
  const name = typeof $ref === 'string' ? /^#\/components\/schemas\/(\w+)$/.exec($ref)?.[1] : undefined;
  const schema = name === undefined || name in into ? undefined : dtos[name];
  if (name !== undefined && schema !== undefined) {
    into[name] = schema;
    addReferenced(schema, into, dtos);
  }
  for (const inner of Object.values(value)) addReferenced(inner, into, dtos);
}

/** By class and not by name: several features have a `ListQuery`. */
function queryParameters(dto: DtoClass | undefined): JsonSchema[] {
  if (dto === undefined) return [];
  const schema = targetConstructorToSchema(dto) as JsonSchema;
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const required = (schema.required ?? []) as string[];
  return fieldsOf(dto).map(name => {
    const { description, ...rest } = properties[name] ?? {};
    return { name, in: 'query', required: required.includes(name), description, schema: rest };
  });
}

function parametersOf(entry: Route): JsonSchema[] {
  const rule = entry.namespace ?? 'required';
  const path = [...entry.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  const namespace = {
    name: 'namespace',
    in: 'query',
    required: rule === 'required',
    description: 'Kubernetes namespace',
    schema: { type: 'string', maxLength: 63 },
  };
  const headers = Object.entries(entry.headers ?? {}).map(([name, description]) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }));
  return [...path, ...(rule === 'none' ? [] : [namespace]), ...queryParameters(entry.query), ...headers];
}

function responseOf(response: ResponseDescription): JsonSchema {
  const content = {
    ...(response.schema === undefined ? {} : { 'application/json': { schema: response.schema } }),
    ...Object.fromEntries((response.texts ?? []).map(type => [type, { schema: { type: 'string' } }])),
  };
  const headers = Object.fromEntries(
    Object.entries(response.headers ?? {}).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
  return {
    description: response.description,
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    ...(Object.keys(content).length > 0 ? { content } : {}),
  };
}

/** One answer per status; its description names the codes. */
function refusalsOf(entry: Route): Record<string, JsonSchema> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemsOf(entry)) byStatus.set(problemStatus[code], [...(byStatus.get(problemStatus[code]) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const headers = {
        ...(status === 401 ? { 'WWW-Authenticate': { description: 'How to authenticate', schema: { type: 'string' } } } : {}),
        ...(status === 429 || status === 503
          ? { 'Retry-After': { description: 'Seconds until another try makes sense', schema: { type: 'string' } } }
          : {}),
      };
      return [
        String(status),
        {
          description: codes.join(', '),
          ...(Object.keys(headers).length > 0 ? { headers } : {}),
          content: { 'application/problem+json': { schema: problemSchema } },
        },
      ];
    }),
  );
}

function operationOf(entry: Route): JsonSchema {
  const parameters = parametersOf(entry);
  return {
    operationId: entry.name,
    tags: [entry.tag],
    summary: entry.summary,
    ...(entry.description === undefined ? {} : { description: entry.description }),
    ...(entry.access === 'public' ? { security: [] } : { 'x-teal-access': entry.access }),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(entry.body === undefined
      ? {}
      : {
          requestBody: {
            required: entry.body.required,
            content: { 'application/json': { schema: { $ref: `#/components/schemas/${entry.body.dto.name}` } } },
          },
        }),
    responses: {
      ...Object.fromEntries(Object.entries(entry.responses).map(([status, response]) => [status, responseOf(response)])),
      ...refusalsOf(entry),
    },
  };
}

/** The same routes give the same document, to the byte. */
export function apiDocument(routes: readonly Route[], version: string): JsonSchema {
  const dtos = dtoSchemas();
  const schemas: Schemas = {};
  const paths: Record<string, Record<string, unknown>> = {};
  for (const entry of routes) (paths[entry.path] ??= {})[entry.method.toLowerCase()] = hoist(operationOf(entry), schemas);
  for (const part of [paths, { ...schemas }]) addReferenced(part, schemas, dtos);
  const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    openapi: '3.1.0',
    info: { title: 'Teal', version, description: 'Blue-green deployments on Kubernetes: descriptors say what to run, deployments run it.' },
    security: [{ token: [] }, {}],
    tags: [
      { name: 'descriptors', description: 'What to run' },
      { name: 'deployments', description: 'Running it' },
      { name: 'apps', description: 'How apps stand' },
      { name: 'environment', description: 'Variables of every container' },
      { name: 'audit', description: 'Who did what' },
      { name: 'about', description: 'What the server says of its caller and of itself' },
      { name: 'system', description: 'The server itself' },
    ],
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } }, schemas: sorted },
  };
}
