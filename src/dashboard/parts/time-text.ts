/** Times as people say them. Pure. */

const units = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** `45 s`, `3 m 20 s`, `2 h 5 m`, `4 d 1 h`: the two greatest units that count. */
export function durationText(ms: number): string {
  let rest = Math.max(0, Math.round(ms / 1000));
  const parts: string[] = [];
  for (const [unit, seconds] of units) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0 || (parts.length > 0 && parts.length < 2)) parts.push(`${count} ${unit}`);
    if (parts.length === 2) break;
  }
  return parts.filter(part => !part.startsWith('0 ')).join(' ') || '0 s';
}

/** `0:09`, `4:05`, `1:02:03`: what is left of a phase. */
export function countdownText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** `just now`, `5 m ago`. Only the greatest unit: this is for glancing. */
export function agoText(ms: number): string {
  if (ms < 5000) return 'just now';
  return `${durationText(ms).split(' ').slice(0, 2).join(' ')} ago`;
}

/** From acceptance until it served, or until it was known that it never will. */
export function tookMs(deployment: {
  created: string;
  deployedAt?: string;
  settledAt?: string;
  lastModified: string;
  status: string;
}): number | undefined {
  const end = deployment.deployedAt ?? (deployment.status === 'FAILURE' ? (deployment.settledAt ?? deployment.lastModified) : undefined);
  return end === undefined ? undefined : Math.max(0, Date.parse(end) - Date.parse(deployment.created));
}
