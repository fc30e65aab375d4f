import { expect } from 'chai';
import { Problem } from '../lib/problem.ts';
import { tokenIn, type Credentials } from './token.ts';

const outcome = (credentials: Credentials): string => {
  try {
    return tokenIn(credentials);
  } catch (error) {
    expect(error).to.be.instanceOf(Problem).with.property('code', 'UNAUTHENTICATED');
    return (error as Problem).message;
  }
};

const ask = 'send a token: Authorization: Bearer <token>';
const longest = 'a'.repeat(8192);

describe('the token of a request', () => {
  const rows: [title: string, credentials: Credentials, outcome: string][] = [
    ['one header', { authorization: ['Bearer a.b.c'] }, 'a.b.c'],
    ['the scheme in any letter case', { authorization: ['bEARER  a.b.c '] }, 'a.b.c'],
    ['no header', {}, ask],
    ['an empty header', { authorization: [''] }, ask],
    ['the scheme alone', { authorization: ['Bearer '] }, ask],
    ['another scheme', { authorization: ['Basic YTpi'] }, ask],
    ['two words after the scheme', { authorization: ['Bearer a.b.c d'] }, ask],
    ['two tokens joined by a comma', { authorization: ['Bearer a.b.c, Bearer d.e.f'] }, ask],
    ['control characters', { authorization: ['Bearer a.b\u0000.c'] }, ask],
    ['two headers', { authorization: ['Bearer a.b.c', 'Bearer a.b.c'] }, 'there are several Authorization headers; send one'],
    ['two headers, one of another scheme', { authorization: ['Basic x', 'Bearer a'] }, 'there are several Authorization headers; send one'],
    ['the pair of subprotocols', { protocols: 'teal.v1, bearer, a.b.c' }, 'a.b.c'],
    ['half of the pair', { protocols: 'teal.v1, bearer' }, ask],
    ['other subprotocols', { protocols: 'teal.v1, a.b.c' }, ask],
    ['two pairs', { protocols: 'bearer, a, bearer, b' }, 'there are several tokens; send one'],
    ['header and pair', { authorization: ['Bearer a'], protocols: 'bearer, a' }, 'there are several tokens; send one'],
    ['8 KiB', { authorization: [`Bearer ${longest}`] }, longest],
    ['more than 8 KiB', { authorization: [`Bearer ${longest}a`] }, 'the token is longer than 8192 bytes'],
    ['more than 8 KiB as subprotocol', { protocols: `bearer, ${longest}a` }, 'the token is longer than 8192 bytes'],
  ];
  for (const [title, credentials, expected] of rows) it(title, () => expect(outcome(credentials)).to.equal(expected));

  it('is found in no time in a header made to confuse the pattern', () => {
    const from = performance.now();
    for (const evil of ['bearer' + ' '.repeat(16_000) + '!', `bearer ${'a'.repeat(16_000)}!`, 'bearer, '.repeat(2000)])
      expect(outcome({ authorization: [evil] })).to.equal(ask);
    expect(performance.now() - from).to.be.below(50);
  });
});
