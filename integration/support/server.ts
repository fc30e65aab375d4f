/** One Teal with a store of its own, which survives the process: it can be killed and started again. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { openEmbeddedStore } from '../../src/store/embedded/index.ts';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/store.ts';
import type { Contract } from './contract.ts';
import { createClient } from './client.ts';
import { startEtcd, type RunningEtcd } from './etcd.ts';
import { startGateway, type Gateway } from './gateway.ts';
import type { KubeConnection } from './kube.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { startTeal, type Entry, type TealProcess } from './teal-process.ts';
import type { Tokens } from './tokens.ts';
import { createUser, type User } from './user.ts';

export interface StoreKind {
  /** Path of the etcd binary; absent = the embedded store. */
  etcd?: string;
  /** URL of an etcd that runs already; it is not ended with the server. */
  url?: string;
  /** Further flags of etcd; only with faults. */
  etcdArgs?: string[];
  /** Called before Teal starts; answers Teal's further settings. Only with faults. */
  prepareEtcd?: (etcd: RunningEtcd) => Promise<string[]>;
}

/** What can be broken between a Teal and what it depends on. */
export interface Faults {
  /** Between Teal and its etcd, and the etcd itself; absent with the embedded store. */
  store?: TcpProxy;
  etcd?: RunningEtcd;
  /** Between Teal and the API server: TCP first, then HTTP. */
  api: TcpProxy;
  gateway: Gateway;
}

export interface ServerOptions {
  store: StoreKind;
  /** How to reach the cluster when no gateway stands between. */
  clusterArgs: string[];
  connection: KubeConnection;
  /** Further settings; of a flag given twice the last counts here. */
  args: string[];
  /** Puts a gateway between this Teal and its API server. */
  gateway?: boolean;
  /** Puts proxies that can fail between this Teal and both its store and its API server. The environment keys are left out then. */
  faults?: boolean;
  entry?: Entry;
  /** Further variables of the process. */
  env?: Record<string, string>;
  /** Flags of Node for the process. */
  nodeFlags?: string[];
  /** A command that sets limits and becomes the process. */
  under?: string[];
  /** Keys under `/deployer/environment/`, there before the first start. */
  environment?: Record<string, string>;
  contract: Contract;
  /** With them Teal asks for tokens, and its users send one for their own namespace. */
  tokens?: Tokens | undefined;
}

export interface Server {
  readonly process: TealProcess;
  readonly gateway: Gateway | undefined;
  /** URL of its etcd; undefined = the embedded store. */
  readonly etcd: string | undefined;
  /** Only when started with them. */
  readonly faults: Faults | undefined;
  /** A user of this server in a namespace; with another URL, of another replica. */
  user(namespace: string, url?: string): User;
  /** Starts it again after its process has ended; the address changes. */
  start(env?: Record<string, string>): Promise<void>;
  /** Another replica on the same store, some of its settings different; only with etcd. */
  replica(env?: Record<string, string>, args?: string[]): Promise<TealProcess>;
  /** Takes the store away, for good. */
  loseStore(): Promise<void>;
  stop(): Promise<void>;
}

interface StoreHandle {
  args: string[];
  etcd?: string;
  /** Ends etcd for good; the embedded store has nothing to end. */
  fail(): Promise<void>;
  dispose(): Promise<void>;
}

/** Nothing here outlives its machine. */
const quick = ['--unsafe-no-fsync'];

async function openFaultyEtcd({
  etcd = '',
  etcdArgs = [],
  prepareEtcd,
}: StoreKind): Promise<StoreHandle & { proxy: TcpProxy; running: RunningEtcd }> {
  const running = await startEtcd({ bin: etcd, extraArgs: [...quick, ...etcdArgs] });
  const proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(running.endpoint).port) });
  const dispose = async () => {
    await proxy.stop();
    await running.stop();
  };
  const args = ['--etcd', `http://127.0.0.1:${proxy.port}`, ...((await prepareEtcd?.(running)) ?? [])];
  return { args, etcd: running.endpoint, proxy, running, fail: dispose, dispose };
}

/** As an operator does before Teal starts. */
async function setVariables(open: () => Promise<Store>, environment: Record<string, string>): Promise<void> {
  const writes = Object.entries(environment).map(([key, value]) => ({ put: keys.environmentKey(key), value }));
  if (writes.length === 0) return;
  const store = await open();
  await store.transact({ compare: [], writes });
  await store.close();
}

async function openStore({ etcd, url }: StoreKind, environment: Record<string, string>): Promise<StoreHandle> {
  if (url !== undefined) return { args: ['--etcd', url], etcd: url, fail: () => Promise.resolve(), dispose: () => Promise.resolve() };
  const deps = { clock: systemClock, log: silentLogger };
  if (etcd) {
    const running = await startEtcd({ bin: etcd, extraArgs: quick });
    const { endpoint } = running;
    await setVariables(() => openEtcdStore({ endpoints: [endpoint] }, deps), environment);
    return { args: ['--etcd', endpoint], etcd: endpoint, fail: running.stop, dispose: running.stop };
  }
  const dir = await mkdtemp(join(tmpdir(), 'teal-data-'));
  await setVariables(() => openEmbeddedStore({ dir }, deps), environment);
  return { args: ['--data-dir', dir], fail: () => Promise.resolve(), dispose: () => rm(dir, { recursive: true, force: true }) };
}

/** Later values of a flag replace earlier ones. */
export function lastOfEach(args: string[]): string[] {
  const found = new Map<string, string[]>();
  for (let at = 0; at < args.length; at++) {
    const flag = args[at] ?? '';
    const next = args[at + 1];
    const value = next !== undefined && !next.startsWith('--') ? [next] : [];
    if (value.length > 0) at++;
    found.delete(flag);
    found.set(flag, value);
  }
  return [...found].flatMap(([flag, value]) => [flag, ...value]);
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const faultyEtcd = options.faults && options.store.etcd ? await openFaultyEtcd(options.store) : undefined;
  const store = faultyEtcd ?? (await openStore(options.store, options.faults ? {} : (options.environment ?? {})));
  const gateway = options.gateway || options.faults ? await startGateway(options.connection) : undefined;
  const api = options.faults && gateway ? await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(gateway.url).port) }) : undefined;
  const faults: Faults | undefined = api &&
    gateway && { api, gateway, ...(faultyEtcd ? { store: faultyEtcd.proxy, etcd: faultyEtcd.running } : {}) };
  const apiUrl = api ? `http://127.0.0.1:${api.port}` : gateway?.url;
  const args = lastOfEach([
    ...store.args,
    ...(apiUrl === undefined ? options.clusterArgs : ['--kubernetes', apiUrl]),
    ...(options.tokens?.args ?? []),
    ...options.args,
  ]);
  const begin = (env: Record<string, string> = {}, others: string[] = []) =>
    startTeal(lastOfEach([...args, ...others]), {
      ...(options.entry === undefined ? {} : { entry: options.entry }),
      ...(options.nodeFlags === undefined ? {} : { nodeFlags: options.nodeFlags }),
      ...(options.under === undefined ? {} : { under: options.under }),
      env: { ...options.env, ...env },
    });
  const replicas: TealProcess[] = [];
  let process: TealProcess;
  try {
    process = await begin();
  } catch (error) {
    await api?.stop();
    await gateway?.stop();
    await store.dispose();
    throw error;
  }
  return {
    get process() {
      return process;
    },
    gateway,
    etcd: store.etcd,
    faults,
    user(namespace, url = process.url) {
      const token = options.tokens?.make({ sub: `user of ${namespace}`, namespaces: [namespace], roles: ['deployer'] });
      return createUser(createClient({ url, namespace, contract: options.contract, token }));
    },
    async start(env) {
      process = await begin(env);
    },
    async replica(env, others) {
      const replica = await begin(env, others);
      replicas.push(replica);
      return replica;
    },
    loseStore: () => store.fail(),
    async stop() {
      await Promise.all([process, ...replicas].map(one => (one.running ? one.kill() : Promise.resolve(undefined))));
      await api?.stop();
      await gateway?.stop();
      await store.dispose();
    },
  };
}
