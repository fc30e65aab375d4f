/** The API document as it is committed. */

import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { apiDocument } from '../../src/http/document.ts';
import { describedRoutes } from '../../src/route-table.ts';

export const openapiPath = new URL('../../api/openapi.yaml', import.meta.url);

export function openapiText(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return `# Written by "npm run openapi" from the route table in src; do not edit.\n${stringify(apiDocument(describedRoutes(), version), { lineWidth: 120, aliasDuplicateObjects: false })}`;
}
