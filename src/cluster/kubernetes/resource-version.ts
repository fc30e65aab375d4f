/** Resource versions are decimal numbers of up to 64 bits: compared as numbers, without losing digits. */

/** Negative when `a` is older than `b`, 0 when equal. Anything that is not a number is older than every number. */
export function compareVersions(a: string | undefined, b: string | undefined): number {
  const left = digits(a);
  const right = digits(b);
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

const digits = (version: string | undefined): string => (version !== undefined && /^\d+$/.test(version) ? version.replace(/^0+/, '') : '');
