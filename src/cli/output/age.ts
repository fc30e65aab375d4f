/** How long ago, in the short form that kubectl has made known. Pure. */

const units: [unit: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];

/** `45s`, `3m12s`, `2h5m`, `9d`; the smaller unit only where it still says something. */
export function shortSpan(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000)) * 1000;
  const index = units.findIndex(([, size]) => whole >= size);
  const [unit, size] = units[index] ?? ['s', 1000];
  const count = Math.floor(whole / size);
  const next = units[index + 1];
  const rest = next === undefined ? 0 : Math.floor((whole % size) / next[1]);
  return next === undefined || count >= 10 || rest === 0 ? `${count}${unit}` : `${count}${unit}${rest}${next[0]}`;
}

export const ageOf = (time: string | undefined, nowMs = Date.now()): string =>
  time === undefined ? '' : shortSpan(nowMs - Date.parse(time));

/** The beginning of an id that tells deployments apart: ids begin with their millisecond. */
export const shortId = (id: string): string => id.slice(0, 13);
