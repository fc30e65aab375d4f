/** Which version should have the traffic while two could: one function for the confirming window and for the drain (PROTOCOL section 6). */

export interface Sides {
  stage: 'confirming' | 'draining';
  /** The version that has the traffic. */
  fresh: { healthy: number; wanted: number };
  /** The version that had it before; absent for a first deployment. */
  old?: { healthy: number };
  /** ms; undefined while the cluster's clock is unknown. */
  now: number | undefined;
  /** End of the confirming window. */
  windowEnds: number;
  /** When patience ends. */
  deadline: number;
  /** Since when the fresh version has no healthy pod. */
  noneHealthySince: number | undefined;
  /** Whether traffic may go back by itself in the drain. */
  mayGoBack: boolean;
}

export type Verdict =
  /** Nothing to decide yet. */
  | 'hold'
  /** The new version keeps the traffic. */
  | 'forward'
  /** The new version keeps it though it is not as healthy as it should be: the old one is worse. */
  | 'degraded'
  /** Traffic goes back. */
  | 'back';

/** How long the fresh version may be without any healthy pod before traffic leaves it in the drain. */
export const blackoutMs = 3000;

export function side(s: Sides): Verdict {
  const past = (time: number) => s.now !== undefined && s.now >= time;
  const blackedOut = s.fresh.healthy === 0 && s.noneHealthySince !== undefined && past(s.noneHealthySince + blackoutMs);
  if (s.stage === 'draining') return s.mayGoBack && blackedOut && (s.old?.healthy ?? 0) >= 1 ? 'back' : 'hold';

  if (s.fresh.wanted > 0 && s.fresh.healthy >= s.fresh.wanted) return past(s.windowEnds) ? 'forward' : 'hold';
  if (!s.old) return blackedOut || past(s.deadline) ? 'back' : 'hold';
  if (s.old.healthy >= Math.max(1, s.fresh.healthy)) return 'back';
  if (!past(s.deadline)) return 'hold';
  return s.fresh.healthy === 0 ? 'back' : 'degraded';
}
