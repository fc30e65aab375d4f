/** Blocks of log lines. */

import { expect } from 'chai';
import type { LogEntry } from '../server/shapes.ts';
import { appended } from './log-blocks.ts';

const lines = (from: number, to: number): LogEntry[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ seq: from + index, time: '', level: 'info', message: '' }));

describe('blocks of log lines', () => {
  it('hold every line in order, a hundred each', () => {
    const blocks = appended(appended(appended([], lines(1, 30)), lines(31, 250)), lines(251, 251));
    expect(blocks.map(block => block.length)).to.deep.equal([100, 100, 51]);
    expect(blocks.flat().map(({ seq }) => seq)).to.deep.equal(lines(1, 251).map(({ seq }) => seq));
  });

  it('stay the same once they are full', () => {
    const before = appended([], lines(1, 150));
    const after = appended(before, lines(151, 160));
    expect(after[0]).to.equal(before[0]);
    expect(after[1]).not.to.equal(before[1]);
  });

  it('start a new one behind a full one', () => {
    expect(appended(appended([], lines(1, 100)), lines(101, 101)).map(block => block.length)).to.deep.equal([100, 1]);
  });
});
