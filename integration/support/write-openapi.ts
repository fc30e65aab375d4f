/** Writes api/openapi.yaml from the route table, and the types of src/contract/ from it: `npm run openapi`. */

import { writeFileSync } from 'node:fs';
import { contractTypes, contractTypesPath } from './contract-types.ts';
import { openapiPath, openapiText } from './openapi.ts';

const document = openapiText();
writeFileSync(openapiPath, document);
writeFileSync(contractTypesPath, await contractTypes(document));
