import { expect } from 'chai';
import fc from 'fast-check';
import { cutLine, maxLineLength, maxLogLines, oneLine, withinLog } from './log-limits.ts';

const entries = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    time: '2026-01-01T00:00:00.000Z',
    level: 'info' as const,
    message: `line ${String(index)}`,
  }));

describe('log limits', () => {
  it('keep a line that is short enough, and mark one that was cut', () => {
    expect(cutLine('x'.repeat(maxLineLength))).to.equal('x'.repeat(maxLineLength));
    expect(cutLine('x'.repeat(maxLineLength + 7))).to.equal(`${'x'.repeat(maxLineLength)} … (7 more characters were cut)`);
  });

  it('leave one line of what pods print, without control characters; markup and JSON stay the text they are', () => {
    const line = '{"level":"error","message":"<b>done</b>"}</script>';
    expect(oneLine(`\u001b[2J\u001b]0;title\u0007${line}\r\nDeployment succeeded!\r\u0000\u009b31m\u2028x\u2029\u0085y`)).to.equal(
      ` [2J ]0;title ${line} ⏎ Deployment succeeded! ⏎   31m x  y`,
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(oneLine(text))));
  });

  it('do not cut a character in two', () => {
    const cut = cutLine(`${'x'.repeat(maxLineLength - 1)}😀😀`);
    expect(cut).to.equal(`${'x'.repeat(maxLineLength - 1)} … (4 more characters were cut)`);
    expect(Buffer.from(cut).toString()).to.equal(cut);
  });

  it('let a log grow to its limit, say once that it is full, and still take outcomes', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ lines: fc.integer({ min: 0, max: 700 }), outcome: fc.boolean() }), { minLength: 40 }), commits => {
        const log: { message: string; level: string }[] = [];
        let outcomes = 0;
        for (const { lines, outcome } of commits) {
          const told = entries(lines);
          const kept = withinLog(told, log.length + 1, outcome);
          if (outcome) {
            outcomes += lines;
            expect(kept).to.deep.equal(told);
          }
          log.push(...kept);
        }
        expect(log.length).to.be.at.most(maxLogLines + outcomes);
        const marks = log.filter(({ message }) => message.includes('only outcomes are kept'));
        expect(marks.length).to.be.at.most(1);
      }),
      { numRuns: 50 },
    );
    const full = withinLog(entries(10), maxLogLines - 4, false);
    expect(full.map(({ message }) => message)).to.deep.equal([
      'line 0',
      'line 1',
      'line 2',
      'line 3',
      `The log has reached ${String(maxLogLines)} lines: from here on only outcomes are kept`,
    ]);
    expect(withinLog(entries(10), maxLogLines + 1, false)).to.deep.equal([]);
  });
});
