/**
 * Many deployments with faults in one Teal process: what the process and its store hold after a warm-up is what they hold at the end. Good ones, failing ones, cancelled ones
 * and rollbacks, while every twentieth write goes wrong and connections are cut.
 */

import { expect } from 'chai';
import { keys } from '../../src/store/keys.ts';
import { slack } from '../../src/deployments/retention.ts';
import { createPool } from '../support/pool.ts';
import type { RunningEtcd } from '../support/etcd.ts';
import type { Faults } from '../support/server.ts';
import { eventually } from '../support/wait.ts';
import type { TealProcess } from '../support/teal-process.ts';
import { openStage } from '../support/world.ts';
import { createPatientUser, type PatientUser } from './patient-user.ts';

export interface Holding {
  /** Least heap in use over some seconds of rest, after collecting garbage, MB. */
  heapMb: number;
  rssMb: number;
  /** Timers and sockets of the process as it counts them itself. */
  timers: number;
  sockets: number;
  /** Watches open at the API server. */
  watches: number;
  storeKeys: number;
  storeKb: number;
  /** Requests that are remembered by their Idempotency-Key: one for each that had one, for 24 hours. Not among `storeKeys`. */
  remembered: number;
}

export interface SoakReport {
  before: Holding;
  after: Holding;
  /** How the deployments ended. */
  ended: Record<string, number>;
  seconds: number;
  /** How often a fault struck. */
  struck: number;
  /** Requests that had an Idempotency-Key. */
  keyed: number;
}

export interface SoakWish {
  deployments: number;
  /** Deployments before the first measurement, at least; enough to fill every app's history. */
  warmUp: number;
  /** History kept for each app. */
  keep: number;
  apps: number;
  say?: (line: string) => void;
}

async function metrics(url: string): Promise<(name: RegExp) => number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n').filter(line => !line.startsWith('#'));
  return name => lines.filter(line => name.test(line)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function storeSize(etcd: RunningEtcd): Promise<{ storeKeys: number; storeKb: number; remembered: number }> {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const isRemembered = ({ key }: { key: string }) => Buffer.from(key, 'base64').toString().startsWith(keys.allIdempotency);
  const body = JSON.stringify({ key: base64('/deployer/'), range_end: base64('/deployer0') });
  const answer = (await (await fetch(`${etcd.endpoint}/v3/kv/range`, { method: 'POST', body })).json()) as {
    kvs?: { key: string; value?: string }[];
  };
  const all = answer.kvs ?? [];
  const kvs = all.filter(entry => !isRemembered(entry));
  return {
    storeKeys: kvs.length,
    storeKb: Math.round(kvs.reduce((sum, { value = '' }) => sum + value.length, 0) / 1365),
    remembered: all.length - kvs.length,
  };
}

async function measure({ url, tell }: TealProcess, faults: Faults): Promise<Holding> {
  const samples: Holding[] = [];
  const stored = await storeSize(faults.etcd as RunningEtcd);
  await eventually('watches are open again', 60_000, () => {
    if (faults.gateway.watching < 7) throw new Error(String(faults.gateway.watching));
  });
  for (let sample = 0; sample < 12; sample++) {
    await tell({ collect: true });
    const value = await metrics(url);
    samples.push({
      heapMb: value(/^nodejs_heap_size_used_bytes/) / 1e6,
      rssMb: value(/^process_resident_memory_bytes/) / 1e6,
      timers: value(/^nodejs_active_resources\{type="Timeout"/),
      sockets: value(/^nodejs_active_resources\{type="TCPSocketWrap"/),
      watches: faults.gateway.watching,
      ...stored,
    });
    await new Promise(resolve => setTimeout(resolve, 1000));
  }
  const least = (of: (holding: Holding) => number) => Math.round(Math.min(...samples.map(of)));
  return {
    heapMb: least(({ heapMb }) => heapMb),
    rssMb: least(({ rssMb }) => rssMb),
    timers: least(({ timers }) => timers),
    sockets: least(({ sockets }) => sockets),
    watches: least(({ watches }) => watches),
    ...stored,
  };
}

/** One deployment of an app, of the kind whose turn it is. */
async function deployOnce(
  patient: PatientUser,
  describe: Describe,
  appName: string,
  turn: number,
): Promise<{ status: string; keyed: boolean }> {
  const kind = turn % 6 === 5 ? 'failing' : turn % 8 === 7 ? 'cancelled' : turn % 10 === 9 ? 'rollback' : 'good';
  if (kind === 'rollback') {
    const live = (await patient.list()).find(({ status, descriptor }) => status === 'DEPLOYED' && descriptor.appName === appName);
    if (live) return { status: (await patient.settled(await patient.rollback(live.id))).status, keyed: false };
  }
  const image = `v${1 + (turn % 3)}`;
  const id = await patient.start(await describe(appName, image, kind === 'failing'), `${appName}-${String(turn)}`);
  if (kind === 'cancelled') await patient.remove(id);
  return { status: (await patient.settled(id)).status, keyed: true };
}

type Describe = (appName: string, image: string, failing: boolean) => Promise<string>;

function beginFaults({ gateway, api, store }: Faults): () => number {
  const objects = /^(?!.*\/proxy\/)/;
  const rules = ['POST', 'PUT', 'DELETE'].flatMap(method => [
    gateway.spoil({ method, path: objects, every: 20, with: 500 }),
    gateway.spoil({ method, path: objects, every: 33, with: 'lost-answer' }),
    gateway.spoil({ method, path: objects, every: 41, with: 409 }),
  ]);
  rules.push(gateway.spoil({ path: objects, watch: true, every: 5, with: 'gone' }));
  let cuts = 0;
  const timers = [setInterval(() => (cuts++, api.cut()), 7000), setInterval(() => (cuts++, store?.cut()), 11_000)];
  return () => {
    timers.forEach(clearInterval);
    rules.forEach(rule => rule.heal());
    return cuts + rules.reduce((sum, rule) => sum + rule.struck(), 0);
  };
}

export async function soak({ deployments, warmUp, keep, apps, say = () => undefined }: SoakWish): Promise<SoakReport> {
  const stage = await openStage('sandbox');
  let report: SoakReport | undefined;
  try {
    await stage.play(async world => {
      const args = ['--keep-deployments', String(keep), '--keep-audit', '20', '--confirm', '0', '--drain', '0', '--timeout', '30'];
      const { server, user } = await world.start({ faults: true, etcd: true, entry: 'under-test', args });
      const { faults } = server;
      if (!faults) throw new Error('this server has no faults');
      const patient = createPatientUser(user);
      const described = new Map<string, Promise<string>>();
      const describe: Describe = (appName, image, failing) => {
        const key = `${appName}-${image}-${String(failing)}`;
        const env = failing ? { HEALTHY: 'false' } : {};
        const descriptor = world.demo({ appName, image, env, ...(failing ? { timeoutSeconds: 2 } : {}) });
        const known = described.get(key) ?? user.describe(descriptor);
        described.set(key, known);
        return known;
      };
      for (let app = 0; app < apps; app++)
        for (const image of ['v1', 'v2', 'v3']) for (const failing of [false, true]) await describe(`app-${String(app)}`, image, failing);

      const ended: Record<string, number> = {};
      let done = 0;
      let keyed = 0;
      // History is pruned now and then: both measurements are made as long after that.
      const round = apps * (slack + 1);
      const rounds = Math.floor((deployments - warmUp) / round);
      const first = rounds > 0 ? deployments - rounds * round : warmUp;
      const from = performance.now();
      async function stretch(count: number): Promise<number> {
        const stop = beginFaults(faults as Faults);
        const pool = createPool(apps);
        const begun = done;
        const lanes = Array.from({ length: apps }, (_, app) =>
          pool.run(async () => {
            for (let turn = Math.floor(begun / apps); turn < Math.floor((begun + count) / apps); turn++) {
              const { status, keyed: hadKey } = await deployOnce(patient, describe, `app-${String(app)}`, turn);
              if (hadKey) keyed++;
              ended[status] = (ended[status] ?? 0) + 1;
              if (++done % 50 === 0) say(`${String(done)} deployments, ${Math.round((performance.now() - from) / 1000)} s`);
            }
          }),
        );
        try {
          await Promise.all(lanes);
        } finally {
          done = begun + count;
        }
        return stop();
      }

      let struck = await stretch(first);
      const before = await measure(server.process, faults);
      struck += await stretch(deployments - first);
      const after = await measure(server.process, faults);
      expect(server.process.printed('a run of an app broke')).to.deep.equal([]);
      report = { before, after, ended, struck, keyed, seconds: Math.round((performance.now() - from) / 1000) };
    });
  } finally {
    await stage.close();
  }
  if (!report) throw new Error('nothing was measured');
  return report;
}

/** What has grown by more than a tenth, as sentences. Small counts may differ by a little, of whatever happens to be under way. */
export function grown({ before, after, keyed }: SoakReport): string[] {
  const leeway: Omit<Holding, 'remembered'> = { heapMb: 4, rssMb: 10, timers: 4, sockets: 4, watches: 0, storeKeys: 40, storeKb: 60 };
  const more = (Object.keys(leeway) as (keyof typeof leeway)[])
    .filter(what => after[what] > before[what] * 1.1 + leeway[what])
    .map(what => `${what} grew from ${String(before[what])} to ${String(after[what])}`);
  return after.remembered > keyed ? [...more, `${after.remembered} requests are remembered, ${keyed} had a key`] : more;
}
