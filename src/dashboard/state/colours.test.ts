/** The colours of versions. */

import { expect } from 'chai';
import { colourVersions, type Colour } from './colours.ts';

const standing = (role: 'serving' | 'candidate' | 'predecessor', version: string) => ({ role, deployment: { id: `d${version}`, version } });

const play = (...moments: ReturnType<typeof standing>[][]): Record<string, Colour> => {
  let colours: ReadonlyMap<string, Colour> = new Map();
  for (const versions of moments) colours = colourVersions(colours, versions);
  return Object.fromEntries(colours);
};

describe('the colours of versions', () => {
  it('differ between the two that stand', () => {
    expect(play([standing('serving', '1'), standing('candidate', '2')])).to.deep.equal({ d1: 'blue', d2: 'green' });
    expect(play([standing('candidate', '3'), standing('serving', '1')])).to.deep.equal({ d1: 'blue', d3: 'green' });
  });

  it('stay with a version when it takes the traffic and when it is the only one', () => {
    const colours = play(
      [standing('serving', '1')],
      [standing('serving', '1'), standing('candidate', '3')],
      [standing('serving', '3'), standing('predecessor', '1')],
      [standing('serving', '3')],
      [standing('serving', '3'), standing('candidate', '4')],
    );
    expect(colours).to.deep.equal({ d1: 'blue', d3: 'green', d4: 'blue' });
  });

  it('are there for versions that are no numbers', () => {
    expect(play([standing('serving', '1.2.3'), standing('candidate', '1.2.4')])).to.deep.equal({ 'd1.2.3': 'blue', 'd1.2.4': 'green' });
  });

  it('change when two that had the same meet', () => {
    const colours = play([standing('serving', '1')], [standing('serving', '3')], [standing('serving', '3'), standing('predecessor', '1')]);
    expect(new Set(Object.values(colours)).size).to.equal(2);
  });
});
