/** A real etcd of one's own: started from a binary on free ports, with its data in a temporary folder. */

import { spawn, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetch } from 'undici';
import { freePort } from './free-port.ts';
import { eventually } from './wait.ts';

export interface EtcdProcess {
  url: string;
  /** Puts through etcd's own JSON gateway, as an operator would with etcdctl. */
  put(key: string, value: string): Promise<void>;
  stop(): Promise<void>;
}

const stateOfTestCluster = (): string =>
  process.env['REAL_KUBE_STATE'] ?? join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'real-kube');

/** Any etcd of this machine, for what only makes sense with a store outside of the process. */
export function anyEtcd(): string {
  const found = findEtcd('3.6') ?? findEtcd('3.4');
  if (found === undefined) throw new Error('this needs an etcd: install etcd-server, or name one by ETCD_BIN');
  return found;
}

/** Path of an etcd binary, when this machine has it: `3.4` = Debian's, `3.6` = that of the test cluster. */
export function findEtcd(version: '3.4' | '3.6'): string | undefined {
  const candidates =
    version === '3.4' ? [process.env['ETCD_34_BIN'], '/usr/bin/etcd'] : [process.env['ETCD_BIN'], join(stateOfTestCluster(), 'bin/etcd')];
  for (const path of candidates) {
    if (path && existsSync(path) && execFileSync(path, ['--version'], { encoding: 'utf8' }).includes(`etcd Version: ${version}.`))
      return path;
  }
  return undefined;
}

export async function startEtcd(binary: string): Promise<EtcdProcess> {
  const dir = await mkdtemp(join(tmpdir(), 'teal-etcd-'));
  const [client, peer] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${client}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  const child = spawn(
    binary,
    [
      '--name',
      'test',
      '--data-dir',
      dir,
      '--listen-client-urls',
      url,
      '--advertise-client-urls',
      url,
      '--listen-peer-urls',
      peerUrl,
    ].concat([
      '--initial-advertise-peer-urls',
      peerUrl,
      '--initial-cluster',
      `test=${peerUrl}`,
      '--log-level',
      'error',
      '--unsafe-no-fsync',
    ]),
    { stdio: 'ignore' },
  );
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()));
  await eventually('etcd is healthy', 15_000, async () => {
    const answer = (await (await fetch(`${url}/health`)).json()) as { health: string };
    if (answer.health !== 'true') throw new Error('not yet');
  });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return {
    url,
    async put(key, value) {
      const answer = await fetch(`${url}/v3/kv/put`, { method: 'POST', body: JSON.stringify({ key: base64(key), value: base64(value) }) });
      if (!answer.ok) throw new Error(`put ${key}: ${answer.status}`);
    },
    async stop() {
      child.kill('SIGKILL');
      await exited;
      await rm(dir, { recursive: true, force: true });
    },
  };
}
