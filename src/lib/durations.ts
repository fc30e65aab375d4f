/** Spans of time as people write and read them. Pure. */

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;
const words = { d: 'day', h: 'hour', m: 'minute', s: 'second' } as const;
type Unit = keyof typeof units;

/** `90s`, `15m`, `12h`, `30d` in milliseconds; undefined = it is none of that. */
export function readDuration(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * units[unit as Unit];
}

/** The two largest units that say something: `11 hours 59 minutes`. */
export function inWords(ms: number): string {
  let left = Math.max(0, Math.round(ms / 1000)) * 1000;
  const parts: string[] = [];
  for (const unit of Object.keys(units) as Unit[]) {
    const count = Math.floor(left / units[unit]);
    left -= count * units[unit];
    if (count > 0) parts.push(`${count} ${words[unit]}${count === 1 ? '' : 's'}`);
  }
  return parts.slice(0, 2).join(' ') || 'no time';
}
