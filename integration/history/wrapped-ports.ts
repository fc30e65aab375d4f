/** A store and a cluster that write every call down and let an order strike at the mutating ones. Nothing behind or before them knows of it. */

import { marksOf } from '../../src/cluster/manifests/index.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { refOf, refText, type KubeObject } from '../../src/cluster/objects.ts';
import type { App, Deployment } from '../../src/deployments/record.ts';
import { keys } from '../../src/store/keys.ts';
import type { Page, Store, Transaction, Write } from '../../src/store/store.ts';
import type { Call } from './history.ts';
import type { Recorder } from './recorder.ts';
import type { Strikes } from './strikes.ts';

export interface Hooks {
  recorder: Recorder;
  strikes: Strikes;
}

type About = Omit<Call, 'process' | 'id' | 'n' | 'sentAt'>;

async function mutating<T>(
  { recorder, strikes }: Hooks,
  about: About,
  phases: string[],
  run: () => Promise<T>,
  judge: (result: T) => 'done' | 'lost',
): Promise<T> {
  const strike = strikes.next(about.what);
  const ended = recorder.sent({ ...about, n: strike.n });
  await strike.before();
  let result: T;
  try {
    result = await run();
  } catch (error) {
    ended('failed');
    throw error;
  }
  const outcome = judge(result);
  ended(outcome);
  await strike.committed(outcome === 'done' ? phases : []);
  await strike.answered();
  return result;
}

async function reading<T>(recorder: Recorder, about: About, run: () => Promise<T>): Promise<T> {
  const ended = recorder.sent({ ...about, n: 0 });
  try {
    const result = await run();
    ended('done');
    return result;
  } catch (error) {
    ended('failed');
    throw error;
  }
}

const keyOf = (write: Write): string => ('put' in write ? write.put : 'delete' in write ? write.delete : write.deletePrefix);

const textOf = (write: Write): string =>
  'put' in write ? `put ${write.put}` : 'delete' in write ? `delete ${write.delete}` : `delete ${write.deletePrefix}*`;

/** The room of a key, for people: `app`, `deployment`, `log`. */
function roomOf(key: string): string {
  const [, , room = ''] = key.split('/');
  return room === 'logs' ? 'log' : room.replace(/s$/, '');
}

function describe({ writes }: Transaction): string {
  const said = writes.map(write => `${'put' in write ? '' : 'delete '}${roomOf(keyOf(write))}`);
  const phases = phasesIn(writes);
  return `store ${[...new Set(said)].join(', ')}${phases.length > 0 ? ` (${phases.join(', ')})` : ''}`;
}

const recordsIn = (writes: readonly Write[]): Deployment[] =>
  writes.flatMap(write => ('put' in write && write.put.startsWith(keys.allDeployments) ? [JSON.parse(write.value) as Deployment] : []));

const phasesIn = (writes: readonly Write[]): string[] => recordsIn(writes).map(({ phase }) => phase);

function appOf({ compare, writes }: Transaction): string | undefined {
  const key = [...compare.map(({ key }) => key), ...writes.map(keyOf)].find(candidate => candidate.startsWith(keys.apps));
  return key?.slice(keys.apps.length);
}

function aboutTransaction(transaction: Transaction): About {
  const app = appOf(transaction);
  const written = transaction.writes.find(write => 'put' in write && write.put.startsWith(keys.apps));
  const record = written && 'put' in written ? (JSON.parse(written.value) as App) : undefined;
  return {
    port: 'store',
    what: describe(transaction),
    writes: transaction.writes.map(textOf),
    ...(app === undefined ? {} : { app }),
    ...(record ? { epoch: record.epoch, owner: record.owner ?? null } : {}),
  };
}

/** The oracles need records and logs; health data, indexes and claims only make the file long. */
const isJudged = (key: string): boolean =>
  [keys.apps, keys.allDeployments, `${keys.root}logs/`, keys.replicas].some(prefix => key.startsWith(prefix));

export function wrapStore(store: Store, hooks: Hooks): Store {
  const { recorder } = hooks;
  const saw = (page: Page) => recorder.saw(page.entries.filter(({ key }) => isJudged(key) && !key.startsWith(`${keys.root}logs/`)));
  return {
    async get(key) {
      const entry = await reading(recorder, { port: 'store', what: `get ${key}` }, () => store.get(key));
      if (entry && isJudged(key)) recorder.saw([entry]);
      return entry;
    },
    async range(prefix, options) {
      const page = await reading(recorder, { port: 'store', what: `range ${prefix}` }, () => store.range(prefix, options));
      saw(page);
      return page;
    },
    count: prefix => reading(recorder, { port: 'store', what: `count ${prefix}` }, () => store.count(prefix)),
    transact: transaction =>
      mutating(
        hooks,
        aboutTransaction(transaction),
        phasesIn(transaction.writes),
        async () => {
          const outcome = await store.transact(transaction);
          if (outcome.committed)
            for (const write of transaction.writes)
              if (isJudged(keyOf(write))) recorder.fact(keyOf(write), outcome.revision, 'put' in write ? write.value : undefined);
          return outcome;
        },
        outcome => (outcome.committed ? 'done' : 'lost'),
      ),
    watch: (prefix, from, signal) => store.watch(prefix, from, signal),
    lease: ttlMs => store.lease(ttlMs),
    ping: () => store.ping(),
    close: () => store.close(),
  };
}

function aboutObject(verb: string, object: KubeObject): About {
  const { app, epoch } = marksOf(object);
  return {
    port: 'cluster',
    what: `${verb} ${refText(refOf(object))}`,
    ...(app === undefined ? {} : { app: `${object.metadata.namespace ?? ''}/${app}` }),
    ...(epoch === undefined ? {} : { epoch }),
  };
}

const done = () => 'done' as const;

export function wrapCluster(cluster: Cluster, hooks: Hooks): Cluster {
  return new Proxy(cluster, {
    get(target, property) {
      switch (property) {
        case 'create':
          return (...args: Parameters<Cluster['create']>) =>
            mutating(hooks, aboutObject('create', args[0]), [], () => target.create(...args), done);
        case 'replace':
          return (...args: Parameters<Cluster['replace']>) =>
            mutating(hooks, aboutObject('replace', args[0]), [], () => target.replace(...args), done);
        case 'remove':
          return (...args: Parameters<Cluster['remove']>) =>
            mutating(hooks, { port: 'cluster', what: `remove ${refText(args[0])}` }, [], () => target.remove(...args), done);
        case 'read':
          return (...args: Parameters<Cluster['read']>) =>
            reading(hooks.recorder, { port: 'cluster', what: `read ${refText(args[0])}` }, () => target.read(...args));
        case 'list':
          return (...args: Parameters<Cluster['list']>) =>
            reading(hooks.recorder, { port: 'cluster', what: `list ${args[0]}` }, () => target.list(...args));
        default: {
          const value: unknown = Reflect.get(target, property, target);
          return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
        }
      }
    },
  });
}
