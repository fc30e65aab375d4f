import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { contractTypes, contractTypesPath } from '../../integration/support/contract-types.ts';
import { openapiPath } from '../../integration/support/openapi.ts';

describe('the types of the contract', () => {
  it('are committed as they follow from api/openapi.yaml (npm run openapi writes them)', async () => {
    expect(readFileSync(contractTypesPath, 'utf8')).to.equal(await contractTypes(readFileSync(openapiPath, 'utf8')));
  });

  it('exist for the compiler only', async () => {
    expect(Object.keys(await import('./api.ts'))).to.deep.equal([]);
  });
});
