/** Store and cluster as the settings name them. Clients of real systems are loaded only when they are used: they cost half a second and much memory. */

import { readFile } from 'node:fs/promises';
import type { Cluster } from './cluster/cluster.ts';
import type { Settings } from './config.ts';
import { noted } from './known-credentials.ts';
import type { Clock } from './lib/clock.ts';
import type { KnownSecrets } from './lib/known-values.ts';
import type { Logger } from './lib/log.ts';
import { present } from './room-settings.ts';
import type { Store } from './store/store.ts';

export async function openStore(settings: Settings, clock: Clock, log: Logger): Promise<Store> {
  if (settings.etcd === undefined) {
    const { openEmbeddedStore } = await import('./store/embedded/index.ts');
    return openEmbeddedStore({ dir: settings.dataDir }, { clock, log });
  }
  const { openEtcdStore } = await import('./store/etcd/index.ts');
  const [ca, cert, key, password] = await Promise.all([
    pemIn(settings.etcdCa),
    pemIn(settings.etcdCert),
    pemIn(settings.etcdKey),
    settings.etcdPasswordFile === undefined ? undefined : secretIn(settings.etcdPasswordFile),
  ]);
  return openEtcdStore(present({ endpoints: settings.etcd, ca, cert, key, user: settings.etcdUser, password }), { clock, log });
}

export async function openCluster(settings: Settings, clock: Clock, log: Logger, secrets: KnownSecrets): Promise<Cluster> {
  const { createCluster, loadConnection } = await import('./cluster/kubernetes/index.ts');
  const connection = await loadConnection(
    present({
      kubeconfig: settings.kubeconfig,
      context: settings.context,
      url: settings.kubernetes,
      ca: settings.kubernetesCa,
      tokenFile: settings.kubernetesTokenFile,
      username: settings.kubernetesUsername,
      passwordFile: settings.kubernetesPasswordFile,
      password: settings.kubernetesPassword,
    }),
  );
  return createCluster({ ...connection, credentials: noted(connection.credentials, secrets), clock, log });
}

const pemIn = (file: string | undefined): Promise<Buffer | undefined> => (file === undefined ? Promise.resolve(undefined) : readFile(file));
const secretIn = async (file: string): Promise<string> => (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
