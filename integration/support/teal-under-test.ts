/**
 * Teal composed as `teal serve` composes it, with its store and its cluster wrapped: told by its parent process, it counts and reports every mutating call and kills
 * itself with SIGKILL at a chosen one. Nothing in Teal knows of it.
 */

import { settingsFor } from '../../src/commands/settings.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { createCluster, loadConnection } from '../../src/cluster/kubernetes/index.ts';
import { refOf, refText } from '../../src/cluster/objects.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createPinoLogger } from '../../src/lib/pino-log.ts';
import { openStore, startServer } from '../../src/serve.ts';
import type { Store, Write } from '../../src/store/store.ts';

/** When, relative to a mutating call: not sent; sent and done, the answer not seen; the answer seen. */
export type Moment = 'before' | 'committed' | 'answered';

export type Order =
  /** At the nth mutating call from now on (1 = the next). */
  | { kill: 'call'; n: number; moment: Moment }
  /** Right after the store has taken a record in this phase. */
  | { kill: 'phase'; phase: string }
  /** Forget the order before: live. */
  | { kill: 'never' }
  /** Report calls from now on. */
  | { report: boolean };

export type Report = { taken: true } | { call: string };

let order: Order | undefined;
let count = 0;
let reporting = false;

const tell = (report: Report) => process.send?.(report);

process.on('message', (received: Order) => {
  if ('report' in received) reporting = received.report;
  else {
    order = received;
    count = 0;
  }
  tell({ taken: true });
});
process.on('disconnect', () => process.exit(0));

/** SIGKILL; the promise is for callers, who must not go on. */
function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}

async function mutating<T>(call: string, phases: () => string[], run: () => Promise<T>): Promise<T> {
  if (reporting) tell({ call });
  count++;
  const now = order !== undefined && 'kill' in order && order.kill === 'call' && count === order.n ? order.moment : undefined;
  if (now === 'before') return die();
  const result = await run();
  if (now === 'committed') return die();
  if (order !== undefined && 'kill' in order && order.kill === 'phase' && phases().includes(order.phase)) return die();
  if (now === 'answered') setImmediate(() => void die());
  return result;
}

const textOf = (write: Write): string =>
  'put' in write ? `put ${write.put}` : 'delete' in write ? `delete ${write.delete}` : `delete ${write.deletePrefix}*`;

const phasesIn = (writes: readonly Write[]): string[] =>
  writes.flatMap(write =>
    'put' in write && write.put.startsWith('/deployer/deployments/') ? [(JSON.parse(write.value) as { phase: string }).phase] : [],
  );

function watchedStore(store: Store): Store {
  return {
    ...store,
    get: key => store.get(key),
    range: (prefix, options) => store.range(prefix, options),
    transact: transaction =>
      mutating(
        `store ${transaction.writes.map(textOf).join(', ')}`,
        () => phasesIn(transaction.writes),
        () => store.transact(transaction),
      ),
    watch: (prefix, from, signal) => store.watch(prefix, from, signal),
    lease: ttlMs => store.lease(ttlMs),
    ping: () => store.ping(),
    close: () => store.close(),
  };
}

const none = () => [];

function watchedCluster(cluster: Cluster): Cluster {
  return new Proxy(cluster, {
    get(target, property) {
      switch (property) {
        case 'create':
          return (...args: Parameters<Cluster['create']>) =>
            mutating(`create ${refText(refOf(args[0]))}`, none, () => target.create(...args));
        case 'replace':
          return (...args: Parameters<Cluster['replace']>) =>
            mutating(`replace ${refText(refOf(args[0]))}`, none, () => target.replace(...args));
        case 'remove':
          return (...args: Parameters<Cluster['remove']>) => mutating(`remove ${refText(args[0])}`, none, () => target.remove(...args));
        default: {
          const value: unknown = Reflect.get(target, property, target);
          return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
        }
      }
    },
  });
}

const loaded = settingsFor(process.argv.slice(2), {});
if (loaded === undefined) process.exit(2);
const { settings } = loaded;
const log = createPinoLogger({ level: 'info', format: 'json' });
const connection = await loadConnection({
  ...(settings.kubernetes ? { url: settings.kubernetes } : {}),
  ...(settings.kubeconfig ? { kubeconfig: settings.kubeconfig } : {}),
});
const cluster = createCluster({ ...connection, clock: systemClock, log });
const store = await openStore(settings, systemClock, log);
const running = await startServer(settings, { log, store: watchedStore(store), cluster: watchedCluster(cluster) });
process.stdout.write(`teal listening on ${running.url}\n`);
