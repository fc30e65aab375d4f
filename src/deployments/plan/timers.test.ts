import { expect } from 'chai';
import { deployment } from '../../testing/builders.ts';
import { simulate } from '../../testing/simulation.ts';
import type { Observed } from './observed.ts';
import { conditions, noneHealthy, notFitAtGate } from './timers.ts';

/** An app whose version 1 serves; what `change` does to the observation is looked at. */
function serving(checks: boolean): Observed {
  const s = simulate();
  s.accept(deployment('dep-1', '1'));
  s.run();
  const d = s.records.get('dep-1');
  if (d)
    s.records.set('dep-1', {
      ...d,
      descriptor: { ...d.descriptor, useHealthCheck: checks, healthCheckPath: 'health', healthCheckType: 'probe' },
    });
  return s.observed();
}

const withHealth = (o: Observed, healthy: boolean): Observed => ({
  ...o,
  facts: { ...o.facts, health: new Map(o.world.pods.map(pod => [pod.metadata.uid ?? '', { healthy, value: '', checkedAt: '' }])) },
});

describe('plan timers', () => {
  it('does not count a version as dead before its pods were asked, as after a crash', () => {
    expect(conditions(serving(true))).to.deep.equal([]);
  });

  it('counts a version as dead when every pod that was asked is unhealthy', () => {
    expect(conditions(withHealth(serving(true), false))).to.deep.equal([noneHealthy('dep-1')]);
    expect(conditions(withHealth(serving(true), true))).to.deep.equal([]);
  });

  it('lets the grace of an unhealthy version at the gate begin with its promotion', () => {
    const s = simulate();
    s.accept(deployment('dep-1', '1', {}, { promotion: 'manual' }));
    s.run();
    s.sick.add('1');
    expect(conditions(s.observed())).to.deep.equal([]);
    const d = s.records.get('dep-1');
    if (d) s.records.set('dep-1', { ...d, wishes: { promote: true } });
    expect(conditions(s.observed())).to.deep.equal([notFitAtGate('dep-1')]);
  });
});
