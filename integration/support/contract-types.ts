/** The types of the API's contract as they are committed: made of the API document, so that clients and server cannot disagree. */

import { readFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import { format, type FormatConfig } from 'oxfmt';
import { parse } from 'yaml';

export const contractTypesPath = new URL('../../src/contract/api.ts', import.meta.url);

const header = `/** The types of the API, written by "npm run openapi" from api/openapi.yaml; do not edit. Nothing of it exists at run time. */\n\n`;

/** `document`: the API document as YAML. */
export async function contractTypes(document: string): Promise<string> {
  const ast = await openapiTS(parse(document) as Parameters<typeof openapiTS>[0] & object, {
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
  });
  const config = JSON.parse(await readFile(new URL('../../.oxfmtrc.json', import.meta.url), 'utf8')) as FormatConfig;
  const { code, errors } = await format('api.ts', header + astToString(ast), config);
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '));
  return code;
}
