/** JSON Schemas as the API document uses them. */

export type JsonSchema = { [keyword: string]: unknown };

/** A schema that stands under its name in the document's components. */
export interface NamedSchema {
  component: string;
  schema: JsonSchema;
}

export const named = (name: string, schema: JsonSchema): NamedSchema => ({ component: name, schema });

export const isNamed = (schema: NamedSchema | JsonSchema): schema is NamedSchema =>
  typeof schema.component === 'string' && typeof schema.schema === 'object';

/** For use inside another schema. */
export const refTo = (schema: NamedSchema | string): JsonSchema => ({
  $ref: `#/components/schemas/${typeof schema === 'string' ? schema : schema.component}`,
});

/** An array of the named schema, which is itself hoisted into the components. */
export const listOf = (schema: NamedSchema): JsonSchema => ({ type: 'array', items: schema });
