/** Hides secret values wherever they stand in a text: as they are, and as they look inside JSON, URLs and base64. Pure. */

import { replaceAny } from './replace-any.ts';

export const mask = '***';

/** Shorter values would tear ordinary text apart. */
export const shortestSecret = 6;
/** A line of a secret with several (a PEM key) is hidden alone when it is at least so long. */
const shortestLine = 16;

export type Hide = (text: string) => string;

/** Hides these values, the longest first; values under `shortestSecret` characters are left alone. */
export function hiding(values: Iterable<string>): Hide {
  const forms = new Set([...new Set(values)].filter(value => value.length >= shortestSecret).flatMap(formsOf));
  if (forms.size === 0) return text => text;
  return replaceAny(forms, mask);
}

function formsOf(value: string): string[] {
  const lines = value.split(/\r?\n/).filter(line => line.length >= shortestLine && line !== value && !line.startsWith('-----'));
  return [value, ...lines].flatMap(text => {
    const url = encodeURIComponent(Buffer.from(text).toString());
    return [
      text,
      JSON.stringify(text).slice(1, -1),
      url,
      url.replaceAll('%20', '+'),
      url.replace(/%[0-9A-F]{2}/g, code => code.toLowerCase()),
      ...base64Of(text),
    ];
  });
}

/** What base64 shows of the text wherever in the encoded bytes it begins; both alphabets. */
function base64Of(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8');
  return [0, 1, 2].flatMap(offset => {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The first and last characters also hold bits of what stands beside the text.
    const alone = whole.slice(offset === 0 ? 0 : offset + 1, (offset + bytes.length) % 3 === 0 ? undefined : -1);
    return [alone, alone.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** The secrets that this process knows. */
export interface KnownSecrets {
  /** What a source knows now; the values that it knew before stay hidden for one more change. */
  know(source: string, values: readonly string[]): void;
  hide: Hide;
}

export function createKnownSecrets(): KnownSecrets {
  const sources = new Map<string, { now: readonly string[]; before: readonly string[] }>();
  let hide: Hide | undefined;
  return {
    know(source, values) {
      const known = sources.get(source)?.now ?? [];
      if (known.length === values.length && known.every((value, at) => value === values[at])) return;
      sources.set(source, { now: [...values], before: known });
      hide = undefined;
    },
    hide(text) {
      hide ??= hiding([...sources.values()].flatMap(({ now, before }) => [...now, ...before]));
      return hide(text);
    },
  };
}
