/** Every kind of fault, one row each. */

import type { Spoil } from '../support/gateway.ts';
import type { Faults } from '../support/server.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import type { Broken, Fault } from './operations.ts';

/** Requests for objects; what goes through to a pod is its own affair. */
const objects = /^(?!.*\/proxy\/)/;

const spoiled = (title: string, rule: Omit<Spoil, 'path'>, forMs?: number): Fault => ({
  title,
  begin: ({ gateway }) => gateway.spoil({ path: objects, ...rule }),
  ...(forMs === undefined ? {} : { forMs }),
});

const spoiledWrites = (title: string, rule: Omit<Spoil, 'path' | 'method'>): Fault => ({
  title,
  begin({ gateway }): Broken {
    const rules = ['POST', 'PUT', 'DELETE'].map(method => gateway.spoil({ path: objects, method, ...rule }));
    return {
      heal: () => rules.forEach(one => one.heal()),
      struck: () => rules.reduce((sum, one) => sum + one.struck(), 0),
    };
  },
});

/** Watches that stand are cut, so that each has to begin anew. */
const spoiledWatches = (title: string, how: Spoil['with']): Fault => ({
  title,
  begin({ gateway, api }) {
    const rule = gateway.spoil({ path: objects, watch: true, with: how });
    api.cut();
    return rule;
  },
});

const mode = (proxy: TcpProxy | undefined, broken: TcpProxy['mode'], andCut = false): Broken => {
  if (!proxy) throw new Error('no proxy there');
  proxy.mode = broken;
  if (andCut) proxy.cut();
  return {
    heal() {
      proxy.mode = 'pass';
      // A connection that has lost some bytes is not whole again by itself.
      proxy.cut();
    },
  };
};

const again = (everyMs: number, what: () => void): Broken => {
  const timer = setInterval(what, everyMs);
  return { heal: () => clearInterval(timer) };
};

const slow = (proxy: TcpProxy | undefined, delayMs: number): Broken => {
  if (!proxy) throw new Error('no proxy there');
  proxy.delayMs = delayMs;
  return { heal: () => void (proxy.delayMs = 0) };
};

type Which = (faults: Faults) => TcpProxy | undefined;

/** The same faults of the network on either side. */
const network = (name: string, which: Which, etcd: boolean): Fault[] =>
  (
    [
      [`${name} answers 120 ms later`, faults => slow(which(faults), 60)],
      [`every connection to ${name} is reset each second`, faults => again(1000, () => which(faults)?.cut())],
      [`${name} does not let anybody in for 5 s`, faults => mode(which(faults), 'refuse', true), 5000],
      [`the answers of ${name} are lost for 4 s`, faults => mode(which(faults), 'deaf'), 4000],
      [`connections to ${name} are half-open for 8 s`, faults => mode(which(faults), 'hold'), 8000],
      [`the answers of ${name} are cut in the middle for 3 s`, faults => mode(which(faults), 'truncate'), 3000],
    ] as [string, Fault['begin'], number?][]
  ).map(([title, begin, forMs]) => ({ title, begin, ...(etcd ? { etcd } : {}), ...(forMs === undefined ? {} : { forMs }) }));

const etcdOf = ({ etcd }: Faults) => {
  if (!etcd) throw new Error('no etcd there');
  return etcd;
};

const outages: Fault[] = [
  {
    title: 'etcd is killed, and comes back after 5 s',
    etcd: true,
    async begin(faults) {
      await etcdOf(faults).kill('SIGKILL');
      return { heal: () => etcdOf(faults).restart() };
    },
    forMs: 5000,
  },
  {
    title: 'etcd is away for 30 s',
    etcd: true,
    async begin(faults) {
      await etcdOf(faults).kill('SIGKILL');
      return { heal: () => etcdOf(faults).restart() };
    },
    forMs: 30_000,
  },
  {
    title: 'etcd answers 2 s later',
    etcd: true,
    // A lease outlives latency only when it is longer than three of it.
    args: ['--lease', '10'],
    neverSaid: 'a lease is lost',
    begin: faults => slow(faults.store, 1000),
  },
  {
    title: 'etcd stands still for 4 s',
    etcd: true,
    async begin(faults) {
      await etcdOf(faults).kill('SIGSTOP');
      return { heal: () => etcdOf(faults).kill('SIGCONT') };
    },
    forMs: 4000,
  },
  {
    title: 'etcd forgets its past again and again, with cut watches',
    etcd: true,
    begin: faults => again(700, () => void compact(etcdOf(faults).endpoint).then(() => faults.store?.cut())),
  },
];

/** Compacts everything up to now. */
export async function compact(endpoint: string): Promise<void> {
  const post = (path: string, body: object) => fetch(`${endpoint}${path}`, { method: 'POST', body: JSON.stringify(body) });
  const answer = (await (await post('/v3/kv/range', { key: 'AA==' })).json()) as { header: { revision: string } };
  await post('/v3/kv/compaction', { revision: answer.header.revision });
}

export const rows: Fault[] = [
  ...network('etcd', faults => faults.store, true),
  ...outages,
  ...network('the API server', faults => faults.api, false),
  spoiledWrites('every second write is answered 409', { every: 2, with: 409 }),
  spoiledWrites('every second write is answered 429 with Retry-After 1', { every: 2, with: { status: 429, retryAfter: 1 } }),
  spoiledWrites('every second write is answered 500', { every: 2, with: 500 }),
  spoiledWrites('every second write is answered 503', { every: 2, with: 503 }),
  spoiledWrites('the answer of every second write is lost', { every: 2, with: 'lost-answer' }),
  spoiledWrites('the answer of every second write is cut in the middle', { every: 2, with: 'truncated' }),
  spoiledWrites('every third write is reset before it arrives', { every: 3, with: 'reset' }),
  spoiled('every third read is answered 504', { method: 'GET', every: 3, with: 504 }),
  spoiled('every request takes 250 ms longer', { with: { delayMs: 250 } }),
  spoiledWatches('every watch is too old (410) as soon as it begins', 'gone'),
  spoiledWatches('every watch is refused with 429 and Retry-After 1', { status: 429, retryAfter: 1 }),
];
