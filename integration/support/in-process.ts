/** A whole server in this process, on a store in memory and beside a cluster that never answers: for suites about what is decided before a cluster is asked. */

import type { Cluster, Mirror } from '../../src/cluster/cluster.ts';
import { ClusterError } from '../../src/cluster/cluster.ts';
import { settingsWith, type Settings } from '../../src/config.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { startServer } from '../../src/serve.ts';
import { openEmbeddedStore } from '../../src/store/embedded/index.ts';
import { keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/store.ts';

export interface InProcess {
  url: string;
  store: Store;
  /** Every key and value but those of living processes and of the audit, as one text. */
  stored(): Promise<string>;
  stop(): Promise<void>;
}

const away = (): never => {
  throw new ClusterError('UNAVAILABLE', 'there is no cluster in this test');
};

const emptyMirror = (kind: Mirror['kind']): Mirror => ({
  kind,
  synced: () => new Promise(() => undefined),
  refresh: () => new Promise(() => undefined),
  live: false,
  get: () => undefined,
  list: () => [],
  subscribe: () => () => undefined,
  learn: () => undefined,
  forget: () => undefined,
  close: () => Promise.resolve(),
});

/** A cluster that does not answer. */
export const awayCluster = (): Cluster => ({
  read: async () => away(),
  list: async () => away(),
  create: async () => away(),
  replace: async () => away(),
  remove: async () => away(),
  dryRun: async () => away(),
  podLog: async () => away(),
  proxyToPod: async () => away(),
  mayI: async () => away(),
  version: async () => away(),
  mirror: emptyMirror,
  time: () => undefined,
  ping: async () => away(),
  close: () => Promise.resolve(),
});

export async function startInProcess(changes: Partial<Settings> = {}, cluster: Cluster = awayCluster()): Promise<InProcess> {
  const store = await openEmbeddedStore({ memory: true }, { clock: systemClock, log: silentLogger });
  const server = await startServer(settingsWith({ port: 0, ...changes }), { store, cluster, log: silentLogger, processMetrics: false });
  return {
    url: server.url,
    store,
    async stored() {
      const { entries } = await store.range(keys.root);
      return entries
        .filter(({ key }) => !key.startsWith(keys.replicas) && !key.startsWith(keys.audits))
        .map(({ key, value, revision }) => `${key}@${revision}=${value}`)
        .join('\n');
    },
    async stop() {
      await server.stop();
      await store.close();
    },
  };
}
