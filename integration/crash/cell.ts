/** One cell of the matrix: an operation is struck at one of its calls, somebody goes on with it, and every oracle looks at what happened. */

import { strayMs, changedAfter, epochsThatWentBack, lateWrites, sharedEpochs, strays, underOldClaim } from '../history/oracles/writers.ts';
import { touched, unexpected } from '../history/oracles/objects.ts';
import {
  gapsInLog,
  lateEnds,
  livesOf,
  lostRequests,
  repeatedNumbers,
  wrongTimes,
  wrongTransitions,
  type Acknowledged,
} from '../history/oracles/records.ts';
import { unserved } from '../history/oracles/serving.ts';
import { startProber, type ProbeReport } from '../history/prober.ts';
import type { Strike } from '../history/history.ts';
import type { Order } from '../history/strikes.ts';
import type { KubeObject } from '../../src/cluster/objects.ts';
import { demo } from '../support/demo.ts';
import type { Target } from '../support/targets.ts';
import { always, eventually, within } from '../support/wait.ts';
import { frozen, type Lane } from './lane.ts';
import { operationOf, type Operation, type OperationName, type Subject } from './operations.ts';

/** An app on a lane, with what must be remembered of its life to judge it. */
export interface Life extends Subject {
  readonly lane: Lane;
  readonly target: Target;
  acknowledged: Acknowledged[];
  forgotten: Set<string>;
  foreign: KubeObject[];
  /** When somebody was there again after a strike. */
  resumed: number[];
  /** Requests per second that the prober reached, run by run. */
  rates: number[];
}

const probesPerSecond = 55;
const leastProbesPerSecond = 50;
export const leaseMs = 5000;
/** Long enough for a start on a busy machine: a deadline that passes while nobody is there is a test of its own. */
export const timeoutMs = 120_000;

let apps = 0;

/** A new app beside objects of others that have names in its range. */
export async function beginLife(lane: Lane, target: Target): Promise<Life> {
  const name = `app-${++apps}`;
  const host = `${name}-${lane.namespace}.example.test`;
  lane.forget();
  const life: Life = {
    lane,
    target,
    namespace: lane.namespace,
    name,
    host,
    deployments: 0,
    serving: undefined,
    acknowledged: [],
    forgotten: new Set(),
    foreign: [],
    resumed: [],
    rates: [],
    user: () => lane.user(),
    // A real proxy learns of a pod's end a moment after the pod does: what the warning at acceptance says.
    describe: wish =>
      demo(lane.namespace, {
        appName: name,
        frontend: host,
        ...(target.real ? { drainSeconds: 5, injectPreStop: true } : { drainSeconds: 1 }),
        ...wish,
      }),
  };
  life.foreign = await Promise.all(foreignObjects(life).map(object => target.kube.create(object)));
  return life;
}

function foreignObjects({ namespace, name }: Life): KubeObject[] {
  const metadata = (suffix: string, annotations: Record<string, string> = {}) => ({
    name: `${name}-${suffix}`,
    namespace,
    labels: { app: name },
    annotations,
  });
  const ports = [{ port: 80 }];
  return [
    { apiVersion: 'v1', kind: 'Service', metadata: metadata('notes'), spec: { ports, selector: { app: 'nobody' } } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('settings'), data: { owner: 'somebody else' } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        ...metadata('theirs', { 'teal/installation': 'of-others', 'teal/epoch': '99' }),
        labels: { app: name, 'app.kubernetes.io/managed-by': 'teal' },
      },
      spec: { ports, selector: { app: 'nobody' } },
    },
  ];
}

export interface CellResult {
  /** Absent when the operation had ended before the order struck. */
  strike?: Strike;
  /** The mutating calls of the process that made most of them, in their order. */
  calls: string[];
}

function callsSince({ lane }: Life, begun: number): string[] {
  const byProcess = new Map<string, string[]>();
  for (const { process, n, sentAt, what } of lane.history().calls) {
    if (n === 0 || sentAt < begun) continue;
    byProcess.set(process, [...(byProcess.get(process) ?? []), what]);
  }
  return [...byProcess.values()].sort((a, b) => b.length - a.length)[0] ?? [];
}

type Finish = { ok: true } | { ok: false; error: unknown };
const outcomeOf = (promise: Promise<unknown>): Promise<Finish> =>
  promise.then(
    () => ({ ok: true }),
    (error: unknown) => ({ ok: false, error }),
  );

export interface Away {
  /** Nobody is there for so long; default not at all. */
  forMs?: number;
  /** What else goes wrong before somebody is there for good. */
  recovering?: () => Promise<void>;
}

/** Runs the operation under the order; throws with everything that any oracle found. */
export async function runCell(life: Life, name: OperationName, order: Order, away: Away = {}): Promise<CellResult> {
  const operation = operationOf(name);
  const { lane } = life;
  const prepared = await operation.prepare(life);
  const from = await lane.revision();
  const ways = operation.serves ? await waysIn(life, operation) : [];
  const probers = ways.map(url => startProber({ url, host: life.host, perSecond: probesPerSecond }));
  const begun = Date.now();
  let strike: Strike | undefined;
  let id: string | undefined;
  let calls: string[] = [];
  try {
    await lane.order(order);
    const asked = operation.ask(life, prepared).then(found => {
      id = found;
      life.acknowledged.push({ id: found, what: operation.title });
    });
    const finished = outcomeOf(asked.then(() => operation.finish(life, id ?? '')));
    const strikes = await struck(life, order, finished, begun);
    [strike] = strikes;
    if (strike) {
      await aftermath(life, strikes, away);
      // Whoever is frozen answers much later.
      if (strike.deed !== 'stop') await outcomeOf(asked);
    } else {
      const result = await finished;
      if (!result.ok) throw result.error;
    }
    // What was answered needs no second request; what was not is asked for again, as a user would.
    if (id === undefined) {
      id = await operation.ask(life, prepared);
      life.acknowledged.push({ id, what: operation.title });
    }
    life.serving = await operation.finish(life, id);
    if (name === 'delete') life.forgotten.add(id);
    calls = callsSince(life, begun);
    await wakeAndWatch(life, strike);
  } finally {
    await lane.order({ at: 'never' }).catch(() => undefined);
    const reports = await Promise.all(probers.map(prober => prober.stop()));
    for (const report of reports) judgeProbes(life, report);
  }
  await judge(life, operation, from, strike);
  return { calls, ...(strike ? { strike } : {}) };
}

/** The proxy; and the Service's own address, where there is one that leads somewhere and the app serves already. */
async function waysIn({ target, namespace, name }: Life, operation: Operation): Promise<string[]> {
  if (!target.real || operation.needs === 'nothing') return [target.ingressUrl];
  const spec = (await target.kube.get('Service', namespace, name))?.['spec'] as
    | { clusterIP: string; ports: { port: number }[] }
    | undefined;
  return [target.ingressUrl, `http://${spec?.clusterIP ?? ''}:${spec?.ports[0]?.port ?? 0}`];
}

function judgeProbes(life: Life, { rate, lost, asked }: ProbeReport): void {
  life.rates.push(rate);
  const faults = [...(rate < leastProbesPerSecond ? [`only ${rate} requests per second were asked`] : []), ...lost.slice(0, 5)];
  if (faults.length > 0) throw new Error(`the prober (${asked} requests, ${lost.length} lost): ${faults.join('; ')}`);
}

/** The strikes, when the order struck before the operation had ended: each member obeys it, so with two of them there may be two. */
async function struck({ lane }: Life, order: Order, finished: Promise<Finish>, begun: number): Promise<Strike[]> {
  if (order.at === 'never') {
    await finished;
    return [];
  }
  const seen = () => lane.history().strikes.filter(({ at }) => at >= begun);
  // Whoever is killed or told to end is seen to go; only a frozen one has to be looked for.
  const strikes =
    order.deed === 'stop'
      ? eventually('the order strikes', 120_000, () => seen()[0] ?? Promise.reject(new Error('not yet')), 500)
      : Promise.race(lane.members.map(member => member.exited));
  strikes.catch(() => undefined);
  await Promise.race([finished, strikes]);
  for (const member of lane.members) if (order.deed === 'stop' && String(member.pid) === seen()[0]?.process) lane.asleep.add(member);
  // An order that strikes at the very end may do so just after the answer came: only who takes the next order lives.
  const ended = await lane.order({ at: 'never' });
  const all = seen();
  const unasked = ended.filter(({ pid }) => !all.some(({ process }) => process === String(pid)));
  if (unasked.length > 0) throw new Error(`process ${unasked.map(({ pid }) => pid).join()} ended without an order to`);
  return all;
}

const exits = {
  kill: { code: null, signal: 'SIGKILL' },
  term: { code: 0, signal: null },
  throw: { code: 1, signal: null },
};

/** The struck ones are gone as ordered, and somebody goes on: after the next start, or the other replica at once. */
async function aftermath(life: Life, strikes: readonly Strike[], { forMs = 0, recovering }: Away): Promise<void> {
  const { lane } = life;
  for (const { process, deed, at } of strikes) {
    const victim = lane.members.find(({ pid }) => String(pid) === process);
    if (!victim) throw new Error('nobody knows the process that was struck');
    if (deed === 'stop') {
      await frozen(victim);
      life.resumed.push(at);
      return;
    }
    const exit = await within('it ends', 10_000, victim.exited);
    const wanted = exits[deed];
    if (exit.code !== wanted.code || exit.signal !== wanted.signal) throw new Error(`it ended with ${JSON.stringify(exit)}`);
  }
  const alone = !lane.members.some(({ running }) => running);
  if (alone) {
    await new Promise(resolve => setTimeout(resolve, forMs));
    await recovering?.();
    await lane.mend();
  }
  life.resumed.push(Date.now());
}

/** A frozen owner wakes when its lease is over and another has finished its work: it changes nothing more. Then all members are there again. */
async function wakeAndWatch({ lane }: Life, strike: Strike | undefined): Promise<void> {
  if (strike?.deed === 'stop') {
    const victim = lane.members.find(({ pid }) => String(pid) === strike.process);
    const left = strike.at + leaseMs + 1000 - Date.now();
    if (left > 0) await new Promise(resolve => setTimeout(resolve, left));
    const woken = Date.now();
    victim?.signal('SIGCONT');
    lane.asleep.clear();
    await always('the woken owner changes nothing', strayMs, () => {
      // What was under way when it froze had left: a late change fails on its precondition, a late create is judged by `strays`.
      const begun = underOldClaim(lane.history().calls, strike.process, strike.at);
      const changed = changedAfter(begun, strike.process, woken);
      if (changed.length > 0) throw new Error(changed.join(', '));
    });
  }
  await lane.mend();
}

async function standing({ target, namespace }: Life): Promise<KubeObject[]> {
  const kinds = ['ReplicationController', 'Service', 'Ingress', 'ConfigMap'] as const;
  return (
    await Promise.all(kinds.map(async kind => (await target.kube.list(kind, namespace)).map(object => ({ ...object, kind }))))
  ).flat();
}

/** Record and log are read one after the other, and an old version may end in between: they agree once nothing more is told. A gap stays. */
async function faultsOfLogs({ lane, namespace, name, user }: Life): Promise<string[]> {
  const read = async (): Promise<string[]> => {
    const records = await user().list({ appname: name });
    const logs = await Promise.all(records.map(async ({ id }) => ({ id, lines: await user().lines(id) })));
    const lives = livesOf(lane.history().facts, namespace, name);
    return logs.flatMap(({ id, lines }) => {
      const record = lives.get(id)?.at(-1)?.record;
      return record ? gapsInLog(record, lines) : [`${id} was shown by the API and never seen in the store`];
    });
  };
  let faults: string[] = [];
  const agree = eventually('records and logs agree', 5000, async () => {
    faults = await read();
    if (faults.length > 0) throw new Error(faults[0]);
  });
  await outcomeOf(agree);
  return faults;
}

async function judge(life: Life, operation: Operation, from: number, strike: Strike | undefined): Promise<void> {
  const { lane, namespace, name, serving } = life;
  const foreign = new Set(life.foreign.map(({ metadata }) => metadata.uid ?? ''));
  await eventually('exactly what is wanted stands', 5000, async () => {
    const faults = unexpected(await standing(life), name, serving?.version, foreign);
    if (faults.length > 0) throw new Error(faults.join('; '));
  });
  const to = await lane.revision();
  const history = lane.history();
  const { calls, facts, changes } = history;
  const lives = livesOf(facts, namespace, name);
  const user = life.user();
  const records = await user.list({ appname: name });
  const due = life.acknowledged.filter(({ id }) => !life.forgotten.has(id));
  const faults = [
    ...(operation.serves && operation.needs === 'serving' ? unserved(changes, { namespace, appName: name, from, to }) : []),
    ...epochsThatWentBack(changes),
    ...lateWrites(calls, facts, namespace, name),
    ...sharedEpochs(calls, namespace, name),
    ...strays(history, namespace, name, Date.now()),
    ...touched(changes, life.foreign),
    ...wrongTransitions(lives),
    ...wrongTimes(lives),
    ...lateEnds(lives, { resumed: life.resumed, leaseMs: lane.server.etcd === undefined ? 0 : leaseMs, timeoutMs, now: Date.now() }),
    ...repeatedNumbers(facts, namespace, name),
    ...lostRequests(due, new Set(records.map(({ id }) => id))),
    ...(await faultsOfLogs(life)),
  ];
  if (faults.length === 0) return;
  const newest = records[0] && (await user.log(records[0].id));
  const said = lane.members.map(({ pid, printed }) => `printed by ${pid}:\n${printed().slice(-15).join('\n')}`);
  throw new Error(
    [...faults.slice(0, 8), `struck: ${JSON.stringify(strike)}`, `log of the newest deployment:\n${newest ?? ''}`, ...said].join('\n'),
  );
}
