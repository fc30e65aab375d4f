/** Is everything there that Teal needs? One line for each thing, with what mends it. Nothing is changed, and neither addresses nor secrets are told. */

import { ClusterError, type Cluster } from '../cluster/cluster.ts';
import type { Clock } from '../lib/clock.ts';
import { whyAway } from '../lib/why-away.ts';
import { neededRights, rightText, type RightsWish } from './rights.ts';

export interface Finding {
  name: string;
  /** null = cannot tell. */
  ok: boolean | null;
  detail: string;
  fix?: string;
}

export interface DiagnosisDeps {
  cluster: Pick<Cluster, 'mayI' | 'read' | 'version' | 'time'>;
  clock: Clock;
  /** What readiness asks, by name; each rejects with what is wrong. */
  checks: readonly { name: string; run(): Promise<void> }[];
  /** Empty = the cluster's default class. */
  ingressClass: string;
  /** Asks the proxy whether it answers at all; absent = its address is not set. */
  askProxy?: () => Promise<void>;
  authentication: boolean;
  /** Whether only this machine reaches the server. */
  loopback: boolean;
  rights: RightsWish;
}

export type Diagnosis = (namespace: string) => Promise<Finding[]>;

const clockToleranceMs = 5000;
const timeoutMs = 4000;
/** Whoever asks twice within this gets the same answer: one question costs the API server many. */
const freshMs = 2000;

export function createDiagnosis(deps: DiagnosisDeps): Diagnosis {
  const { clock } = deps;
  const latest = new Map<string, { at: number; findings: Promise<Finding[]> }>();
  return namespace => {
    const now = clock.monotonic();
    for (const [key, { at }] of latest) if (now - at > freshMs) latest.delete(key);
    const known = latest.get(namespace) ?? { at: now, findings: diagnose(deps, namespace) };
    latest.set(namespace, known);
    return known.findings;
  };
}

const diagnose = (deps: DiagnosisDeps, namespace: string): Promise<Finding[]> =>
  Promise.all([
    ...deps.checks.map(check => inTime(deps.clock, check.name, () => readiness(check))),
    inTime(deps.clock, 'cluster-version', () => version(deps)),
    inTime(deps.clock, 'clock', () => clocks(deps)),
    inTime(deps.clock, 'rights', () => rights(deps, namespace)),
    inTime(deps.clock, 'ingress-class', () => ingressClass(deps)),
    inTime(deps.clock, 'ingress-address', () => ingressAddress(deps)),
    authentication(deps),
  ]);

/** A check that does not come to an end says so; one that breaks cannot tell. */
async function inTime(clock: Clock, name: string, check: () => Promise<Omit<Finding, 'name'>>): Promise<Finding> {
  let cancel: () => void = () => undefined;
  const late = new Promise<Omit<Finding, 'name'>>(resolve => {
    cancel = clock.after(timeoutMs, () => resolve({ ok: null, detail: 'no answer in time' }));
  });
  try {
    return { name, ...(await Promise.race([check(), late])) };
  } catch (error) {
    return { name, ok: null, detail: `cannot tell: ${whyAway(error)}` };
  } finally {
    cancel();
  }
}

const mends: Record<string, string> = {
  store: 'see that etcd runs and that --etcd names it, or that the data directory can be written',
  cluster: 'see that the API server runs and that --kubeconfig or --kubernetes leads to it',
  engine: 'wait until the cluster was read; when it stays so, the log of the server says why',
};

async function readiness({ name, run }: DiagnosisDeps['checks'][number]): Promise<Omit<Finding, 'name'>> {
  try {
    await run();
    return { ok: true, detail: 'ok' };
  } catch (error) {
    const fix = mends[name];
    return { ok: false, detail: error instanceof Error ? error.message : 'failed', ...(fix === undefined ? {} : { fix }) };
  }
}

async function version({ cluster }: DiagnosisDeps): Promise<Omit<Finding, 'name'>> {
  return { ok: true, detail: `Kubernetes ${await cluster.version()}` };
}

async function clocks({ cluster, clock }: DiagnosisDeps): Promise<Omit<Finding, 'name'>> {
  // Its answer carries the time.
  await cluster.version();
  const time = cluster.time();
  if (time === undefined) return { ok: null, detail: 'the cluster has not told its time' };
  const apartMs = clock.now() - time;
  if (Math.abs(apartMs) <= clockToleranceMs) return { ok: true, detail: 'server and cluster agree' };
  const seconds = Math.round(Math.abs(apartMs) / 1000);
  return {
    ok: false,
    detail: `the server is ${String(seconds)} s ${apartMs > 0 ? 'ahead of' : 'behind'} the cluster; deadlines follow the cluster, tokens the server`,
    fix: 'synchronise the clocks of both',
  };
}

async function rights({ cluster, rights: wish }: DiagnosisDeps, namespace: string): Promise<Omit<Finding, 'name'>> {
  if (namespace === '') return { ok: null, detail: 'rights are those in a namespace: name one' };
  const needed = neededRights(wish);
  const allowed = await Promise.all(needed.map(right => cluster.mayI(right, namespace, { timeoutMs })));
  const missing = needed.filter((_right, index) => allowed[index] !== true).map(rightText);
  if (missing.length === 0) return { ok: true, detail: `all ${String(needed.length)} in ${namespace}` };
  return {
    ok: false,
    detail: `missing in ${namespace}: ${missing.join(', ')}`,
    fix: `give the server's account the role of the Helm chart in ${namespace} (its value "namespaces")`,
  };
}

async function ingressClass({ cluster, ingressClass: name }: DiagnosisDeps): Promise<Omit<Finding, 'name'>> {
  if (name === '') return { ok: null, detail: "none is set: the cluster's default is used" };
  const right = { verb: 'get', group: 'networking.k8s.io', resource: 'ingressclasses' };
  const unseen = { ok: null, detail: `the server may not look whether there is a class ${name}` };
  // The chart does not grant it: asked for and refused, it would look like an attack in the logs of the cluster.
  if (!(await cluster.mayI(right, '', { timeoutMs }))) return unseen;
  try {
    if (await cluster.read({ kind: 'IngressClass', namespace: '', name }, { timeoutMs }))
      return { ok: true, detail: `class ${name} is there` };
  } catch (error) {
    if (error instanceof ClusterError && error.code === 'FORBIDDEN') return unseen;
    throw error;
  }
  return { ok: false, detail: `there is no class ${name}`, fix: 'install an ingress controller, or name its class by --ingress-class' };
}

async function ingressAddress({ askProxy }: DiagnosisDeps): Promise<Omit<Finding, 'name'>> {
  const fix = 'set --ingress-address to where the ingress controller answers';
  if (!askProxy) return { ok: null, detail: 'not set: a switch does not wait until the proxy has loaded the new version', fix };
  try {
    await askProxy();
    return { ok: true, detail: 'the proxy answers' };
  } catch {
    return { ok: false, detail: 'the proxy does not answer', fix };
  }
}

function authentication({ authentication: enforced, loopback }: DiagnosisDeps): Promise<Finding> {
  const name = 'authentication';
  if (enforced) return Promise.resolve({ name, ok: true, detail: 'tokens are asked for' });
  if (loopback) return Promise.resolve({ name, ok: true, detail: 'off; only this machine reaches the server' });
  const fix = 'give tokens a key: --jwt-secret-file, --jwt-public-key-file or --jwks-url';
  return Promise.resolve({ name, ok: false, detail: 'off: whoever reaches the server is its admin', fix });
}
