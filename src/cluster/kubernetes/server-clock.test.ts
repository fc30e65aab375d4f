import { expect } from 'chai';
import fc from 'fast-check';
import { createServerClock } from './server-clock.ts';

const header = (serverMs: number) => new Date(Math.floor(serverMs / 1000) * 1000).toUTCString();

describe("the API server's clock", () => {
  it('is unknown before the first answer, and after answers without a usable Date', () => {
    const clock = createServerClock();
    expect(clock.time(0)).to.equal(undefined);
    clock.observe(undefined, 0, 1);
    clock.observe('soon', 0, 1);
    expect(clock.time(1)).to.equal(undefined);
  });

  it('is known to within a second after one answer, and never leaves what the answers allow', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1e12, max: 2e12 }),
        fc.array(fc.record({ gap: fc.nat(3000), way: fc.nat(80), back: fc.nat(80) }), { minLength: 1, maxLength: 40 }),
        (offset, samples) => {
          const clock = createServerClock();
          let now = 0;
          let worst = Number.POSITIVE_INFINITY;
          for (const { gap, way, back } of samples) {
            const sent = now + gap;
            const received = sent + way + back;
            clock.observe(header(offset + sent + way), sent, received);
            now = received;
            const error = Math.abs((clock.time(now) ?? 0) - (offset + now));
            expect(error).to.be.at.most(500 + 80 + 0.0002 * now);
            worst = error;
          }
          expect(worst).to.be.finite;
        },
      ),
    );
  });

  it('becomes exact to some tens of milliseconds with many answers', () => {
    const clock = createServerClock();
    const offset = 1_795_000_000_417;
    for (let at = 0; at < 40_000; at += 137) clock.observe(header(offset + at + 2), at, at + 5);
    expect(Math.abs((clock.time(40_000) ?? 0) - (offset + 40_000))).to.be.at.most(60);
  });

  it('follows a clock that was set', () => {
    const clock = createServerClock();
    clock.observe(header(1_000_000_000_000), 0, 1);
    clock.observe(header(1_000_000_600_000 + 1_000), 1_000, 1_001);
    expect(clock.time(1_001)).to.be.within(1_000_000_600_000 + 400, 1_000_000_600_000 + 2_000);
  });

  it('is not thrown about by a header that is a little stale', () => {
    const clock = createServerClock();
    const offset = 1_795_000_000_000;
    for (let at = 0; at < 20_000; at += 97) clock.observe(header(offset + at), at, at);
    const before = (clock.time(20_000) ?? 0) - 20_000;
    clock.observe(header(offset + 20_000 - 1), 20_030, 20_030);
    expect(Math.abs((clock.time(20_000) ?? 0) - 20_000 - before)).to.be.lessThan(100);
  });
});
