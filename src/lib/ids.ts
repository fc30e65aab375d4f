/** Identifiers. A version 7 UUID (RFC 9562 section 5.7) starts with its time, so that key order in the store is order of creation. */

import { randomBytes } from 'node:crypto';

let lastMs = 0;
let counter = 0;

/** A new id: unique everywhere, and greater than every id that this process made before. */
export function newId(nowMs: number): string {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = randomBytes(2).readUInt16BE() & 0x07ff;
  } else if (++counter > 0x0fff) {
    lastMs++;
    counter = 0;
  }
  const bytes = randomBytes(16);
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes[6] = 0x70 | (counter >> 8);
  bytes[7] = counter & 0xff;
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A new id that is also greater than `previous`, which a process whose clock is ahead may have made. */
export function newIdAfter(previous: string | undefined, nowMs: number): string {
  const id = newId(nowMs);
  if (previous === undefined || id > previous) return id;
  // Time and counter of the previous one, plus one; version, variant and chance are those of a new id.
  const next = (BigInt(`0x${previous.replaceAll('-', '').slice(0, 12)}${previous.slice(15, 18)}`) + 1n).toString(16).padStart(15, '0');
  return `${next.slice(0, 8)}-${next.slice(8, 12)}-7${next.slice(12)}${id.slice(18)}`;
}

export const isId = (text: string): boolean => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);
