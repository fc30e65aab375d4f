/** The table of promises names tests: each of them must exist, and every number must have its row. */

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { hasTitle, namedTests } from '../support/titles.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const table = read('integration/faults/README.md');
const rows = table.split('\n').filter(line => /^\| R\d+ \|/.test(line));

/** Rows of a table of faults are tests of the file that runs it. */
const alsoIn: Record<string, string> = { 'integration/faults/faults.test.ts': 'integration/faults/rows.ts' };

describe('the table of promises', () => {
  it('has a row for each of R1 to R45, with a promise and a result', () => {
    expect(rows.map(row => row.split('|')[1]?.trim())).to.deep.equal(Array.from({ length: 45 }, (_, index) => `R${index + 1}`));
    for (const row of rows) expect(row.split(' | ').length, row).to.equal(5);
  });

  it('names only tests that exist', () => {
    const named = rows.flatMap(namedTests);
    expect(named.length).to.be.greaterThan(60);
    const missing = named.filter(({ file, title }) => {
      const sources = [file, alsoIn[file]].filter(path => path !== undefined).map(read);
      return !sources.some(source => hasTitle(source, title));
    });
    expect(missing).to.deep.equal([]);
  });

  it('would notice a title that is not there', () => {
    expect(hasTitle("it('does this', () => {});", 'does that')).to.equal(false);
    expect(hasTitle('it(`does ${what} well and truly`, () => {});', 'does this well and truly')).to.equal(true);
    expect(hasTitle('it(`does ${what} well and truly`, () => {});', 'does this badly')).to.equal(false);
  });
});
