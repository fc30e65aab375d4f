import { expect } from 'chai';
import { unifiedDiff } from './unified-diff.ts';

const names = { before: 'a', after: 'b' };

describe('a unified diff', () => {
  it('is empty for the same text, and shows what changed with what stands around it', () => {
    expect(unifiedDiff('x\n', 'x\n', names)).to.equal('');
    expect(unifiedDiff('1\n2\n3\n4\n5\n6\n', '1\n2\n3\n4\n5\nsix\n', names)).to.equal(
      '--- a\n+++ b\n@@ -3,4 +3,4 @@\n 3\n 4\n 5\n-6\n+six\n',
    );
  });

  it('takes no long time over texts that have nothing in common', () => {
    const text = (word: string) => Array.from({ length: 20_000 }, (_, index) => `${word}${String(index)}\n`).join('');
    const from = performance.now();
    const diff = unifiedDiff(text('a'), text('b'), names);
    expect(performance.now() - from).to.be.below(3000);
    expect(diff.split('\n')).to.have.length(40_004);
    expect(diff).to.match(/^--- a\n\+\+\+ b\n@@ -1,20000 \+1,20000 @@\n-a0\n/);
  });
});
