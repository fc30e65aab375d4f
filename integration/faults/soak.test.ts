import { expect } from 'chai';
import { grown, soak } from './soak.ts';

describe('a long life in short', function () {
  this.timeout(600_000);

  it('sixty deployments with faults leave memory, sockets, timers, watches and store as twenty-four did', async () => {
    const report = await soak({ deployments: 60, warmUp: 24, keep: 2, apps: 2 });
    expect(grown(report), JSON.stringify(report)).to.deep.equal([]);
    expect(report.struck).to.be.greaterThan(10);
    expect(report.ended['DEPLOYED']).to.be.greaterThan(30);
    expect(report.ended['FAILURE']).to.be.greaterThan(3);
  });
});
