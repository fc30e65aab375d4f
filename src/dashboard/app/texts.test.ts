/** Events and changes in words. */

import { expect } from 'chai';
import type { Deployment } from '../server/shapes.ts';
import { changeText } from './audit-text.ts';
import { pastEvents, textOf } from './event-text.ts';

describe('events and changes in words', () => {
  it('an event says what became of which version', () => {
    const event = { type: 'event', seq: 1, time: '', kind: 'deployment', action: 'changed', id: 'd', appName: 'a', version: '3' } as const;
    expect(textOf({ ...event, action: 'created' })).to.equal('Version 3 was asked for');
    expect(textOf({ ...event, status: 'DEPLOYING', phase: 'verifying' })).to.equal('Version 3: verifying');
    expect(textOf({ ...event, status: 'FAILURE', phase: 'settled' })).to.equal('Version 3 failed');
    expect(textOf({ ...event, status: 'UNDEPLOYED', phase: 'draining' })).to.equal('Version 3 was replaced and is draining');
    expect(textOf({ ...event, kind: 'descriptor' })).to.equal('The descriptor was changed');
  });

  it('records tell of the time before, newest first', () => {
    const record = {
      id: 'd',
      version: '1',
      created: '2026-01-01',
      deployedAt: '2026-01-02',
      settledAt: '2026-01-03',
      status: 'UNDEPLOYED',
      principal: 'ann',
    };
    expect(pastEvents([record as Deployment]).map(({ text }) => text)).to.deep.equal([
      'Version 1 is gone',
      'Version 1 took the traffic',
      'Version 1 was asked for by ann',
    ]);
  });

  it('a change names the first fields and counts the others', () => {
    const fields = Array.from({ length: 6 }, (_, index) => ({ pointer: `/f${index}`, before: index, after: { deep: index } }));
    expect(changeText({ fields, moreFields: 3 })).to.equal(
      '/f0: 0 → {"deep":0}, /f1: 1 → {"deep":1}, /f2: 2 → {"deep":2}, /f3: 3 → {"deep":3}, and 5 more fields',
    );
    expect(changeText({ version: '4', images: { web: 'web:2' } })).to.equal('version 4, web: web:2');
    expect(changeText({ fields: [{ pointer: '/frontend', after: 'a.test' }] })).to.equal('/frontend: nothing → a.test');
    expect(changeText(undefined)).to.equal('');
  });
});
