/**
 * Many apps that serve; Teal is killed, others delete a Service of each app while nobody is there, and Teal is started again: how soon it is ready, how it answers
 * while it recovers, how many requests it sends at once, when everything stands again, and what it takes of the machine at rest.
 */

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { readContract } from '../support/contract.ts';
import { demo } from '../support/demo.ts';
import { patient } from '../support/patient-client.ts';
import { createPool } from '../support/pool.ts';
import { cpuMs, memoryMb } from '../support/process-use.ts';
import { startSandboxProcess } from '../support/sandbox-process.ts';
import { startServer, type StoreKind } from '../support/server.ts';
import { openSandbox } from '../support/targets.ts';
import { createUser, type User } from '../support/user.ts';
import { eventually } from '../support/wait.ts';

export interface RestartWish {
  apps: number;
  store: StoreKind;
  /** How long to look at it at rest, once everything stands again; none = not at all. */
  restSeconds?: number;
  say?: (line: string) => void;
}

export interface RestartReport {
  /** From the start of the process. */
  listeningMs: number;
  readyMs: number;
  /** When every Service stood again. */
  mendedMs: number;
  /** Reads of the API from listening until everything stood again. */
  reads: number;
  slowestReadMs: number;
  /** Most requests under way at the API server at once, since the restart. */
  mostAtOnce: number;
  atRest?: { cpuPercent: number; memoryMb: number };
}

/** How many deployments and deletions are under way at once. */
const lanes = 12;
const pageSize = 100;
/** Whoever reads without a pause measures how much he takes from the recovery. */
const betweenReadsMs = 200;
const betweenLooksMs = 1000;
const patienceMs = 240_000;

/** Reads a page of the list and one deployment, again and again; each of them must be answered. */
function readOn(user: User, id: string) {
  let going = true;
  const times: number[] = [];
  const done = (async () => {
    while (going) {
      for (const [path, query] of [
        ['/deployments/', { limit: pageSize }],
        [`/deployments/${id}/`, {}],
      ] as const) {
        const from = performance.now();
        const { status, text } = await user.client.call('GET', path, { query });
        expect(status, text.slice(0, 300)).to.equal(200);
        times.push(performance.now() - from);
      }
      await delay(betweenReadsMs);
    }
  })();
  done.catch(() => undefined);
  return {
    async stop() {
      going = false;
      await done;
      return { reads: times.length, slowestReadMs: Math.round(Math.max(...times)) };
    },
  };
}

/** CPU of one processor, and memory, while nothing is asked for. */
async function atRest(pid: number, seconds: number) {
  // What the recovery left to be collected is not what it takes at rest.
  await delay(seconds * 1000);
  const before = cpuMs(pid);
  await delay(seconds * 1000);
  return { cpuPercent: Number(((cpuMs(pid) - before) / (seconds * 10)).toFixed(2)), memoryMb: Math.round(memoryMb(pid, 'VmRSS')) };
}

export async function restart({ apps, store, restSeconds = 0, say = () => undefined }: RestartWish): Promise<RestartReport> {
  const target = await openSandbox(startSandboxProcess);
  const namespace = `restart-${randomBytes(3).toString('hex')}`;
  const server = await startServer({
    store,
    clusterArgs: target.clusterArgs,
    connection: target.kube.connection,
    gateway: true,
    args: ['--timeout', '120', '--confirm', '0', '--drain', '0', '--lease', '10'],
    contract: readContract(),
  });
  try {
    await target.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const names = Array.from({ length: apps }, (_, index) => `app-${index}`);
    const plain = { useHealthCheck: false, healthCheckPath: undefined, healthCheckPort: undefined, healthCheckType: undefined };
    const pool = createPool(lanes);
    const each = (work: (name: string) => Promise<unknown>) => Promise.all(names.map(name => pool.run(() => work(name))));
    const user = createUser(patient(server.user(namespace).client));
    const from = performance.now();
    await each(appName => user.deploy(demo(namespace, { appName, newVersion: '1', ...plain })));
    say(`${apps} apps serve after ${Math.round((performance.now() - from) / 1000)} s`);

    const services = async () => (await target.kube.list('Service', namespace)).length;
    const all = await services();
    await server.process.kill();
    await each(name => target.kube.remove('Service', namespace, name));
    expect(await services()).to.equal(all - apps);

    const restarted = performance.now();
    const since = () => Math.round(performance.now() - restarted);
    await server.start();
    const listeningMs = since();
    const again = server.user(namespace);
    const reading = readOn(again, (await again.list({ limit: 1 }))[0]?.id ?? '');
    await eventually(
      'it is ready',
      patienceMs,
      async () => {
        const { status, text } = await again.client.call('GET', '/readyz', { namespace: null });
        expect(status, text).to.equal(200);
      },
      100,
    );
    const readyMs = since();
    say(`ready after ${readyMs} ms`);
    await eventually('every Service stands again', patienceMs, async () => expect(await services()).to.equal(all), betweenLooksMs);
    const mendedMs = since();
    say(`everything stands again after ${mendedMs} ms`);
    const read = await reading.stop();
    const statuses = new Set<string>();
    let next: string | undefined = `/deployments/?limit=${pageSize}&namespace=${namespace}`;
    let listed = 0;
    while (next !== undefined) {
      const page = await again.client.call('GET', next, { namespace: null });
      for (const { status } of page.json<{ status: string }[]>()) {
        statuses.add(status);
        listed++;
      }
      next = /<([^>]+)>; rel="next"/.exec(page.headers['link'] ?? '')?.[1];
    }
    expect([listed, ...statuses]).to.deep.equal([apps, 'DEPLOYED']);
    const resting = restSeconds > 0 ? { atRest: await atRest(server.process.pid, restSeconds) } : {};
    return { listeningMs, readyMs, mendedMs, ...read, mostAtOnce: server.gateway?.mostAtOnce ?? 0, ...resting };
  } finally {
    await server.stop();
    await target.close();
  }
}
