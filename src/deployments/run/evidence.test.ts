import { expect } from 'chai';
import type { Cluster } from '../../cluster/cluster.ts';
import { hiding } from '../../lib/known-values.ts';
import { deployment } from '../../testing/builders.ts';
import { simulate } from '../../testing/simulation.ts';
import { podTroubles } from '../plan/pods.ts';
import { gatherEvidence, hidingEnvironment } from './evidence.ts';

describe('evidence of a failed version', () => {
  it('hides a secret before a long line is cut, so that no piece of it is left', async () => {
    const s = simulate();
    const d = deployment('dep-1', '1');
    s.accept(d);
    s.sick.add('1');
    s.run({ stopAt: () => s.objects.size > 0 });
    const line = `${'x'.repeat(490)}canary-value and more`;
    const cluster = { list: () => Promise.resolve([]), podLog: () => Promise.resolve(line) } as unknown as Cluster;
    const told = await gatherEvidence(cluster, s.observed(), d, hiding(['canary-value']));
    expect(told.filter(one => one.includes('xxx'))).to.have.length(2);
    expect(told.join('\n')).to.not.include('canary');
  });

  it('tells the restarts of a pod that is up at the moment', async () => {
    const s = simulate();
    const d = deployment('dep-1', '1', {}, { replicas: 1 });
    s.accept(d);
    s.sick.add('1');
    s.run({ stopAt: () => s.objects.size > 0 });
    const o = s.observed();
    const pods = o.world.pods.map(pod => ({
      ...pod,
      status: {
        phase: 'Running',
        containerStatuses: [{ name: 'web', restartCount: 3, state: { running: {} }, lastState: { terminated: { exitCode: 137 } } }],
      },
    }));
    const told = podTroubles({ ...o.world, pods }, o.facts, d);
    expect(told).to.have.length(pods.length).and.not.be.empty;
    for (const line of told) expect(line).to.match(/ is Running but not ready \(3 restarts, last exit code 137\)$/);
  });

  it('hides the values of variables that are long enough to be told from ordinary text', () => {
    const container = {
      name: 'web',
      image: 'a',
      env: [
        { name: 'GREETING', value: 'good morning' },
        { name: 'MODE', value: 'fast' },
      ],
    };
    const d = deployment('dep-1', '1', {}, { podspec: { containers: [container] }, environment: { PLACE: 'somewhere' } });
    const hide = hidingEnvironment(d, { STORED: 'from-the-store' });
    expect(hide('good morning, somewhere, from-the-store, fast')).to.equal('***, ***, ***, fast');
  });
});
