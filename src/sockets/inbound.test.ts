import { expect } from 'chai';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createMeter, inboundLimits } from './inbound.ts';

const limits = { ...inboundLimits, burstBytes: 1000, bytesPerSecond: 100 };

describe('the meter of what a peer sends', () => {
  it('takes a burst, and what has come free since', async () => {
    const clock = createFakeClock(0);
    const takes = createMeter(clock, limits);
    expect([takes(400), takes(600), takes(1)]).to.deep.equal([true, true, false]);
    await clock.advance(2000);
    expect([takes(199), takes(1)]).to.deep.equal([true, false]);
  });

  it('never owes a peer more than one burst', async () => {
    const clock = createFakeClock(0);
    const takes = createMeter(clock, limits);
    await clock.advance(3_600_000);
    expect([takes(1000), takes(1)]).to.deep.equal([true, false]);
  });

  it('lets pongs pass for ever', async () => {
    const clock = createFakeClock(0);
    const takes = createMeter(clock, inboundLimits);
    for (let ping = 0; ping < 1000; ping++) {
      expect(takes(131)).to.equal(true);
      await clock.advance(20_000);
    }
  });
});
