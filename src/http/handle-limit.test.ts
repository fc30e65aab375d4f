import { expect } from 'chai';
import { handleLimitIn } from './handle-limit.ts';
import { connectionsFor } from './server.ts';

const limits = (files: string) => `Limit                     Soft Limit           Hard Limit           Units
Max processes             1024                 2048                 processes
Max open files            ${files.padEnd(21)}524288               files
`;

describe('the limit of file handles', () => {
  it('is the soft one', () => expect(handleLimitIn(limits('1024'))).to.equal(1024));
  it('may be none', () => expect(handleLimitIn(limits('unlimited'))).to.equal(Infinity));
  it('may be untold', () => expect(handleLimitIn('')).to.equal(Infinity));
});

describe('connections at once', () => {
  for (const [handles, connections] of [
    [Infinity, 10_000],
    [1_048_576, 10_000],
    [1024, 512],
    [1, 1],
  ] as const)
    it(`${connections} with ${handles} handles`, () => expect(connectionsFor(handles)).to.equal(connections));
});
