/** Which lines of a log are shown. */

import { expect } from 'chai';
import type { LogLevel } from '../server/shapes.ts';
import { matches, pieces } from './log-filter.ts';

const line = (level: LogLevel, message: string) => ({ seq: 1, time: '', level, message });

describe('which lines of a log are shown', () => {
  it('those of the level and of worse ones', () => {
    const levels = (level: LogLevel) => (['info', 'warn', 'error'] as const).filter(own => matches(line(own, 'x'), { level, search: '' }));
    expect(levels('info')).to.deep.equal(['info', 'warn', 'error']);
    expect(levels('warn')).to.deep.equal(['warn', 'error']);
    expect(levels('error')).to.deep.equal(['error']);
  });

  it('those with the searched text, in any case', () => {
    expect(matches(line('info', 'Pod shop-1 is Ready'), { level: 'info', search: ' READY ' })).to.equal(true);
    expect(matches(line('info', 'Pod shop-1 is Ready'), { level: 'info', search: 'healthy' })).to.equal(false);
  });

  it('mark every place where the text stands, and lose no character', () => {
    expect(pieces('aXbxc', 'x')).to.deep.equal([
      { text: 'a', found: false },
      { text: 'X', found: true },
      { text: 'b', found: false },
      { text: 'x', found: true },
      { text: 'c', found: false },
    ]);
    for (const [text, search] of [
      ['aaa', 'aa'],
      ['İx', 'x'],
      ['', 'x'],
      ['abc', ''],
      ['xx', 'x'],
    ] as const) {
      expect(
        pieces(text, search)
          .map(piece => piece.text)
          .join(''),
      ).to.equal(text);
    }
  });
});
