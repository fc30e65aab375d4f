/** Writes api/openapi.yaml from the route table: `npm run openapi`. */

import { writeFileSync } from 'node:fs';
import { openapiPath, openapiText } from './openapi.ts';

writeFileSync(openapiPath, openapiText());
