/** Hides what a text calls a secret (`password=...`, `"token": "..."`, `Authorization: ...`), whether or not the value is known. Pure. */

import { mask, type Hide } from './known-values.ts';
import { looksSecret } from './secret-names.ts';

/** A quote as it stands in a text, or inside a quoted text. */
const quote = '\\\\*["\']';

const privateKey = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----[\s\S]*?(?:-----END \1PRIVATE KEY-----|$)/g;
const jwt = /\beyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]*/g;
const userInfo = /\b([a-z][a-z0-9+.-]*:\/\/[^\s/:@"']*):([^\s/@"']+)@/gi;
const scheme = /\b(bearer|basic)(\s+)(?=[^\s"']*[\d=+/._-])[\w.~+/=-]{6,}/gi;
const header = /\b((?:proxy-)?authorization|(?:set-)?cookie)(["']?\s*:\s*["']?)(?!\s*\*\*\*)[^"'\r\n]+/gi;
/** `{"name": "DB_PASSWORD", "value": "..."}`, and the same as Go prints it. */
const nameAndValue = new RegExp(
  `(\\bname(?:${quote})?\\s*:\\s*)(${quote})([\\w.-]+)(\\2\\s*,\\s*(?:${quote})?value(?:${quote})?\\s*:\\s*)(${quote})(.*?)(?<!\\\\)\\5`,
  'gi',
);
const quotedKey = new RegExp(`(${quote})([\\w.-]+)(\\1\\s*:\\s*)(?:(${quote})(.*?)(?<!\\\\)\\4|-?\\d[\\w.+-]*)`, 'g');
const assignment = /(^|[\s,;?&({["'])((?:--?)?[A-Za-z][\w.-]*)=("[^"]*"|'[^']*'|[^\s&;,"')}\]]+)/g;
/** `--password value`, as it stands in a command line or in a list of arguments. */
const option = /(^|[\s,["'])(--?[A-Za-z][\w.-]*)(["']?[\s,]+["']?)(?!-)([^\s"',\]]+)/g;
/** `password: value`, where nothing follows that would make it a sentence. */
const labelled = /\b([A-Za-z][\w.-]*)(:[ \t]+)([^\s"',;{}[\]]{6,})(?=\s*$|\s*[,;}\])]|\s+[\w.-]+[=:])/gm;

/** Hides what is named as a secret; everything else stays as it is. */
export const hideNamed: Hide = text =>
  text
    .replace(privateKey, mask)
    .replace(jwt, mask)
    .replace(userInfo, (_all, before: string) => `${before}:${mask}@`)
    .replace(header, (_all, name: string, colon: string) => `${name}${colon}${mask}`)
    .replace(scheme, (_all, name: string, space: string) => `${name}${space}${mask}`)
    .replace(nameAndValue, (all, before: string, q: string, name: string, between: string, r: string) =>
      looksSecret(name) ? `${before}${q}${name}${between}${r}${mask}${r}` : all,
    )
    .replace(quotedKey, (all, q: string, name: string, colon: string, r: string | undefined) =>
      looksSecret(name) ? `${q}${name}${colon}${r ?? q}${mask}${r ?? q}` : all,
    )
    .replace(assignment, (all, before: string, name: string) => (looksSecret(name) ? `${before}${name}=${mask}` : all))
    .replace(option, (all, before: string, name: string, between: string) =>
      looksSecret(name) ? `${before}${name}${between}${mask}` : all,
    )
    .replace(labelled, (all, name: string, colon: string) => (looksSecret(name) ? `${name}${colon}${mask}` : all));

const deepest = 8;
/** Names under which whole environments are logged: none of their values is anybody's business. */
const wholes = new Set(['env', 'environment']);

/** Fields of a log line as they may be written: every text goes through `hide`, and what stands under a secret name is left out. */
export function hideInFields(value: unknown, hide: Hide, depth = 0): unknown {
  if (typeof value === 'string') return hide(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) return '...';
  if (Array.isArray(value)) return value.map(item => hideInFields(item, hide, depth + 1));
  const own =
    value instanceof Error ? { ...value, name: value.name, message: value.message, stack: value.stack, cause: value.cause } : value;
  return Object.fromEntries(
    Object.entries(own).map(([name, field]) => [
      name,
      looksSecret(name) || wholes.has(name.toLowerCase()) ? mask : hideInFields(field, hide, depth + 1),
    ]),
  );
}
