import { expect } from 'chai';
import fc from 'fast-check';
import type { Problem } from '../lib/problem.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createLimits, createRate } from './limits.ts';
import type { Principal } from './principal.ts';

const of = (name: string): Principal => ({ name, role: 'deployer', namespaces: ['shop'] });
const refused = (act: () => unknown): Problem => {
  try {
    act();
  } catch (error) {
    return error as Problem;
  }
  throw new Error('was not refused');
};

describe('a rate', () => {
  it('gives a whole minute at once, then says when there is more, and keeps that word', async () => {
    const clock = createFakeClock();
    const rate = createRate({ perMinute: 6, clock });
    for (let count = 0; count < 6; count++) expect(rate.take('a')).to.equal(0);
    expect(rate.take('a')).to.equal(10_000);
    await clock.advance(4000);
    expect(rate.take('a')).to.be.closeTo(6000, 0.001);
    await clock.advance(6001);
    expect(rate.take('a')).to.equal(0);
    expect(rate.take('a')).to.be.greaterThan(9000);
    expect(rate.take('b')).to.equal(0);
  });

  it('of 0 is no limit, and remembers nobody', () => {
    const rate = createRate({ perMinute: 0, clock: createFakeClock() });
    for (let count = 0; count < 10_000; count++) expect(rate.take(`${count % 100}`)).to.equal(0);
    expect(rate.size).to.equal(0);
  });

  it('never lets more through than a burst and what time has brought since, whoever else asks and however long nobody does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 90_000 }), fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 30 })), {
          maxLength: 40,
        }),
        async (perMinute, steps) => {
          const clock = createFakeClock();
          const rate = createRate({ perMinute, clock, most: 4 });
          const taken: number[] = [];
          let strangers = 0;
          for (const [waitMs, asks, others] of steps) {
            await clock.advance(waitMs);
            for (let count = 0; count < asks; count++) if (rate.take('one') === 0) taken.push(clock.monotonic());
            for (let count = 0; count < others; count++) rate.take(`stranger-${strangers++}`);
          }
          expect(rate.size).to.be.at.most(4 + 1);
          // In every window: the burst, and a share for the time within it.
          for (const [first, from] of taken.entries())
            for (const [last, to] of taken.entries())
              if (last >= first) expect(last - first + 1).to.be.at.most(perMinute + ((to - from) * perMinute) / 60_000 + 1e-6);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is not reset by many names, and these share what is left', () => {
    const clock = createFakeClock();
    const rate = createRate({ perMinute: 2, clock, most: 3 });
    for (const name of ['a', 'a', 'b', 'c']) expect(rate.take(name), name).to.equal(0);
    const strangers = Array.from({ length: 1000 }, (_, index) => rate.take(`stranger-${index}`));
    expect(strangers.filter(wait => wait === 0)).to.have.length(2);
    expect(rate.size).to.equal(4);
    expect(rate.take('a')).to.be.greaterThan(0);
    expect(rate.take('b')).to.equal(0);
  });
});

describe('the limits', () => {
  const settings = { writesPerMinute: 2, deploymentsPerMinute: 3, maxSockets: 2 };

  it('name themselves and their setting, and say when to come again', () => {
    const limits = createLimits(settings, createFakeClock());
    for (let count = 0; count < 2; count++) limits.write(of('ann'));
    const problem = refused(() => limits.write(of('ann')));
    expect([problem.status, problem.retryAfter]).to.deep.equal([429, 30]);
    expect(problem.message).to.include('ann').and.include('2 times a minute').and.include('--writes-per-minute');
    limits.write(of('bob'));
    for (let count = 0; count < 3; count++) limits.deployment('shop');
    expect(refused(() => limits.deployment('shop')).message).to.include('--deployments-per-minute');
    limits.deployment('bank');
  });

  it('count open streams, each given back once', () => {
    const limits = createLimits(settings, createFakeClock());
    const [first, second] = [limits.socket(of('ann')), limits.socket(of('ann'))];
    expect(refused(() => limits.socket(of('ann'))).message).to.include('--max-sockets');
    limits.socket(of('bob'));
    first();
    first();
    limits.socket(of('ann'));
    expect(refused(() => limits.socket(of('ann'))).status).to.equal(429);
    second();
    limits.socket(of('ann'));
  });
});
