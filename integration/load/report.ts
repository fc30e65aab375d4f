/** What a run has shown, as numbers and as a table. Pure. */

import type { Row } from './lanes.ts';
import type { Loss, Tally } from './messages.ts';
import type { Rounds } from './redeploying.ts';

/** How long after a switch began its effects are looked for: proxies take up to four seconds to follow. */
const windowMs = 6000;

export interface Lane {
  row: Row;
  tally: Tally;
  rounds: Rounds;
}

export interface Finding {
  row: Row;
  switches: number;
  failing: number;
  takenBack: number;
  scheduled: number;
  sent: number;
  /** Everything that was lost, answers of versions that must not answer included. */
  losses: (Loss & { sinceSwitchMs: number | undefined })[];
  byKind: Record<string, number>;
  /** Latency of quick requests, ms: while a switch goes on, and at other times. */
  inside: Percentiles;
  outside: Percentiles;
  /** Lateness of the client itself, ms. */
  late: Percentiles;
  /** From the moment a switch began until the last answer of the version before it, ms. */
  lastOld: Percentiles;
  /** Where the time of a switch goes: until the traffic was moved, and from then until the old version was gone, ms. */
  toMove: Percentiles;
  toSettle: Percentiles;
  sockets: Tally['sockets'];
}

/** What the proxy's own log tells of resets. */
export interface Witness {
  read(tag: string): boolean;
  readonly reloads: readonly number[];
}

/** Old workers end, and with them their idle connections, within this time after a reload was reported. */
const reloadMs = 4000;

/** Proves resets of idle connections by the log of the proxy: no worker has read the request, and a reload had just been done. */
export function witnessed(tally: Tally, { read, reloads }: Witness): Tally {
  const whyNotIdle = ({ tag = '', at, afterMs }: Loss): string | undefined => {
    if (read(tag)) return 'a worker of the proxy has read it';
    const sinceReloads = reloads.map(reload => Math.round(at + afterMs - reload));
    if (sinceReloads.some(ms => ms >= -1000 && ms <= reloadMs)) return undefined;
    const nearest = sinceReloads.toSorted((one, other) => Math.abs(one) - Math.abs(other))[0];
    return `the nearest reload was done ${nearest ?? '-'} ms before`;
  };
  const losses = tally.losses.map(loss => {
    if (loss.how !== 'kept reset' || loss.tag === undefined) return loss;
    const why = whyNotIdle(loss);
    return why === undefined ? { ...loss, how: 'idle reset' } : { ...loss, how: 'reset', detail: `${loss.detail}; ${why}` };
  });
  return { ...tally, losses };
}

export interface Percentiles {
  p50: number;
  p99: number;
  max: number;
}

export function percentiles(values: ArrayLike<number>): Percentiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** A version that never had the traffic, or no longer has it, and yet answered. */
function strangers({ tally, rounds }: Lane): Loss[] {
  return rounds.failed.flatMap(version => {
    const seen = tally.versions[version];
    if (!seen) return [];
    const detail = `version ${version}, which failed before its switch`;
    return Array.from({ length: seen.count }, (): Loss => ({ at: seen.first, kind: 'kept', how: 'failed version', afterMs: 0, detail }));
  });
}

function sinceSwitch(at: number, { switches }: Rounds): number | undefined {
  const last = switches.findLast(({ from }) => from <= at);
  return last && Math.round(at - last.from);
}

function lastOldAnswers({ tally, rounds }: Lane): number[] {
  const order = Object.entries(tally.versions).sort(([, a], [, b]) => a.first - b.first);
  return rounds.switches.flatMap(({ version, from }) => {
    const at = order.findIndex(([name]) => name === version);
    const before = order[at - 1]?.[1];
    return before ? [Math.max(0, before.last - from)] : [];
  });
}

export function finding(row: Row, lanes: Lane[]): Finding {
  const inside: number[] = [];
  const outside: number[] = [];
  for (const { tally, rounds } of lanes) {
    tally.at.forEach((at, index) => {
      const since = sinceSwitch(at, rounds);
      (since !== undefined && since < windowMs ? inside : outside).push(tally.ms[index] ?? NaN);
    });
  }
  const losses = lanes.flatMap(lane =>
    [...lane.tally.losses, ...strangers(lane)].map(loss => ({ ...loss, sinceSwitchMs: sinceSwitch(loss.at, lane.rounds) })),
  );
  const byKind: Record<string, number> = {};
  for (const { how } of losses) byKind[how] = (byKind[how] ?? 0) + 1;
  const switches = lanes.flatMap(({ rounds }) => rounds.switches);
  const sum = (of: (lane: Lane) => number) => lanes.reduce((total, lane) => total + of(lane), 0);
  return {
    row,
    switches: switches.length,
    failing: sum(lane => lane.rounds.failed.length),
    takenBack: sum(lane => lane.rounds.takenBack.length),
    scheduled: sum(({ tally }) => tally.scheduled),
    sent: sum(({ tally }) => tally.sent),
    losses,
    byKind,
    inside: percentiles(inside),
    outside: percentiles(outside),
    late: percentiles(lanes.flatMap(({ tally }) => [...tally.late])),
    lastOld: percentiles(lanes.flatMap(lastOldAnswers)),
    toMove: percentiles(switches.map(({ asked, moved }) => moved - asked)),
    toSettle: percentiles(switches.map(({ moved, settled }) => settled - moved)),
    sockets: {
      opened: sum(({ tally }) => tally.sockets.opened),
      moved: sum(({ tally }) => tally.sockets.moved),
      echoed: sum(({ tally }) => tally.sockets.echoed),
    },
  };
}

/** What the row does not bear. */
export const tooMuch = ({ row, losses }: Finding): Finding['losses'] => losses.filter(({ how }) => !row.borne.includes(how));

/** One line for people: what, when, how. */
export const lossLine = ({ how, kind, sinceSwitchMs, afterMs, detail, at }: Finding['losses'][number]): string =>
  `${new Date(at).toISOString()} ${how} (${kind}), ${sinceSwitchMs ?? '-'} ms after the last switch began, failed after ${Math.round(afterMs)} ms; ${detail}`;

const text = (byKind: Record<string, number>): string =>
  Object.entries(byKind)
    .sort(([, a], [, b]) => b - a)
    .map(([how, count]) => `${count} ${how}`)
    .join(', ') || '0';

const two = ({ p50, p99 }: Percentiles): string => `${p50.toFixed(1)} / ${p99.toFixed(1)}`;

export function markdown(findings: Finding[]): string {
  const head = [
    'Way in, routing',
    'Switches',
    'Failing versions',
    'Taken back',
    'Requests',
    'Lost',
    'WebSockets',
    'Latency in switches, p50 / p99 ms',
    'else',
    'Last old answer after, p50 / max s',
  ];
  const body = findings.map(f => [
    f.row.name,
    f.switches,
    f.failing,
    f.takenBack,
    f.sent,
    text(f.byKind),
    f.sockets.opened,
    two(f.inside),
    two(f.outside),
    `${(f.lastOld.p50 / 1000).toFixed(1)} / ${(f.lastOld.max / 1000).toFixed(1)}`,
  ]);
  const line = (cells: (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}

const seconds = ({ p50, max }: Percentiles): string => `${(p50 / 1000).toFixed(1)} s (longest ${(max / 1000).toFixed(1)})`;

/** Whether the client kept its own promise, and where the time of the run went. */
export const honesty = (findings: Finding[]): string =>
  findings
    .map(
      ({ row, scheduled, sent, late, toMove, toSettle }) =>
        `${row.name}: ${sent} of ${scheduled} sent, late p50 ${late.p50.toFixed(1)}, p99 ${late.p99.toFixed(1)}, max ${late.max.toFixed(0)} ms; ` +
        `a switch moved the traffic after ${seconds(toMove)} and was settled after ${seconds(toSettle)} more`,
    )
    .join('\n');
