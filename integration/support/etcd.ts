/** A real etcd of our own on loopback, for suites and scenarios: start, kill, freeze, restart on the same ports and data. */

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

export interface EtcdOptions {
  bin: string;
  /** Kept on stop when given; otherwise a temporary one. */
  dataDir?: string;
  extraArgs?: string[];
  /** One of several that form a cluster: they answer once most of them run. */
  member?: { name: string; peer: string; cluster: string };
  /** Serves clients over TLS and asks them for a certificate of this authority. Paths of PEM files. */
  tls?: { cert: string; key: string; trustedCa: string };
}

export interface RunningEtcd {
  /** URL for clients. */
  endpoint: string;
  dataDir: string;
  /** Of the process that runs now. */
  readonly pid: number;
  /** Sends the signal; after SIGKILL and SIGTERM resolves when the process is gone, after SIGSTOP when every thread of it stands still. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Kills what still runs and starts on the same endpoint and data; resolves when it answers. */
  restart(): Promise<void>;
  /** Ends the process and removes a temporary data directory. */
  stop(): Promise<void>;
}

const startDeadlineMs = 20_000;
/** A port that was free may be the source of somebody's connection a moment later. */
const mostStarts = 3;

/** SIGSTOP returns before all threads have stopped: on a busy machine one of them may still answer a request that comes after it. */
async function standsStill(pid: number): Promise<void> {
  const tasks = `/proc/${pid}/task`;
  const state = async (thread: string) => /\) (\S)/.exec(await readFile(`${tasks}/${thread}/stat`, 'utf8').catch(() => ''))?.[1] ?? 'T';
  const deadline = Date.now() + 5000;
  for (;;) {
    const states = await Promise.all((await readdir(tasks).catch(() => [])).map(state));
    if (states.every(letter => letter === 'T')) return;
    if (Date.now() > deadline) throw new Error(`etcd did not stop within 5 s of SIGSTOP: its threads are ${states.join('')}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

export async function startEtcd(options: EtcdOptions): Promise<RunningEtcd> {
  for (let start = 1; ; start++) {
    try {
      return await startOnFreePorts(options);
    } catch (error) {
      if (start === mostStarts || !/address already in use/.test(String(error))) throw error;
    }
  }
}

const aloneAt = (peer: string) => ({ name: 'teal-test', peer, cluster: `teal-test=${peer}` });

async function startOnFreePorts({ bin, dataDir, extraArgs = [], member, tls }: EtcdOptions): Promise<RunningEtcd> {
  const dir = dataDir ?? (await mkdtemp(join(tmpdir(), 'teal-etcd-')));
  const [clientPort, peerPort, metricsPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const endpoint = `${tls ? 'https' : 'http'}://127.0.0.1:${clientPort}`;
  const { name, peer, cluster } = member ?? aloneAt(`http://127.0.0.1:${peerPort}`);
  const health = `http://127.0.0.1:${metricsPort}`;
  const args = [
    ...[`--name=${name}`, `--data-dir=${dir}`, '--log-level=error'],
    ...[`--listen-client-urls=${endpoint}`, `--advertise-client-urls=${endpoint}`, `--listen-metrics-urls=${health}`],
    ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=${cluster}`],
    ...(tls ? [`--cert-file=${tls.cert}`, `--key-file=${tls.key}`, `--trusted-ca-file=${tls.trustedCa}`, '--client-cert-auth=true'] : []),
    ...extraArgs,
  ];
  let child: ChildProcess;
  let gone: Promise<void>;
  const killLeftOver = () => child.kill('SIGKILL');

  async function launch(): Promise<void> {
    let output = '';
    const started = spawn(bin, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)));
    let failed: Error | undefined;
    gone = new Promise(resolve => {
      started.once('error', error => {
        failed = error;
        resolve();
      });
      started.once('exit', () => resolve());
    });
    const deadline = Date.now() + startDeadlineMs;
    while (!(await answers())) {
      if (failed !== undefined || started.exitCode !== null || Date.now() > deadline) {
        started.kill('SIGKILL');
        throw new Error(`${bin} did not start: ${failed?.message ?? output}`);
      }
      await new Promise(resolve => setTimeout(resolve, 30));
    }
  }

  async function answers(): Promise<boolean> {
    try {
      const response = await fetch(`${health}/health`, { signal: AbortSignal.timeout(1000) });
      return response.ok && ((await response.json()) as { health?: unknown }).health === 'true';
    } catch {
      return false;
    }
  }

  async function kill(signal: NodeJS.Signals): Promise<void> {
    child.kill(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await gone;
    if (signal === 'SIGSTOP') await standsStill(child.pid ?? 0);
  }

  await launch();
  process.once('exit', killLeftOver);
  return {
    endpoint,
    dataDir: dir,
    get pid() {
      return child.pid ?? 0;
    },
    kill,
    async restart() {
      await kill('SIGKILL');
      await launch();
    },
    async stop() {
      await kill('SIGKILL');
      process.removeListener('exit', killLeftOver);
      if (dataDir === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
}
