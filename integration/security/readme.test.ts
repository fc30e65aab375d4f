/** The table of threats names tests: each of them must exist. */

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { hasTitle, namedTests } from '../support/titles.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const rows = read('integration/security/README.md')
  .split('\n')
  .filter(line => line.startsWith('| '))
  .slice(2);

describe('the table of threats', () => {
  it('has a defence and a test for each threat', () => {
    expect(rows.length).to.be.greaterThan(15);
    for (const row of rows) {
      expect(row.split(' | ').length, row).to.equal(3);
      expect(namedTests(row).length, row).to.equal(row.split('<br>').length);
    }
  });

  it('names only tests that exist', () => {
    const missing = rows.flatMap(namedTests).filter(({ file, title }) => !hasTitle(read(file), title));
    expect(missing).to.deep.equal([]);
  });
});
