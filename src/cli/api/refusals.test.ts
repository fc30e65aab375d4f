import { expect } from 'chai';
import type { Failure } from '../exits.ts';
import type { Answer } from './client.ts';
import { failureOf } from './refusals.ts';

const url = 'http://teal:8000';

function refusal(status: number, body: string | object, type?: string): Failure {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const contentType = type ?? (typeof body === 'string' ? 'text/plain' : 'application/problem+json; charset=utf-8');
  const header = (name: string) => (name === 'content-type' ? contentType : undefined);
  return failureOf({ status, header, text } as Answer, { verbose: false, server: { url } });
}

describe('a refusal', () => {
  it('of Teal is told with its title, its detail, and each field', () => {
    const { message, exit, more } = refusal(400, {
      title: 'Invalid',
      detail: 'the descriptor has 2 faults',
      errors: [
        { pointer: '/replicas', message: 'must be an integer' },
        { pointer: '/appName', message: 'must be given' },
      ],
    });
    expect([message, exit]).to.deep.equal(['Invalid: the descriptor has 2 faults', 2]);
    expect(more).to.deep.equal(['  /replicas: must be an integer', '  /appName: must be given']);
  });

  it('says nothing twice', () => {
    const limit = { pointer: '?limit', message: 'must be an integer from 1 to 1000; got the number 0' };
    const wait = { pointer: '?wait', message: 'must be a time' };
    const one = refusal(400, { title: 'Invalid', detail: `?limit ${limit.message}`, errors: [limit] });
    expect([one.message, one.more]).to.deep.equal(['Invalid: ?limit must be an integer from 1 to 1000; got the number 0', []]);
    const two = refusal(400, { title: 'Invalid', detail: `?limit ${limit.message}; ?wait ${wait.message}`, errors: [limit, wait] });
    expect([two.message, two.more]).to.deep.equal([
      'Invalid: 2 faults',
      ['  ?limit: must be an integer from 1 to 1000; got the number 0', '  ?wait: must be a time'],
    ]);
  });

  it('of something else does not pass for one of Teal: it is no app that is not there', () => {
    for (const [status, body, type] of [
      [404, 'default backend - 404\n', undefined],
      [404, '{"message": "no Route matched"}', 'application/json'],
      [301, '', undefined],
    ] as const) {
      const { message, exit } = refusal(status, body, type);
      expect(exit).to.equal(1);
      expect(message).to.equal(`${url} is not a Teal server (${status}${body === '' ? '' : `: ${body.trim()}`})`);
    }
  });

  it('may come from a proxy in front of a Teal', () => {
    expect(refusal(503, 'no healthy upstream')).to.include({ message: `${url} answered 503: no healthy upstream`, exit: 1, passing: true });
    expect(refusal(401, 'log in first')).to.include({ message: `${url} answered 401: log in first`, exit: 4, passing: false });
  });
});
