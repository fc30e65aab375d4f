/** Loaded into a process before its program: answers for names under `.own.test` by the file OWN_NAMES, leaves all others to the system. */

import dns, { type LookupAllOptions, type LookupOptions } from 'node:dns';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

type Done = (error: Error | null, address?: unknown, family?: number) => void;

const isOwn = (name: string) => name.endsWith('.own.test');
const isListed = (name: string) =>
  readFileSync(process.env['OWN_NAMES'] ?? '', 'utf8')
    .split('\n')
    .includes(name);
const missing = (name: string) => Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND', syscall: 'getaddrinfo' });
const loopback = { address: '127.0.0.1', family: 4 };

const systemLookup = dns.lookup as (name: string, options: LookupOptions, done: Done) => void;
const systemPromise = dns.promises.lookup as (name: string, options?: LookupOptions) => Promise<unknown>;

function lookup(name: string, given: LookupOptions | Done, last?: Done): void {
  const done = typeof given === 'function' ? given : (last as Done);
  const options = typeof given === 'function' ? {} : given;
  if (!isOwn(name)) systemLookup(name, options, done);
  else if (!isListed(name)) process.nextTick(done, missing(name));
  else if ((options as LookupAllOptions).all) process.nextTick(done, null, [loopback]);
  else process.nextTick(done, null, loopback.address, loopback.family);
}

async function lookupPromise(name: string, options?: LookupOptions): Promise<unknown> {
  if (!isOwn(name)) return systemPromise(name, options);
  if (!isListed(name)) throw missing(name);
  return options?.all ? [loopback] : loopback;
}

Object.assign(dns, { lookup });
Object.assign(dns.promises, { lookup: lookupPromise });
syncBuiltinESMExports();
