/**
 * Many apps deployed in the same moment on the real API server, with pods that fake nodes make ready at once: how many are switched per second, and what that
 * costs Teal. Run: `npx tsx integration/bench/scale.ts [apps]` (default 100) with KUBECONFIG set; adds the fake nodes and removes them. Each wave comes after the bare chain of the same
 * Kubernetes calls for as many apps, in the same minute on the same cluster: what that cannot reach is not Teal's to reach. Exits 1 under the rate that DESIGN section 9 asks for. `--sandbox`: on a simulated cluster in a process of its own, for the CPU alone (its rate is the simulation's).
 * `--redeployments N` (2): a process that has just started pays for its warming up. `--profile DIR`: Teal writes a CPU profile there. `TEAL_BUILT=1` takes the shipped build.
 */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Descriptor } from '../../src/descriptors/index.ts';
import { anyEtcd } from '../support/find-etcd.ts';
import { startSandboxProcess } from '../support/sandbox-process.ts';
import { readContract } from '../support/contract.ts';
import { demo, type Json } from '../support/demo.ts';
import { cpuMs, memoryMb } from '../support/process-use.ts';
import { startServer } from '../support/server.ts';
import { openSandbox, openTarget } from '../support/targets.ts';
import type { User } from '../support/user.ts';
import { openBareChain } from './bare-chain.ts';

const wantedRate = 26;
const wantedCpuMs = 20;
const wantedRatio = 1.5;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sandbox: { type: 'boolean', default: false }, redeployments: { type: 'string', default: '2' }, profile: { type: 'string' } },
});
const { sandbox, profile } = values;
const count = Number(positionals[0] ?? 100);
/** `TEAL_FAKE_NODES` names the program that adds them, where it does not lie beside the checkout. */
const fakeNodes = process.env['TEAL_FAKE_NODES'] ?? fileURLToPath(new URL('../../../shared/kube/fake-nodes', import.meta.url));
const setFakeNodes = (nodes: number) =>
  sandbox ? undefined : execFileSync(fakeNodes, [String(nodes)], { stdio: ['ignore', 'ignore', 'inherit'] });
if (!sandbox && !existsSync(fakeNodes)) {
  console.log('no fake nodes here: this needs the test cluster');
  process.exit(2);
}

const onFakeNodes = {
  nodeSelector: { type: 'fake' },
  tolerations: [{ key: 'fake', operator: 'Equal', value: 'true', effect: 'NoSchedule' }],
};

const descriptor = (namespace: string, index: number): Json =>
  demo(namespace, {
    appName: `app-${index}`,
    // Nobody answers on a fake node: readiness is all there is to know.
    useHealthCheck: false,
    healthCheckPath: undefined,
    healthCheckPort: undefined,
    healthCheckType: undefined,
    confirmSeconds: 1,
    drainSeconds: 5,
    podspec: sandbox ? {} : onFakeNodes,
  });

interface Wave {
  /** First request sent to last traffic moved, seconds. */
  seconds: number;
  cpuUntilSwitched: number;
  cpuUntilSettled: number;
  decisions: number;
}

async function decisions({ client }: User): Promise<number> {
  const { text } = await client.call('GET', '/metrics', { namespace: null });
  return Number(/^teal_engine_decisions_total (\d+)/m.exec(text)?.[1]);
}

async function wave(user: User, descriptors: string[], pid: number): Promise<Wave> {
  const decisionsBefore = await decisions(user);
  const cpuBefore = cpuMs(pid);
  const from = Date.now();
  const ids = await Promise.all(descriptors.map(id => user.start(id)));
  for (const id of ids) await user.ended(id, 300_000);
  const cpuSwitched = cpuMs(pid);
  for (const id of ids) await user.settled(id, 300_000);
  const cpuSettled = cpuMs(pid);
  let last = 0;
  for (const id of ids) {
    const moved = (await user.lines(id)).find(({ message }) => /^Traffic is on version/.test(message));
    if (!moved) throw new Error(`deployment ${id} has no switch in its log: ${await user.log(id)}`);
    last = Math.max(last, Date.parse(moved.time));
  }
  return {
    seconds: (last - from) / 1000,
    cpuUntilSwitched: cpuSwitched - cpuBefore,
    cpuUntilSettled: cpuSettled - cpuBefore,
    decisions: (await decisions(user)) - decisionsBefore,
  };
}

const target = sandbox ? await openSandbox(startSandboxProcess) : await openTarget('real-nginx');
const namespace = `scale-${randomBytes(3).toString('hex')}`;
setFakeNodes(10);
const teal = await startServer({
  store: sandbox ? { etcd: anyEtcd() } : target.store,
  clusterArgs: target.clusterArgs,
  connection: target.kube.connection,
  args: ['--timeout', '120'],
  ...(profile === undefined ? {} : { nodeFlags: ['--cpu-prof', `--cpu-prof-dir=${profile}`] }),
  contract: readContract(),
});
const bareNamespace = `${namespace}-bare`;
let slow = false;
try {
  await target.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: bareNamespace } });
  await target.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const user = teal.user(namespace);
  const { pid } = teal.process;
  const idle = memoryMb(pid, 'VmRSS');
  const descriptors = await Promise.all(Array.from({ length: count }, (_, index) => user.describe(descriptor(namespace, index))));
  const stored = await Promise.all(descriptors.map(async id => (await user.client.call('GET', `/descriptors/${id}/`)).json<Descriptor>()));
  const [option = '', where = ''] = target.clusterArgs;
  const bare = await openBareChain(option === '--kubeconfig' ? { kubeconfig: where } : { url: where }, bareNamespace);
  console.log(
    `| ${count} apps at once | Seconds | Per second | Bare calls per second | Times the bare calls | CPU each until DEPLOYED, ms | CPU each until settled, ms | Decisions each |\n| --- | --- | --- | --- | --- | --- | --- | --- |`,
  );
  for (let number = 0; number <= Number(values.redeployments); number++) {
    const bareSeconds = await bare.deploy(stored, number + 1);
    const { seconds, cpuUntilSwitched, cpuUntilSettled, decisions: decided } = await wave(user, descriptors, pid);
    const cells = [
      number === 0 ? 'first deployment' : `redeployment ${number}`,
      seconds.toFixed(1),
      (count / seconds).toFixed(1),
      (count / bareSeconds).toFixed(1),
      (seconds / bareSeconds).toFixed(2),
      (cpuUntilSwitched / count).toFixed(1),
      (cpuUntilSettled / count).toFixed(1),
      (decided / count).toFixed(1),
    ];
    console.log(`| ${cells.join(' | ')} |`);
    slow = count / seconds < Math.min(wantedRate, count / bareSeconds / wantedRatio) || cpuUntilSwitched / count > wantedCpuMs;
  }
  await bare.close();
  console.log(
    `\nmemory of Teal: ${idle.toFixed(0)} MB before, ${memoryMb(pid, 'VmRSS').toFixed(0)} MB after, ${memoryMb(pid, 'VmHWM').toFixed(0)} MB at most`,
  );
  console.log(
    `wanted: ${wantedRate} per second, or where the bare calls are slow at most ${wantedRatio} times what they take, and ${wantedCpuMs} ms each${slow ? '; the last wave does not reach that' : ''}`,
  );
} finally {
  // A process that is killed writes no profile.
  if (profile !== undefined) await teal.process.stop();
  await target.kube.remove('Namespace', '', namespace);
  await target.kube.remove('Namespace', '', bareNamespace);
  await teal.stop();
  await target.close();
  setFakeNodes(0);
}
process.exitCode = slow ? 1 : 0;
