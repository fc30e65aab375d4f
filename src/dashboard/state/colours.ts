/** Which of the two versions of an app is blue and which is green. A version keeps its colour for as long as it is seen; the next one takes the other. Pure. */

import type { Version } from '../server/shapes.ts';

export type Colour = 'blue' | 'green';

export const otherColour = (colour: Colour): Colour => (colour === 'blue' ? 'green' : 'blue');

type Standing = Pick<Version, 'role'> & { deployment: { id: string; version: string } };

/** Odd numbers are blue, so that a page that is opened in between mostly agrees with one that was there before. */
const firstColour = (version: string): Colour => (/^\d*[02468]$/.test(version) ? 'green' : 'blue');

/** The colours known so far, with one for each of the versions that stand now. */
export function colourVersions(known: ReadonlyMap<string, Colour>, standing: readonly Standing[]): ReadonlyMap<string, Colour> {
  const colours = new Map(known);
  // What serves chooses first: it is what people have in mind.
  const order = [...standing].sort((a, b) => Number(b.role === 'serving') - Number(a.role === 'serving'));
  for (const { deployment } of order) {
    const other = order.find(({ deployment: { id } }) => id !== deployment.id && colours.has(id));
    const taken = other && colours.get(other.deployment.id);
    const mine = colours.get(deployment.id);
    if (mine === undefined) colours.set(deployment.id, taken ? otherColour(taken) : firstColour(deployment.version));
    else if (mine === taken) colours.set(deployment.id, otherColour(mine));
  }
  return colours;
}
