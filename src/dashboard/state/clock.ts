/** The time as the cluster has it, ticking once a second while somebody looks. */

import { signal } from '@preact/signals';

/** How far the cluster's clock is ahead of this machine's. */
let aheadMs = 0;

export const now = signal(Date.now());

const tick = (): void => void (now.value = Date.now() + aheadMs);

/** Small differences are the time that answers take; following them would make countdowns jump. */
export function setClock(clusterTime: string): void {
  const ahead = Date.parse(clusterTime) - Date.now();
  if (Number.isFinite(ahead) && Math.abs(ahead - aheadMs) > 1500) aheadMs = ahead;
}

setInterval(() => {
  if (!document.hidden) tick();
}, 1000);
document.addEventListener('visibilitychange', tick);
