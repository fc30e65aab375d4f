/**
 * What one scenario is given: a namespace of its own, a user of the shared Teal, hands on the cluster, and a way in through the proxy. With TEAL_AUTH=on every Teal
 * asks for tokens, and every user has one for its own namespace.
 */

import { expect } from 'chai';
import { kinds, type Kind, type KubeObject } from '../../src/cluster/objects.ts';
import { readContract, type Contract } from './contract.ts';
import { demo, type DemoWish, type Json } from './demo.ts';
import { anyEtcd } from './find-etcd.ts';
import type { Gateway, Passed, Spoil } from './gateway.ts';
import { createIngress, type Ingress, type TrafficReport } from './ingress.ts';
import type { Kube, KubeConnection } from './kube.ts';
import { startServer, type Server, type ServerOptions, type StoreKind } from './server.ts';
import { openTarget, type Target, type TargetName } from './targets.ts';
import type { Entry } from './teal-process.ts';
import { createTokens } from './tokens.ts';
import type { User } from './user.ts';
import { eventually } from './wait.ts';

/** Environment keys that stand in every store before Teal starts. */
export const storedEnvironment = {
  FROM_STORE: 'store',
  'my-service.url': 'http://service.example.test/?a=b',
  MAP_WINS: 'store',
  OWN_WINS: 'store',
  APP_NAME: 'never seen',
  STORED_SECRET: 'extremely-secret-value',
};

/** How the shared Teal is set up: quick, and as the original behaves (old version removed at once). */
const sharedArgs = ['--timeout', '60', '--confirm', '1', '--drain', '0', '--proxysleep', '20', '--lease', '5'];

export interface World {
  readonly target: Target;
  readonly namespace: string;
  readonly user: User;
  readonly server: Server;
  readonly kube: Kube;
  readonly ingress: Ingress;
  /** A host name that no other scenario uses. */
  readonly host: string;
  /** A deadline in seconds that is short but fair: pods of a real node need longer to start, the more of them the longer. */
  short(seconds: number): number;
  /** A descriptor of the demo app in this namespace. */
  demo(wish?: DemoWish): Json;
  /** The same with this scenario's host. */
  routed(wish?: DemoWish): Json;
  /** A Teal of the scenario's own, with a fresh store (etcd where asked for, else as the target has it). Ends with the scenario. */
  start(
    options?: { args?: string[]; gateway?: boolean; faults?: boolean; etcd?: boolean; entry?: Entry } & Omit<StoreKind, 'etcd'>,
  ): Promise<{ server: Server; user: User }>;
  /** The Teal behind a gateway that all scenarios of faults share; `spoil` strikes in this namespace only. */
  faulty(): Promise<{ server: Server; user: User; spoil(rule: SpoilWish): { heal(): void; struck(): number } }>;
  /** A user of another Teal in this namespace. */
  userAt(url: string): User;
  /** Another namespace, and the shared Teal's user there. */
  another(): Promise<{ namespace: string; user: User }>;
  object(kind: Kind, name: string): Promise<KubeObject | undefined>;
  /** `Kind name` of everything of Teal's kinds that stands here, sorted. */
  standing(): Promise<string[]>;
  pods(labels?: Record<string, string>): Promise<KubeObject[]>;
  /** Waits until exactly these objects stand. */
  stands(expected: string[], withinMs?: number): Promise<void>;
  /** Version that Service and Ingress of an app point to, for `versioned` routing; '-' where there is none. */
  pointing(appName?: string): Promise<{ service: string; ingress: string }>;
  /** Sets the health of an app's pods at run time. */
  setHealth(labels: Record<string, string>, healthy: boolean): Promise<void>;
  /** Waits until the proxy answers for the host with this version. */
  answers(host: string, version: string, withinMs?: number): Promise<void>;
  /** Traffic to the scenario's host while `during` runs. */
  traffic(during: () => Promise<void>, host?: string): Promise<TrafficReport>;
  after(clean: () => Promise<unknown> | undefined): void;
}

/** What to spoil, told as a request for an object of the scenario's namespace. */
export interface SpoilWish {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  kind: Kind;
  /** Of the object; absent = the collection. */
  name?: string;
  times?: number;
  with: Spoil['with'];
}

export interface Stage {
  readonly target: Target;
  readonly contract: Contract;
  readonly server: Server;
  /** Every request of every Teal of this stage to the API server, where all of them stand behind gateways. */
  requests(): Passed[];
  /** Runs one scenario in a fresh world and cleans up. */
  play(run: (world: World) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

let namespaces = 0;
const prefix = `scenarios-${process.pid.toString(36)}${Date.now().toString(36).slice(-4)}`;

export interface StageOptions {
  args?: string[];
  contract?: Contract;
  /** As whom Teal speaks to the cluster, always through a gateway; absent = as the administrator of the target, directly. */
  as?: KubeConnection;
}

export async function openStage(name: TargetName, options: StageOptions = {}): Promise<Stage> {
  const contract = options.contract ?? readContract();
  const target = await openTarget(name);
  const ingress = createIngress(target.ingressUrl);
  const tokens = process.env['TEAL_AUTH'] === 'on' ? createTokens() : undefined;
  const common: Omit<ServerOptions, 'args'> = {
    store: target.store,
    clusterArgs: target.clusterArgs,
    connection: options.as ?? target.kube.connection,
    environment: storedEnvironment,
    contract,
    tokens,
  };
  const baseArgs = [...target.routingArgs, ...sharedArgs, ...(options.args ?? [])];
  const gateways: Gateway[] = [];
  async function begin(
    wish: Omit<ServerOptions, 'clusterArgs' | 'connection' | 'contract' | 'store'> & { store?: StoreKind },
  ): Promise<Server> {
    const started = await startServer({ ...common, ...wish, gateway: wish.gateway === true || options.as !== undefined });
    if (started.gateway) gateways.push(started.gateway);
    return started;
  }
  const server = await begin({ args: baseArgs });
  let faulty: Promise<Server> | undefined;

  async function makeNamespace(): Promise<string> {
    const namespace = `${prefix}-${++namespaces}`;
    await target.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    if (target.real) {
      await eventually('the service account is there', 10_000, async () => {
        const answer = await target.kube.call('GET', `/api/v1/namespaces/${namespace}/serviceaccounts/default`);
        if (answer.status !== 200) throw new Error(String(answer.status));
      });
    }
    return namespace;
  }

  async function makeWorld(clean: (() => Promise<unknown> | undefined)[]): Promise<World> {
    const { kube } = target;
    const fresh = async () => {
      const made = await makeNamespace();
      clean.push(() => kube.remove('Namespace', '', made));
      return made;
    };
    const namespace = await fresh();
    const host = `${namespace}.example.test`;
    const pods = async (labels: Record<string, string> = {}) =>
      (await kube.list('Pod', namespace, labels)).filter(pod => !pod.metadata.deletionTimestamp);

    async function standing(): Promise<string[]> {
      const lists = await Promise.all(
        (['ReplicationController', 'Service', 'Ingress', 'ConfigMap'] as const).map(async kind =>
          (await kube.list(kind, namespace)).map(object => `${kind} ${object.metadata.name}`),
        ),
      );
      return lists
        .flat()
        .filter(name => name !== 'ConfigMap kube-root-ca.crt')
        .sort();
    }

    const world: World = {
      target,
      namespace,
      user: server.user(namespace),
      server,
      kube,
      ingress,
      host,
      short: seconds => (target.real ? 4 * seconds : seconds),
      demo: wish => demo(namespace, wish),
      routed: wish => demo(namespace, { frontend: host, ...wish }),
      async start({ args = [], gateway = false, faults = false, etcd = false, entry, ...etcdOptions } = {}) {
        const store = etcd && !target.store.etcd ? { etcd: anyEtcd() } : target.store;
        const own = await begin({
          store: { ...store, ...etcdOptions },
          gateway,
          faults,
          ...(entry ? { entry } : {}),
          args: [...baseArgs, ...args],
        });
        clean.push(() => own.stop());
        return { server: own, user: own.user(namespace) };
      },
      async faulty() {
        faulty ??= begin({ gateway: true, args: [...baseArgs, '--health-via', 'api-proxy'] });
        const shared = await faulty;
        return {
          server: shared,
          user: shared.user(namespace),
          spoil({ kind, name: object, ...rule }) {
            const spoiled = shared.gateway?.spoil({
              ...rule,
              path: new RegExp(`/namespaces/${namespace}/${kinds[kind].plural}${object === undefined ? '' : `/${object}`}$`),
            });
            if (!spoiled) throw new Error('this server has no gateway');
            clean.push(() => Promise.resolve(spoiled.heal()));
            return spoiled;
          },
        };
      },
      userAt: url => server.user(namespace, url),
      async another() {
        const other = await fresh();
        return { namespace: other, user: server.user(other) };
      },
      object: (kind, objectName) => kube.get(kind, namespace, objectName),
      standing,
      pods,
      stands: (expected, withinMs = 15_000) =>
        eventually('exactly the wanted objects stand', withinMs, async () => {
          expect(await standing()).to.deep.equal([...expected].sort());
        }),
      async pointing(appName = 'shop') {
        const [service, route] = await Promise.all([kube.get('Service', namespace, appName), kube.get('Ingress', namespace, appName)]);
        const backend = route?.['spec'].rules?.[0]?.http?.paths?.[0]?.backend?.service?.name as string | undefined;
        return {
          service: (service?.['spec'].selector?.version as string | undefined) ?? '-',
          ingress: backend?.slice(appName.length + 1) ?? '-',
        };
      },
      async setHealth(labels, healthy) {
        for (const pod of await pods(labels)) {
          const answer = await kube.askPod(namespace, pod.metadata.name, 'POST', `/health?healthy=${String(healthy)}`);
          expect(answer.status, `setting the health of ${pod.metadata.name}`).to.equal(200);
        }
      },
      answers: (asked, version, withinMs = 20_000) =>
        eventually(`${asked} answers with ${version}`, withinMs, async () => {
          const page = await ingress.get(asked, '/version');
          expect(page.status).to.equal(200);
          expect(page.version).to.equal(version);
        }),
      async traffic(during, asked = host) {
        const watched = ingress.watch(asked);
        try {
          await watched.more();
          await during();
          await watched.more();
        } catch (error) {
          await watched.stop();
          throw error;
        }
        return watched.stop();
      },
      after: fn => void clean.push(fn),
    };
    return world;
  }

  return {
    target,
    contract,
    server,
    requests: () => gateways.flatMap(({ passed }) => passed),
    async play(run) {
      const clean: (() => Promise<unknown> | undefined)[] = [];
      let namespace = '';
      try {
        const world = await makeWorld(clean);
        namespace = world.namespace;
        await run(world);
      } catch (error) {
        const said = namespace === '' ? [] : server.process.printed(namespace).slice(-12);
        if (error instanceof Error && said.length > 0) error.message += `\nTeal said: ${said.join('\n')}`;
        throw error;
      } finally {
        for (const step of clean.reverse()) await step()?.catch(() => undefined);
      }
    },
    async close() {
      await (await faulty?.catch(() => undefined))?.stop();
      await server.stop();
      await ingress.close();
      await target.close();
      tokens?.dispose();
    },
  };
}
