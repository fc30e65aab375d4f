/**
 * What one operation costs: the exact Kubernetes requests and store writes of a first deployment, a redeployment, a rollback and an undeployment, as text in
 * requests.txt. A change shows as a diff there; TEAL_UPDATE=1 writes the file anew.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { readLines } from '../history/history.ts';
import { readContract } from '../support/contract.ts';
import { demo, type DemoWish } from '../support/demo.ts';
import type { Passed } from '../support/gateway.ts';
import { createKube, type Kube } from '../support/kube.ts';
import { startServer, type Server } from '../support/server.ts';
import { idOf, type User } from '../support/user.ts';
import { eventually, within } from '../support/wait.ts';

const file = new URL('requests.txt', import.meta.url);

interface Cost {
  /** One line per durable transition: the keys its transaction writes. */
  store: string[];
  /** How many transactions brought log lines only; how the lines fall into them depends on timing. */
  logBatches: number;
  /** What the audit wrote: one record for each request of a user that changes something. */
  audit: string[];
  writes: string[];
  reads: string[];
}

/** Durable transitions write the app; batches of log lines only compare it. */
const isTransition = (transaction: string) => /put apps\//.test(transaction);

const isAudit = (transaction: string) => /put audit\//.test(transaction);

const isWrite = (method: string) => method !== 'GET';

/** Requests sent at once arrive in any order: runs of one method are sorted. */
function inRuns(lines: string[]): string[] {
  const runs: string[][] = [];
  for (const line of lines) {
    const run = runs.at(-1);
    if (run && run[0]?.split(' ')[0] === line.split(' ')[0]) run.push(line);
    else runs.push([line]);
  }
  return runs.flatMap(run => run.sort());
}

describe('the requests of an operation', function () {
  this.timeout(120_000);
  const namespace = 'requests';
  const known = new Map<string, string>();
  const costs: [string, Cost][] = [];
  const closers: (() => Promise<void>)[] = [];
  const history = join(mkdtempSync(join(tmpdir(), 'teal-requests-')), 'history');
  let server: Server;
  let kube: Kube;
  let user: User;

  /** Every transaction so far, as the writes that it asked for. */
  const transactions = (): string[] => readLines(readFileSync(history, 'utf8')).calls.flatMap(({ writes }) => writes?.join(', ') ?? []);

  /** Ids, and numbers that differ from run to run, become words. */
  const plain = (text: string): string =>
    text
      .replace(/(audit\/[^/]*)\/[0-9a-f-]{36}/g, '$1/<id>')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, id => {
        if (!known.has(id)) known.set(id, `#${known.size + 1}`);
        return known.get(id) ?? id;
      })
      .replaceAll('/deployer/', '')
      .replace(/(logs\/[^,*]*)\/\d{10}/g, '$1/<seq>');

  const told = ({ method, path, query }: Passed): string => {
    const selector = new URLSearchParams(query).get('labelSelector');
    return plain(`${method} ${path}${selector === null ? '' : ` (${selector})`}`);
  };

  async function cost(name: string, run: () => Promise<unknown>): Promise<void> {
    const passed = server.gateway?.passed ?? [];
    const [from, fromCall] = [passed.length, transactions().length];
    known.clear();
    await run();
    const seen = passed.slice(from).filter(({ path, query }) => !query.includes('watch=') && !path.includes('/proxy/'));
    const writes = inRuns(seen.filter(({ method }) => isWrite(method)).map(told));
    const reads = seen
      .filter(({ method }) => !isWrite(method))
      .map(told)
      .sort();
    const all = transactions().slice(fromCall).map(plain);
    const store = all.filter(isTransition);
    const audit = all.filter(isAudit);
    costs.push([name, { store, logBatches: all.length - store.length - audit.length, audit, writes, reads }]);
  }

  const describeApp = (appName: string, wish: DemoWish) =>
    user.describe(demo(namespace, { appName, frontend: `${appName}.example.test`, ...wish }));

  /** From acceptance until nothing more happens to this deployment and to the one that it replaced. */
  async function play(id: string): Promise<void> {
    await user.ended(id);
    await user.settled(id);
    await eventually('the app is at rest', 10_000, async () => {
      for (const { phase, settledAt } of await user.list()) expect([phase, settledAt === undefined]).not.to.deep.equal([phase, true]);
    });
  }

  before('runs the operations', async () => {
    const sandbox = await startSandbox({ host: '127.0.0.1', clock: systemClock, log: silentLogger });
    closers.push(
      () => sandbox.stop(),
      () => Promise.resolve(rmSync(dirname(history), { recursive: true })),
    );
    kube = createKube({ url: sandbox.apiUrl });
    closers.unshift(() => kube.close());
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const args = ['--ingress-address', sandbox.proxyUrl, '--confirm', '1', '--drain', '1', '--health-via', 'api-proxy'];
    server = await startServer({
      store: {},
      clusterArgs: [],
      connection: { url: sandbox.apiUrl },
      args,
      gateway: true,
      entry: 'under-test',
      env: { TEAL_HISTORY: history },
      contract: readContract(),
    });
    closers.unshift(() => server.stop());
    user = server.user(namespace);
    for (const routing of ['versioned', 'stable-service'] as const) {
      const appName = routing === 'versioned' ? 'shop' : 'stall';
      const [first, second] = [
        await describeApp(appName, { routing }),
        await describeApp(appName, { routing, image: 'v2', drainSeconds: 1 }),
      ];
      const third = await describeApp(appName, { routing, image: 'v3', drainSeconds: 600 });
      let live = '';
      await cost(`a first deployment, ${routing}`, async () => play((live = await user.start(first))));
      await cost(`a redeployment, ${routing}`, async () => play((live = await user.start(second))));
      live = await user.start(third);
      await user.ended(live);
      await cost(`a rollback while the old version runs, ${routing}`, async () => {
        const back = idOf(await user.client.call('POST', `/deployments/${live}/rollback`));
        live = back;
        await user.ended(back);
      });
      await user.remove((await user.list({ appname: appName })).find(({ phase }) => phase === 'draining')?.id ?? '', {
        deleteDeployment: true,
      });
      await within('the rolled back version is removed', 20_000, play(live));
      await cost(`an undeployment, ${routing}`, async () => {
        await user.remove(live);
        await play(live);
      });
    }
  });

  after('stops everything', async () => {
    for (const close of closers) await close();
  });

  it('are exactly those written down', () => {
    const text = costs
      .map(([name, { store, audit, writes, reads }]) => {
        const part = (title: string, lines: string[]) => `  ${title}: ${lines.length}\n${lines.map(line => `    ${line}\n`).join('')}`;
        return `${name}\n${part('Kubernetes writes', writes)}${part('Kubernetes reads', reads)}${part('store writes besides log and audit', store)}${part('store writes of the audit', audit)}`;
      })
      .join('\n');
    if (process.env['TEAL_UPDATE']) writeFileSync(file, text);
    expect(text).to.equal(readFileSync(file, 'utf8'));
  });

  for (const [routing, writes, reads] of [
    ['versioned', 9, 6],
    ['stable-service', 6, 5],
  ] as const) {
    it(`of a redeployment with ${routing} routing are at most ${writes} writes, ${reads} reads and 5 store writes besides log and audit`, () => {
      const found = costs.find(([name]) => name === `a redeployment, ${routing}`)?.[1];
      expect(found?.writes.length).to.be.within(1, writes);
      expect(found?.reads.length).to.be.at.most(reads);
      expect(found?.store.length).to.be.within(1, 5);
      expect(found?.logBatches).to.be.within(1, 8);
    });
  }
});
