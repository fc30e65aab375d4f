/** Keeps the colours of versions in this browser, so that blue is still blue when the page is opened again. Nothing else depends on it. */

import type { Colour } from './colours.ts';

const key = 'teal-colours';
/** The newest; two of each app are in use. */
const kept = 400;

export function rememberedColours(): ReadonlyMap<string, Colour> {
  try {
    const entries = JSON.parse(localStorage.getItem(key) ?? '[]') as [string, Colour][];
    return new Map(entries.filter(([id, colour]) => typeof id === 'string' && (colour === 'blue' || colour === 'green')));
  } catch {
    // No storage, or not ours: colours are chosen anew.
    return new Map();
  }
}

export function rememberColours(colours: ReadonlyMap<string, Colour>): void {
  try {
    localStorage.setItem(key, JSON.stringify([...colours].slice(-kept)));
  } catch {
    // As above.
  }
}
