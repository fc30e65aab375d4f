/** The etcd binaries of this machine. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

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

/** The binaries that the store is held to its contract with: `TEAL_TEST_ETCD_BINS`, or Debian's and the one of a local test cluster. Some may not exist. */
export function etcdBinaries(): string[] {
  const listed = process.env['TEAL_TEST_ETCD_BINS'];
  if (listed !== undefined && listed !== '') return listed.split(delimiter);
  const ofCluster = findEtcd('3.6');
  return ['/usr/bin/etcd', ...(ofCluster === undefined ? [] : [ofCluster])];
}
