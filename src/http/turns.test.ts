import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { createTurns } from './turns.ts';

describe('turns', () => {
  it('begin few at once and the others in the next turns, in order', async () => {
    const begun: number[] = [];
    const take = createTurns(3);
    const seen = () => begun.splice(0);
    for (let index = 0; index < 8; index++) take(() => begun.push(index));
    expect(seen()).to.deep.equal([0, 1, 2]);
    await nextTurn();
    take(() => begun.push(8));
    expect(seen()).to.deep.equal([3, 4, 5]);
    await nextTurn();
    expect(seen()).to.deep.equal([6, 7, 8]);
    await nextTurn();
    await nextTurn();
    take(() => begun.push(9));
    expect(seen()).to.deep.equal([9]);
  });

  it('let what was asked of the disk come back while a crowd still waits', async () => {
    const take = createTurns(1);
    let left = 100;
    const read = readFile(new URL(import.meta.url)).then(() => left);
    const busy = () => {
      const from = performance.now();
      while (performance.now() - from < 5);
      left--;
    };
    for (let index = 0; index < 100; index++) take(busy);
    expect(await read).to.be.greaterThan(0);
  });
});
