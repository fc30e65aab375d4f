/** Requests made from the API document: what its schemas allow, and what they do not. */

import fc from 'fast-check';
import type { Json } from './besieged.ts';

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  schema: Json;
}
export interface Operation {
  method: string;
  path: string;
  parameters: Parameter[];
  /** Of the JSON body. */
  body: Json | undefined;
}
interface Document {
  paths: Record<string, Record<string, { parameters?: Parameter[]; requestBody?: { content: Record<string, { schema: Json }> } }>>;
  components: { schemas: Record<string, Json> };
}

export const operationsOf = ({ paths }: Document): Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
      body: requestBody?.content['application/json']?.schema,
    })),
  );

/** Values that programs stumble over. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    '..',
    '../..',
    '%00',
    '\u0000',
    '__proto__',
    'constructor',
    '*',
    '$(id)',
    '{{x}}',
    'a\r\nb',
    '\ufeff',
    'ä',
  ),
  fc.constantFrom<unknown>(
    -1,
    0,
    1.5,
    1e308,
    -0,
    Number.MAX_SAFE_INTEGER,
    [],
    {},
    [[]],
    { a: { b: [] } },
    'x'.repeat(5000),
    Array(1001).fill(0),
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Mostly what the schema allows; a part of it is replaced by what it may not. */
export function valuesOf(schema: Json, document: Document, depth = 0): fc.Arbitrary<unknown> {
  const good = allowed(schema, document, depth);
  return fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: hostile });
}

function allowed(schema: Json, document: Document, depth: number): fc.Arbitrary<unknown> {
  const {
    $ref,
    type,
    properties = {},
    required = [],
    items,
    additionalProperties,
  } = schema as {
    $ref?: string;
    type?: string;
    properties?: Record<string, Json>;
    required?: string[];
    items?: Json;
    additionalProperties?: Json | boolean;
  };
  if ($ref !== undefined) return allowed(document.components.schemas[$ref.split('/').at(-1) ?? ''] ?? {}, document, depth);
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  switch (type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: Number(schema['minimum'] ?? 0), max: Math.min(Number(schema['maximum'] ?? 1000), 2 ** 31) });
    case 'array':
      return fc.array(valuesOf(items ?? {}, document, depth + 1), { maxLength: 3 });
    case 'object': {
      const members = Object.entries(properties).map(([name, inner]) => [name, valuesOf(inner, document, depth + 1)] as const);
      const known = fc.record(Object.fromEntries(members), { requiredKeys: required.filter(name => name in properties) });
      if (typeof additionalProperties !== 'object') return known;
      return fc.dictionary(fc.string({ maxLength: 10 }), valuesOf(additionalProperties, document, depth + 1), { maxKeys: 3 });
    }
    default:
      return 'example' in schema
        ? fc.constant(schema['example'])
        : fc.string({ minLength: Number(schema['minLength'] ?? 0), maxLength: 20 });
  }
}

/** A text with some of its bytes changed, left out or doubled. */
export const damaged = (text: string): fc.Arbitrary<Buffer> =>
  fc
    .array(fc.record({ at: fc.nat(text.length), byte: fc.nat(255), how: fc.constantFrom('set', 'drop', 'double') }), {
      minLength: 1,
      maxLength: 4,
    })
    .map(changes => {
      let bytes = Buffer.from(text);
      for (const { at, byte, how } of changes) {
        const before = bytes.subarray(0, at);
        const after = bytes.subarray(at + (how === 'double' ? 0 : 1));
        bytes = Buffer.concat([
          before,
          how === 'drop' ? Buffer.alloc(0) : how === 'set' ? Buffer.from([byte]) : bytes.subarray(Math.max(0, at - 5), at),
          after,
        ]);
      }
      return bytes;
    });
