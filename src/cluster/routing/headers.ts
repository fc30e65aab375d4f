/** Response headers as descriptors ask for them, checked before any proxy sees them. */

import { createHash } from 'node:crypto';
import type { ResponseHeader } from './dialect.ts';

/** RFC 9110 token; narrower rules of single dialects come on top. */
const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** Printable ASCII, inner spaces and tabs. */
const text = /^[!-~](?:[\t -~]*[!-~])?$/;

/** Headers that frame or route the answer; setting them would break it. */
const framing = new Set([
  'connection',
  'content-length',
  'content-encoding',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Why no proxy can set this header, or undefined. */
export function whyNotHeader({ name, value }: ResponseHeader): string | undefined {
  if (!token.test(name)) return 'its name is not a header name';
  if (framing.has(name.toLowerCase())) return 'it belongs to the connection';
  if (value === '') return 'its value is empty';
  if (!text.test(value)) return 'its value has characters that no header may have';
  return undefined;
}

/** The headers that can be set, and a warning for each that cannot; of equal names the last counts. */
export function usableHeaders(
  headers: ResponseHeader[],
  whyNot: (header: ResponseHeader) => string | undefined,
): { usable: ResponseHeader[]; warnings: string[] } {
  const usable = new Map<string, ResponseHeader>();
  const warnings: string[] = [];
  for (const header of headers) {
    const key = header.name.toLowerCase();
    const why = whyNotHeader(header) ?? whyNot(header);
    if (why !== undefined) {
      warnings.push(`additionHttpHeaders: ${shown(header.name)} is not set: ${why}`);
      continue;
    }
    if (usable.has(key)) warnings.push(`additionHttpHeaders: ${header.name} is given more than once; the last value counts`);
    usable.set(key, header);
  }
  return { usable: [...usable.values()], warnings };
}

/** A name that may be anything, fit for one line of a warning. */
const shown = (name: string): string => JSON.stringify(name.slice(0, 80)).replace(/[^ -~]/g, '?');

/** Name of the helper object that holds exactly these headers. */
export function headersName(appName: string, headers: ResponseHeader[]): string {
  const canonical = headers.map(({ name, value }) => [name, value]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return `${appName}-headers-${createHash('sha256').update(JSON.stringify(canonical)).digest('hex').slice(0, 10)}`;
}
