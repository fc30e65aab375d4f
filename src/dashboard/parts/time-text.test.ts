/** Times as people say them. */

import { expect } from 'chai';
import { agoText, countdownText, durationText, tookMs } from './time-text.ts';

describe('times as people say them', () => {
  it('durations have the two greatest units', () => {
    const texts = [0, 45_000, 60_000, 200_000, 7_500_000, 90_061_000, -5].map(durationText);
    expect(texts).to.deep.equal(['0 s', '45 s', '1 m', '3 m 20 s', '2 h 5 m', '1 d 1 h', '0 s']);
  });

  it('what is left looks like a clock and never goes below nothing', () => {
    expect([9_000, 8_100, 245_000, 3_723_000, -1].map(countdownText)).to.deep.equal(['0:09', '0:09', '4:05', '1:02:03', '0:00']);
  });

  it('what is past is told by its greatest unit', () => {
    expect([1000, 12_000, 200_000, 7_500_000].map(agoText)).to.deep.equal(['just now', '12 s ago', '3 m ago', '2 h ago']);
  });

  it('a deployment took until it served, or until it had failed', () => {
    const created = '2026-01-01T00:00:00.000Z';
    const later = (seconds: number) => new Date(Date.parse(created) + seconds * 1000).toISOString();
    expect(tookMs({ created, lastModified: later(90), status: 'UNDEPLOYED', deployedAt: later(12) })).to.equal(12_000);
    expect(tookMs({ created, lastModified: later(30), status: 'FAILURE', settledAt: later(31) })).to.equal(31_000);
    expect(tookMs({ created, lastModified: later(30), status: 'DEPLOYING' })).to.equal(undefined);
  });
});
