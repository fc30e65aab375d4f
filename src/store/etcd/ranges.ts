/** Reads of entries: pages of any size out of answers of a bounded size, all as of one revision. */

import type { IKeyValue, IRangeRequest, IRangeResponse } from 'etcd3';
import { StoreError, type Entry, type Page, type RangeOptions } from '../store.ts';
import type { Connection } from './connection.ts';
import type { Reads } from './reads.ts';

/** An answer is aimed at this size, so that one call neither takes long nor much memory. */
const answerBytes = 1024 * 1024;
const firstCount = 100;
const largestCount = 5000;

/** The end of the range of all keys that start with `prefix`: its last byte raised, bytes that cannot be raised dropped; NUL means "to the end". */
export function prefixEnd(prefix: Buffer): Buffer {
  for (let at = prefix.length - 1; at >= 0; at--) {
    const byte = prefix[at] ?? 0xff;
    if (byte < 0xff) return Buffer.concat([prefix.subarray(0, at), Buffer.from([byte + 1])]);
  }
  return Buffer.from([0]);
}

/** The bounds of a prefix in a request. The empty prefix is every key. */
export function prefixBounds(prefix: string): { key: Buffer; range_end: Buffer } {
  const start = Buffer.from(prefix);
  return { key: start.length === 0 ? Buffer.from([0]) : start, range_end: prefixEnd(start) };
}

export const toEntry = ({ key, value, mod_revision }: IKeyValue): Entry => ({
  key: key.toString(),
  value: value.toString(),
  revision: Number(mod_revision),
});

export async function getEntry(reads: Reads, key: string): Promise<Entry | undefined> {
  const { kvs } = await reads.range({ key: Buffer.from(key) });
  return kvs[0] && toEntry(kvs[0]);
}

export async function countKeys(connection: Connection, prefix: string): Promise<number> {
  const { count } = await connection.read<IRangeResponse>('KV', 'range', { ...prefixBounds(prefix), count_only: true });
  return Number(count);
}

/** One page. When the revision that the first answer named is compacted away while we page, we start over, unless the caller asked for it. */
export async function getPage(reads: Reads, prefix: string, options: RangeOptions = {}): Promise<Page> {
  if (options.limit !== undefined && options.limit < 1) throw new RangeError('a page has at least one entry');
  for (let attempt = 1; ; attempt++) {
    try {
      return await readPage(reads, prefix, options);
    } catch (error) {
      const restart = error instanceof StoreError && error.code === 'COMPACTED' && options.revision === undefined && attempt < 3;
      if (!restart) throw error;
    }
  }
}

async function readPage(
  reads: Reads,
  prefix: string,
  { limit = Infinity, after, descending = false, revision }: RangeOptions,
): Promise<Page> {
  const { key, range_end } = prefixBounds(prefix);
  const entries: Entry[] = [];
  let at = revision;
  let last = after;
  let count = firstCount;
  for (;;) {
    const request: IRangeRequest = { key, range_end, limit: Math.min(count, limit - entries.length) };
    if (descending) Object.assign(request, { sort_order: 'Descend', sort_target: 'Key' });
    if (last !== undefined) Object.assign(request, descending ? { range_end: Buffer.from(last) } : { key: Buffer.from(`${last}\0`) });
    if (at !== undefined) request.revision = at;
    const { kvs, more, revision: current } = await reads.range(request);
    at ??= current;
    let bytes = 0;
    for (const kv of kvs) {
      entries.push(toEntry(kv));
      bytes += kv.value.length + kv.key.length;
    }
    last = entries.at(-1)?.key ?? last;
    if (!more || entries.length >= limit) return { entries, revision: at, more };
    count = Math.max(1, Math.min(largestCount, Math.floor((answerBytes * kvs.length) / Math.max(bytes, 1))));
  }
}
