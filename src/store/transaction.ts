/** The rules every transaction keeps, whichever adapter takes it: no key written twice, and no more than etcd takes with its default settings. */

import { StoreError, type Transaction, type Write } from './store.ts';

/** etcd's default `--max-txn-ops`: for the compares and for the writes, each. */
export const maxOperations = 128;
/** etcd's default `--max-request-bytes`. */
export const maxRequestBytes = 1.5 * 1024 * 1024;

const written = (write: Write): string => ('put' in write ? write.put : 'delete' in write ? write.delete : write.deletePrefix);

/** Bytes of all keys and values: what counts against the request limit, but for a few bytes of framing per operation. */
export function sizeOf({ compare, writes }: Transaction): number {
  let bytes = 0;
  for (const { key } of compare) bytes += Buffer.byteLength(key);
  for (const write of writes) bytes += Buffer.byteLength(written(write)) + ('put' in write ? Buffer.byteLength(write.value) : 0);
  return bytes;
}

/**
 * Throws a TypeError for a transaction that is wrong in itself (our bug: an empty key, a key written twice), and a StoreError TOO_LARGE for one with
 * more operations than the store takes.
 */
export function checkTransaction(transaction: Transaction): void {
  const { compare, writes } = transaction;
  if (compare.some(({ key }) => key === '') || writes.some(write => written(write) === ''))
    throw new TypeError('a transaction names an empty key');
  const exact = new Set<string>();
  const prefixes: string[] = [];
  for (const write of writes) {
    const key = written(write);
    if ('deletePrefix' in write) prefixes.push(key);
    else if (exact.has(key)) throw new TypeError(`a transaction writes the key ${key} twice`);
    else exact.add(key);
  }
  for (const [index, prefix] of prefixes.entries()) {
    for (const key of exact)
      if (key.startsWith(prefix)) throw new TypeError(`a transaction writes the key ${key} and deletes its prefix ${prefix}`);
    if (prefixes.some((other, at) => at !== index && other.startsWith(prefix)))
      throw new TypeError(`a transaction deletes the prefix ${prefix} twice`);
  }
  const operations = Math.max(compare.length, writes.length);
  if (operations > maxOperations)
    throw new StoreError('TOO_LARGE', `a transaction of ${operations} operations; the store takes ${maxOperations}`);
}
