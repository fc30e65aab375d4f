/** What the row of a pod says. */

import { expect } from 'chai';
import { stateOfPod } from './pod-state.ts';

describe('the row of a pod', () => {
  const running = { phase: 'Running', ready: true } as const;

  it('says that it is fine', () => {
    expect(stateOfPod(running)).to.deep.equal({ label: 'Ready', tone: 'good' });
    expect(stateOfPod({ ...running, healthy: true })).to.deep.equal({ label: 'Healthy', tone: 'good' });
  });

  it('says what is wrong before what is missing', () => {
    expect(stateOfPod({ ...running, healthy: false })).to.deep.equal({ label: 'Unhealthy', tone: 'bad' });
    expect(stateOfPod({ phase: 'Pending', ready: false, reason: 'ErrImagePull' })).to.deep.equal({ label: 'ErrImagePull', tone: 'bad' });
    expect(stateOfPod({ phase: 'Running', ready: false, healthy: false })).to.deep.equal({ label: 'Unhealthy', tone: 'bad' });
  });

  it('does not alarm about what every pod goes through', () => {
    expect(stateOfPod({ phase: 'Pending', ready: false, reason: 'ContainerCreating' }).tone).to.equal('busy');
    expect(stateOfPod({ phase: 'Running', ready: false })).to.deep.equal({ label: 'Not ready', tone: 'busy' });
    expect(stateOfPod({ ...running, healthy: false, deleting: true })).to.deep.equal({ label: 'Ending', tone: 'quiet' });
  });
});
