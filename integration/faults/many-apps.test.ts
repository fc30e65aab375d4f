import { expect } from 'chai';
import { restart } from './restart.ts';

/** Far above what a quiet machine takes (`bench/restart.ts` measures that): here others may be at work. */
const readyWithinMs = 60_000;
/** As many connections as Teal keeps to the API server. */
const connections = 24;

describe('a restart beside many apps', function () {
  this.timeout(600_000);

  it('with 100 apps that serve it is ready soon, answers while it recovers, asks for little at once and mends what broke meanwhile', async () => {
    const report = await restart({ apps: 100, store: {}, say: line => process.stdout.write(`    ${line}\n`) });
    process.stdout.write(`    ${JSON.stringify(report)}\n`);
    expect(report.readyMs).to.be.lessThan(readyWithinMs);
    expect(report.reads).to.be.greaterThan(1);
    expect(report.mostAtOnce).to.be.within(1, connections);
  });
});
