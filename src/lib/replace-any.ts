/** Replaces any of many texts in another one. Pure. A regular expression of thousands of alternatives would try each of them at every character. */

/**
 * Leftmost first, the longest of those that begin there, as an alternation sorted by length does. A binary search for each character: all texts between a prefix of the rest and the
 * rest itself, in sorted order, begin with that prefix, so the longest match is the nearest text below the rest or one of its own prefixes.
 */
export function replaceAny(texts: Iterable<string>, replacement: string): (text: string) => string {
  const sorted = [...new Set(texts)].filter(text => text !== '').sort();
  const prefixes = longestPrefixes(sorted);

  function lengthOfMatch(text: string, at: number): number {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isAfter(sorted[middle] ?? '', text, at)) high = middle;
      else low = middle + 1;
    }
    for (let index = low - 1; index >= 0; index = prefixes[index] ?? -1) {
      const candidate = sorted[index] ?? '';
      if (text.startsWith(candidate, at)) return candidate.length;
    }
    return 0;
  }

  return text => {
    let told = '';
    let from = 0;
    for (let at = 0; at < text.length;) {
      const length = lengthOfMatch(text, at);
      if (length > 0) {
        told += text.slice(from, at) + replacement;
        from = at + length;
      }
      at += length || 1;
    }
    return told + text.slice(from);
  };
}

/** For each of the sorted texts the place of the longest other one that it begins with; -1 = none. */
function longestPrefixes(sorted: readonly string[]): number[] {
  const open: number[] = [];
  return sorted.map((text, index) => {
    while (open.length > 0 && !text.startsWith(sorted[open.at(-1) ?? 0] ?? '')) open.pop();
    const prefix = open.at(-1) ?? -1;
    open.push(index);
    return prefix;
  });
}

/** Whether `candidate` comes after the rest of the text, by UTF-16 units as `sort` has it. */
function isAfter(candidate: string, text: string, at: number): boolean {
  for (let index = 0; index < candidate.length; index++) {
    if (at + index >= text.length) return true;
    const difference = candidate.charCodeAt(index) - text.charCodeAt(at + index);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
