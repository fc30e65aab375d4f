import { expect } from 'chai';
import { inWords, readDuration } from './durations.ts';

describe('a span of time', () => {
  for (const [text, ms] of [
    ['90s', 90_000],
    ['15m', 900_000],
    ['12h', 43_200_000],
    ['30d', 2_592_000_000],
    ['0s', 0],
    ['12', undefined],
    ['h', undefined],
    ['1.5h', undefined],
    ['-1h', undefined],
    ['1h30m', undefined],
    ['1H', undefined],
    ['1w', undefined],
    ['9999999s', undefined],
  ] as const)
    it(`is read: ${text}`, () => expect(readDuration(text)).to.equal(ms));

  for (const [ms, text] of [
    [0, 'no time'],
    [-5000, 'no time'],
    [1000, '1 second'],
    [59_600, '1 minute'],
    [43_140_000, '11 hours 59 minutes'],
    [90_061_000, '1 day 1 hour'],
    [86_401_000, '1 day 1 second'],
  ] as const)
    it(`is told: ${text}`, () => expect(inWords(ms)).to.equal(text));
});
