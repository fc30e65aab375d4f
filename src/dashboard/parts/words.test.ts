/** Words for states. */

import { expect } from 'chai';
import { outcomeOf, sentenceOf, shortImage } from './words.ts';

describe('words for states', () => {
  it('an image is told by the end of its name', () => {
    const images = [
      'demo-app:v1',
      'registry.example.com:5000/team/web:1.2',
      `web@sha256:${'ab'.repeat(32)}`,
      `r/web:1@sha256:${'0'.repeat(64)}`,
    ];
    expect(images.map(shortImage)).to.deep.equal(['demo-app:v1', 'web:1.2', 'web@abababababab', 'web:1@000000000000']);
  });

  it('what became of a deployment tells why it is gone', () => {
    const gone = (code: string) => outcomeOf({ status: 'UNDEPLOYED', phase: 'settled', reason: { code, message: '' } }).label;
    expect(['CANCELLED', 'ABORTED', 'UNDEPLOYED', 'SOMETHING_NEW'].map(gone)).to.deep.equal([
      'Cancelled',
      'Aborted',
      'Undeployed',
      'Replaced',
    ]);
    expect(outcomeOf({ status: 'DEPLOYED', phase: 'serving', degraded: true })).to.deep.equal({ label: 'Degraded', tone: 'warn' });
    expect(outcomeOf({ status: 'DEPLOYING', phase: 'verifying' }).label).to.equal('Verifying');
    expect(outcomeOf({ status: 'UNDEPLOYED', phase: 'draining' }).label).to.equal('Draining');
  });

  it('a sentence tells of both versions', () => {
    const brief = { id: '', created: '', lastModified: '', replicas: 1, images: [], principal: '', status: 'DEPLOYING' as const };
    const serving = { ...brief, version: '1', phase: 'serving' } as const;
    const candidate = { ...brief, version: '2', phase: 'verifying' } as const;
    expect(sentenceOf({ state: 'deploying', serving, candidate, queued: 1 })).to.equal(
      'version 1 serves; version 2 is verifying; 1 more in the queue',
    );
    expect(sentenceOf({ state: 'undeployed', queued: 0 })).to.equal('nothing serves');
  });
});
