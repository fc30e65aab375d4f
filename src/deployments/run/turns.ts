/**
 * Which replica reaches for an app first. All of them hear of it in the same moment; without turns the quickest would do all the work, and the others would lose claim after claim.
 * Rendezvous hashing (Thaler and Ravishankar, 1998): needs no agreement, and when a replica goes only its apps move. A turn is a courtesy: what protects an app is the epoch.
 */

import { createHash } from 'node:crypto';

/** How much later each further replica reaches for an app, ms. */
export const turnMs = 150;

const weight = (replica: string, app: string): string => createHash('sha256').update(`${replica} ${app}`).digest('hex');

/** 0 for the replica that comes first. `others` may contain `me`. */
export function turnOf(app: string, me: string, others: Iterable<string>): number {
  const mine = weight(me, app);
  return [...others].filter(other => other !== me && weight(other, app) > mine).length;
}
