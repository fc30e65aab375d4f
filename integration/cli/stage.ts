/** A Teal on one of the targets, and a home from which its users run `teal`. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTarget, type Target, type TargetName } from '../support/targets.ts';
import { startTeal, type TealProcess } from '../support/teal-process.ts';
import { openHome, type Home } from './teal.ts';

export interface Stage {
  readonly target: Target;
  readonly server: TealProcess;
  readonly home: Home;
  /** Of this suite alone. */
  readonly namespace: string;
  close(): Promise<void>;
}

const quick = ['--timeout', '60', '--confirm', '1', '--drain', '20', '--proxysleep', '20', '--lease', '5'];

export async function openStage(name: TargetName, args: readonly string[] = quick): Promise<Stage> {
  const target = await openTarget(name);
  const data = await mkdtemp(join(tmpdir(), 'teal-cli-'));
  const namespace = target.real ? `cli-${process.pid.toString(36)}-${Date.now().toString(36).slice(-5)}` : 'default';
  if (target.real) await target.kube.call('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const server = await startTeal([...target.clusterArgs, ...target.routingArgs, '--data-dir', data, ...args]);
  const home = await openHome(server.url);
  return {
    target,
    server,
    home: { ...home },
    namespace,
    async close() {
      await server.stop();
      await home.remove();
      await rm(data, { recursive: true, force: true });
      if (target.real) await target.kube.call('DELETE', `/api/v1/namespaces/${namespace}`);
      await target.close();
    },
  };
}
