/**
 * kill -9 at every point: in each phase, and at each mutating call to store and cluster, before it, after it was done and before its answer, and after its answer.
 * Then a new start, and everything must end as if nothing had happened: the wanted outcome, nothing left over, and traffic on something healthy all the time.
 */

import { expect } from 'chai';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { readContract } from '../support/contract.ts';
import { demo, type DemoWish, type Json } from '../support/demo.ts';
import { anyEtcd, findEtcd } from '../support/find-etcd.ts';
import { createIngress, type Ingress } from '../support/ingress.ts';
import { createKube, type Kube } from '../support/kube.ts';
import { createPool } from '../support/pool.ts';
import { startServer, type Server } from '../support/server.ts';
import type { Moment, Order } from '../history/strikes.ts';
import { idOf, type Deployment, type User } from '../support/user.ts';
import { eventually, within } from '../support/wait.ts';

type StoreName = 'embedded' | 'etcd';

/** One app on one server, and the operation during which the server dies. */
interface Bench {
  server: Server;
  kube: Kube;
  ingress: Ingress;
  namespace: string;
  appName: string;
  host: string;
  user(): User;
  describe(wish?: DemoWish): Json;
}

interface Operation {
  name: string;
  /** Brings the app to where the operation starts. */
  prepare(bench: Bench): Promise<string>;
  /** Asks for the operation; may fail because the server dies, and is then asked again. Answers the id whose end is waited for. */
  ask(bench: Bench, prepared: string): Promise<string>;
  /** Checks the end and says which version stands; undefined = none. */
  check(bench: Bench, ended: Deployment): string | undefined;
}

const keyed = (bench: Bench) => `once-${bench.appName}`;
const deployed = async (bench: Bench, wish: DemoWish = {}) => (await bench.user().deploy(bench.describe(wish))).id;

/** The descriptor of what is deployed while the server dies; stored beforehand. */
const start = (bench: Bench, descriptorId: string) => bench.user().start(descriptorId, { key: keyed(bench) });

const operations = {
  'a first deployment': {
    name: 'a first deployment',
    prepare: bench => bench.user().describe(bench.describe()),
    ask: start,
    check: (_, ended) => (expect(ended.status).to.equal('DEPLOYED'), '1'),
  },
  'a redeployment': {
    name: 'a redeployment',
    async prepare(bench) {
      await deployed(bench);
      return bench.user().describe(bench.describe({ image: 'v2', promotionSeconds: 1 }));
    },
    ask: start,
    check: (_, ended) => (expect(ended.status).to.equal('DEPLOYED'), '2'),
  },
  'a failing redeployment': {
    name: 'a failing redeployment',
    async prepare(bench) {
      await deployed(bench);
      return bench.user().describe(bench.describe({ image: 'missing' }));
    },
    ask: start,
    check: (_, ended) => (expect([ended.status, ended.reason?.code]).to.deep.equal(['FAILURE', 'IMAGE_PULL']), '1'),
  },
  'a rollback': {
    name: 'a rollback',
    async prepare(bench) {
      await deployed(bench);
      return deployed(bench, { image: 'v2', drainSeconds: 600 });
    },
    async ask(bench, live) {
      const reply = await bench.user().client.call('POST', `/deployments/${live}/rollback`);
      if (reply.status === 202) return idOf(reply);
      // It was accepted before the server died.
      const [newest] = await bench.user().list({ appname: bench.appName });
      expect(newest?.['rollbackOf'], reply.text).to.equal(live);
      return newest?.id ?? '';
    },
    check: (_, ended) => (expect([ended.status, ended.version]).to.deep.equal(['DEPLOYED', '1']), '1'),
  },
  'an undeployment': {
    name: 'an undeployment',
    prepare: bench => deployed(bench),
    async ask(bench, live) {
      expect((await bench.user().remove(live)).status).to.equal(202);
      return live;
    },
    check: (_, ended) => (expect(ended.status).to.equal('UNDEPLOYED'), undefined),
  },
} satisfies Record<string, Operation>;

type OperationName = keyof typeof operations;

const objectsOf = (appName: string, version: string) => [
  `Ingress ${appName}`,
  `Ingress ${appName}-${version}`,
  `ReplicationController ${appName}-${version}`,
  `Service ${appName}`,
  `Service ${appName}-${version}`,
];

async function standing({ kube, namespace, appName }: Bench): Promise<string[]> {
  const lists = await Promise.all(
    (['ReplicationController', 'Service', 'Ingress', 'ConfigMap'] as const).map(async kind =>
      (await kube.list(kind, namespace, { app: appName })).map(object => `${kind} ${object.metadata.name}`),
    ),
  );
  return lists.flat().sort();
}

async function order(server: Server, message: Order): Promise<void> {
  const { process } = server;
  const taken = new Promise<void>((resolve, reject) => {
    process.onMessage(report => ('taken' in (report as object) ? resolve() : undefined));
    void process.exited.then(() => reject(new Error('Teal is gone')));
  });
  taken.catch(() => undefined);
  await process.tell(message);
  await within('the order is taken', 10_000, taken);
}

/** Dies as ordered during the operation, starts again, and checks the end. False when the operation had ended before the order struck. */
async function dies(bench: Bench, operation: Operation, what: Order, awayMs = 0): Promise<boolean> {
  const prepared = await operation.prepare(bench);
  const serving = operation.name !== 'a first deployment';
  if (serving)
    await eventually('the app answers', 10_000, async () => expect((await bench.ingress.get(bench.host, '/version')).status).to.equal(200));
  const traffic = serving && operation.name !== 'an undeployment' ? bench.ingress.watch(bench.host) : undefined;
  try {
    await order(bench.server, what);
    const { process } = bench.server;
    const finished = operation
      .ask(bench, prepared)
      .then(id => bench.user().settled(id))
      .then(
        () => false,
        () => true,
      );
    // An order that strikes at the very end may do so just after the answer came: only who takes the next order lives.
    const died =
      (await Promise.race([process.exited.then(() => true), finished])) ||
      (await order(bench.server, { at: 'never' }).then(
        () => false,
        () => true,
      ));
    if (died) {
      expect(await within('Teal is gone', 10_000, process.exited)).to.deep.equal({ code: null, signal: 'SIGKILL' });
      await finished;
      await new Promise(resolve => setTimeout(resolve, awayMs));
      await bench.server.start();
    }
    const id = await operation.ask(bench, prepared);
    await bench.user().ended(id, 60_000);
    const ended = await bench.user().settled(id, 60_000);
    const version = await explaining(bench, id, () => operation.check(bench, ended));
    await eventually('exactly what is wanted stands', 10_000, async () =>
      expect(await standing(bench)).to.deep.equal(version === undefined ? [] : objectsOf(bench.appName, version)),
    );
    await eventually('only its pods run', 10_000, async () => {
      const pods = await bench.kube.list('Pod', bench.namespace, { app: bench.appName });
      expect(pods.map(pod => pod.metadata.labels?.['version'])).to.deep.equal(version === undefined ? [] : [version]);
    });
    if (version !== undefined) expect((await bench.ingress.get(bench.host, '/version')).status).to.equal(200);
    return died;
  } finally {
    const report = await traffic?.stop();
    if (report) expect(report.lost, 'requests lost').to.deep.equal([]);
  }
}

async function explaining<T>(bench: Bench, id: string, check: () => T): Promise<T> {
  try {
    return check();
  } catch (error) {
    throw new Error(`${String(error)}; log:\n${await bench.user().log(id)}`, { cause: error });
  }
}

/** How many mutating calls an operation has at most; a call that never comes ends its row. */
const mostCalls = 40;
const moments: Moment[] = ['before', 'committed', 'answered'];

const phasesOf: Record<OperationName, string[]> = {
  'a first deployment': ['queued', 'starting', 'verifying', 'switching', 'confirming', 'serving'],
  'a redeployment': [
    'queued',
    'starting',
    'verifying',
    'preparing-traffic',
    'waiting',
    'switching',
    'confirming',
    'draining',
    'retiring',
    'settled',
  ],
  'a failing redeployment': ['cleaning-up', 'settled'],
  'a rollback': ['queued', 'switching', 'draining', 'settled'],
  'an undeployment': ['serving', 'settled'],
};

/** Which calls are tried where: everything on the embedded store; on etcd, where each new start waits for a lease, the moment that is hardest to get right. */
const callsOn: Record<StoreName, { operations: OperationName[]; moments: Moment[] }> = {
  embedded: { operations: Object.keys(operations) as OperationName[], moments },
  // Each death on etcd waits for a lease to end: the whole table, which takes much longer, is for TEAL_CRASH=all.
  etcd:
    process.env['TEAL_CRASH'] === 'all'
      ? { operations: Object.keys(operations) as OperationName[], moments }
      : { operations: ['a redeployment', 'an undeployment'], moments: ['committed'] },
};

function suite(storeName: StoreName, etcd: string | undefined): void {
  const lanes = 4;
  const pool = createPool(lanes);
  const free: { server: Server; namespace: string }[] = [];
  const closers: (() => Promise<void>)[] = [];
  let kube: Kube;
  let ingress: Ingress;
  let apps = 0;

  before('starts the cluster and the servers', async function () {
    this.timeout(120_000);
    const sandbox = await startSandbox({ host: '127.0.0.1', clock: systemClock, log: silentLogger });
    closers.push(() => sandbox.stop());
    kube = createKube({ url: sandbox.apiUrl });
    ingress = createIngress(sandbox.proxyUrl);
    const contract = readContract();
    const args = [
      '--ingress-address',
      sandbox.proxyUrl,
      '--timeout',
      '120',
      '--confirm',
      '1',
      '--drain',
      '1',
      '--lease',
      '5',
      '--health-via',
      'api-proxy',
    ];
    for (let lane = 0; lane < lanes; lane++) {
      const namespace = `lane-${lane}`;
      await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      const server = await startServer({
        store: etcd === undefined ? {} : { etcd },
        clusterArgs: ['--kubernetes', sandbox.apiUrl],
        connection: { url: sandbox.apiUrl },
        args: [...args, '--namespaces', namespace],
        entry: 'under-test',
        contract,
      });
      closers.unshift(() => server.stop());
      free.push({ server, namespace });
    }
  });

  after('stops them', async function () {
    this.timeout(60_000);
    for (const close of closers) await close();
    await kube.close();
    await ingress.close();
  });

  const onLane = (operation: Operation, what: Order, awayMs = 0) =>
    pool.run(async () => {
      const lane = free.shift();
      if (!lane) throw new Error('no lane is free');
      const appName = `app-${++apps}`;
      const host = `${appName}.example.test`;
      const bench: Bench = {
        ...lane,
        kube,
        ingress,
        appName,
        host,
        user: () => lane.server.user(lane.namespace),
        describe: wish => demo(lane.namespace, { appName, frontend: host, drainSeconds: 1, ...wish }),
      };
      try {
        return await dies(bench, operation, what, awayMs);
      } finally {
        if (!lane.server.process.running) await lane.server.start().catch(() => undefined);
        free.push(lane);
      }
    });

  for (const [name, phases] of Object.entries(phasesOf) as [OperationName, string[]][]) {
    it(`${name} ends properly when Teal dies in any of its phases`, async function () {
      this.timeout(600_000);
      const results = await Promise.allSettled(phases.map(phase => onLane(operations[name], { at: 'phase', phase, deed: 'kill' })));
      const wrong = results.flatMap((result, index) =>
        result.status === 'rejected'
          ? [`${phases[index]}: ${String(result.reason)}`]
          : result.value
            ? []
            : [`${phases[index]}: was never stored`],
      );
      expect(wrong, wrong.join('\n\n')).to.deep.equal([]);
    });
  }

  it('a healthy version gets the traffic also when nobody was there for longer than its time to become healthy', async function () {
    this.timeout(120_000);
    const patient: Operation = {
      ...operations['a redeployment'],
      async prepare(bench) {
        await deployed(bench);
        return bench.user().describe(bench.describe({ image: 'v2', timeoutSeconds: 8 }));
      },
    };
    expect(await onLane(patient, { at: 'phase', phase: 'switching', deed: 'kill' }, 9000)).to.equal(true);
  });

  for (const name of callsOn[storeName].operations) {
    for (const moment of callsOn[storeName].moments) {
      it(`${name} ends properly when Teal dies at any mutating call (${moment})`, async function () {
        this.timeout(900_000);
        const wrong: string[] = [];
        let last = mostCalls;
        let tried = 0;
        const row = async (n: number): Promise<void> => {
          if (n > last) return;
          try {
            if (await onLane(operations[name], { at: 'call', n, moment, deed: 'kill' })) tried++;
            else last = Math.min(last, n - 1);
          } catch (error) {
            wrong.push(`call ${n}: ${String(error)}`);
          }
        };
        for (let first = 1; first <= last; first += lanes)
          await Promise.all(Array.from({ length: lanes }, (_, index) => row(first + index)));
        expect(wrong, wrong.join('\n\n')).to.deep.equal([]);
        expect(tried, 'deaths').to.be.greaterThan(4);
        expect(last, 'mutating calls').to.be.lessThan(mostCalls);
      });
    }
  }
}

describe('kill -9 on the embedded store', () => suite('embedded', undefined));

const etcd = findEtcd('3.6') ?? findEtcd('3.4');
describe('kill -9 on etcd', () => {
  if (etcd === undefined && process.env['TEAL_TEST_REQUIRE_ALL']) it('can run here', () => void anyEtcd());
  else if (etcd === undefined) it.skip('is left out: there is no etcd on this machine');
  else suite('etcd', etcd);
});
