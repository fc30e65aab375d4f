/** The load proof: apps behind every way in, under load, while they are redeployed. */

import { randomBytes } from 'node:crypto';
import { request } from 'undici';
import { proxiesFollowMs } from '../../src/cluster/routing/index.ts';
import { readContract } from '../support/contract.ts';
import { patient } from '../support/patient-client.ts';
import { createPool } from '../support/pool.ts';
import { startServer, type Server } from '../support/server.ts';
import { openTarget, type Target } from '../support/targets.ts';
import { createUser } from '../support/user.ts';
import { eventually } from '../support/wait.ts';
import { startLoadClient, type LoadClient } from './client-process.ts';
import { appImage, type AppImage } from './image.ts';
import type { Row } from './lanes.ts';
import { naiveDeployer } from './naive.ts';
import { explained } from './closings.ts';
import { podLogs } from './pod-logs.ts';
import { redeployer, straightIdleMs, type Deployer } from './redeploying.ts';
import { followNginxLog, type ProxyLog } from './proxy-log.ts';
import { finding, witnessed, type Finding, type Lane } from './report.ts';

export interface LoadOptions {
  rows: readonly Row[];
  /** Switches of each row. */
  switches: number;
  /** Apps of each row that are redeployed at the same time. */
  apps: number;
  /** Requests per second to each row. */
  rate: number;
  /** How long Teal keeps the old version. */
  drainSeconds?: number;
  /** A failing version before every nth switch of an app. */
  failEvery: number;
  /** Rows under way at once. */
  atOnce: number;
  progress: (text: string) => void;
}

interface Place {
  target: Target;
  teal: Server;
  /** Where the proxy writes one that tells. */
  log?: ProxyLog;
}

const clusterIpPort = 8080;

/** Longer than any of the proxies takes to learn of a change (ingress-nginx looks once in 3.3 s), short enough for many rounds. */
const usualDrainSeconds = 5;

export interface LoadRun {
  findings: Finding[];
  /** Rows that could not be played to their end. */
  errors: Map<Row, unknown>;
}

export async function runLoad(options: LoadOptions): Promise<LoadRun> {
  const image = appImage();
  if (image.why !== undefined) options.progress(image.why);
  const places = new Map<Row['target'], Place>();
  const client = await startLoadClient();
  try {
    for (const name of new Set(options.rows.map(({ target }) => target))) places.set(name, await openPlace(name));
    const pool = createPool(options.atOnce);
    const run: LoadRun = { findings: [], errors: new Map() };
    await Promise.all(
      options.rows.map(row =>
        pool.run(async () => {
          const place = places.get(row.target);
          if (!place) throw new Error(`no target ${row.target}`);
          try {
            run.findings.push(finding(row, await runRow(row, place, client, image, options)));
          } catch (error) {
            options.progress(`${row.name}: ${String(error)}`);
            run.errors.set(row, error);
          }
        }),
      ),
    );
    run.findings.sort((one, other) => options.rows.indexOf(one.row) - options.rows.indexOf(other.row));
    return run;
  } finally {
    client.stop();
    for (const { target, teal, log } of places.values()) {
      await log?.stop();
      await teal.stop();
      await target.close();
    }
  }
}

async function openPlace(name: Row['target']): Promise<Place> {
  const target = await openTarget(name);
  const teal = await startServer({
    store: target.store,
    clusterArgs: target.clusterArgs,
    connection: target.kube.connection,
    args: [...target.routingArgs, '--timeout', '60', '--lease', '10'],
    contract: readContract(),
  });
  return { target, teal, ...(name === 'real-nginx' ? { log: await followNginxLog(target.kube) } : {}) };
}

async function runRow(row: Row, place: Place, client: LoadClient, image: AppImage, options: LoadOptions): Promise<Lane[]> {
  const { kube } = place.target;
  const namespace = `load-${randomBytes(3).toString('hex')}`;
  await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  try {
    await eventually('the service account is there', 10_000, async () => {
      const answer = await kube.call('GET', `/api/v1/namespaces/${namespace}/serviceaccounts/default`);
      if (answer.status !== 200) throw new Error(String(answer.status));
    });
    const apps = Array.from({ length: options.apps }, (_, index) => `shop-${String.fromCharCode(97 + index)}`);
    const lanes = apps.map((app, index) => openLane({ row, app, namespace, index }, place, client, image, options));
    await Promise.all(lanes.map(lane => lane.first()));
    // A proxy that has just learned of one app reloads under the load of another.
    await new Promise(resolve => setTimeout(resolve, proxiesFollowMs));
    return await Promise.all(lanes.map(lane => lane.play()));
  } finally {
    await kube.remove('Namespace', '', namespace);
  }
}

interface OpenLane {
  /** Deploys the first version. */
  first(): Promise<void>;
  /** Redeploys it under load. */
  play(): Promise<Lane>;
}

function openLane(
  { row, app, namespace, index }: { row: Row; app: string; namespace: string; index: number },
  { target, teal, log }: Place,
  client: LoadClient,
  image: AppImage,
  options: LoadOptions,
): OpenLane {
  const name = `${namespace}/${app}`;
  const proxied = `${app}.${namespace}.example.test`;
  const switches = Math.floor(options.switches / options.apps) + (index < options.switches % options.apps ? 1 : 0);
  const common = { kube: target.kube, namespace, row, app, image, switches, progress: options.progress };
  const wayIn = async (): Promise<WayIn> =>
    row.way === 'proxy' ? { url: target.ingressUrl, host: proxied } : { url: await clusterIp(target, namespace, app) };
  // Only who talks to the pods themselves can be told by them what became of a connection.
  const pods = row.way === 'cluster-ip' ? podLogs(target.kube, namespace, app) : undefined;
  const deployer: Deployer =
    row.by === 'teal'
      ? redeployer({
          ...common,
          index,
          // On a machine that has more to do than it can, Teal may say 503 for a moment; the requests to the app are what must not be lost.
          user: createUser(patient(teal.user(namespace).client, { onRefused: () => options.progress(`${row.name}: Teal answered 503`) })),
          host: row.way === 'proxy' ? proxied : undefined,
          drainSeconds: options.drainSeconds ?? usualDrainSeconds,
          failEvery: options.failEvery,
          answers: async version => answersWith(await wayIn(), version),
          onServing: async version => pods?.follow(version),
          onGone: version => client.gone(name, version),
        })
      : naiveDeployer({ ...common, host: proxied, ingressClass: row.target === 'real-nginx' ? 'nginx' : 'traefik' });
  return {
    first: () => deployer.first(),
    async play() {
      const way = await wayIn();
      await answersWith(way, '1');
      client.begin({
        name,
        mark: `${namespace}.${index}`,
        ...way,
        rate: options.rate / options.apps,
        sockets: image.own,
        ...(pods ? { idleMs: straightIdleMs } : {}),
      });
      const rounds = await deployer.rounds();
      const tally = await client.finish(name);
      if (pods) return { row, rounds, tally: explained(tally, await pods.closings()) };
      if (!log || tally.lastTag === undefined) return { row, rounds, tally };
      await log.reaches(tally.lastTag);
      return { row, rounds, tally: witnessed(tally, log) };
    },
  };
}

interface WayIn {
  url: string;
  host?: string;
}

const answersWith = ({ url, host }: WayIn, version: string): Promise<void> =>
  eventually(`version ${version} answers at ${host ?? url}`, 30_000, async () => {
    // On a connection of its own: a kept one would stay with the pod that it knows.
    const answer = await request(url, { reset: true, headers: host === undefined ? {} : { host } });
    await answer.body.dump();
    if (answer.statusCode !== 200 || answer.headers['x-version'] !== version)
      throw new Error(`${answer.statusCode} ${String(answer.headers['x-version'])}`);
  });

async function clusterIp({ kube }: Target, namespace: string, app: string): Promise<string> {
  const service = await kube.get('Service', namespace, app);
  return `http://${String(service?.['spec'].clusterIP)}:${clusterIpPort}`;
}
