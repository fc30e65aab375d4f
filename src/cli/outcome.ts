/** How a deployment that was followed has ended, told to people: what serves, or why not, what the pods said, what became of the traffic. */

import type { Client } from './api/client.ts';
import { deploymentsOf } from './api/resources.ts';
import type { Deployment, LogEntry } from './api/types.ts';
import type { Context } from './context.ts';
import { exits, Failure } from './exits.ts';
import { atMost, followLog, type Until } from './follow.ts';
import { goesOn } from './goes-on.ts';
import { shortId, shortSpan } from './output/age.ts';
import { print } from './output/format.ts';
import { titleOf } from './resolve.ts';
import type { Terminal, Tint } from './terminal.ts';

export interface Started {
  namespace: string;
  deployment: Deployment;
  /** Entries up to this one are of before. */
  after?: number;
}

const tints: Readonly<Record<LogEntry['level'], Tint | undefined>> = { info: undefined, warn: 'yellow', error: 'red' };

/** Seconds since it was accepted, then the message. The two times may be of two clocks. */
export function logLine({ time, level, message }: LogEntry, sinceMs: number, { paintProgress }: Terminal, prefix = ''): string {
  const seconds = (Math.max(0, Date.parse(time) - sinceMs) / 1000).toFixed(1);
  const tint = tints[level];
  return `${prefix}${paintProgress('dim', `${seconds.padStart(6)}s`)}  ${tint === undefined ? message : paintProgress(tint, message)}`;
}

/** Prints the logs as they come, side by side when there are several. */
export async function followAll(context: Context, started: readonly Started[], until: Until): Promise<Started[]> {
  const { terminal, options, program } = context;
  const client = await context.client();
  const phases = new Map(started.map(({ deployment: { id, phase } }) => [id, phase]));
  const note = () =>
    started.map(({ deployment }) => goesOn(program, { ...deployment, phase: phases.get(deployment.id) ?? deployment.phase })).join('\n');
  terminal.onInterrupt(note);
  const width = Math.max(...started.map(({ deployment }) => deployment.descriptor.appName.length));
  const each = started.map(async ({ namespace, deployment, after = 0 }): Promise<Started> => {
    const prefix = started.length === 1 ? '' : `${deployment.descriptor.appName.padEnd(width)} `;
    const sinceMs = after === 0 ? Date.parse(deployment.created) : Date.now();
    const onEntry = (entry: LogEntry) => {
      if (entry.phase !== undefined) phases.set(deployment.id, entry.phase);
      terminal.say(logLine(entry, sinceMs, terminal, prefix));
    };
    return { namespace, deployment: await followLog(client, { namespace, id: deployment.id, after, until, onEntry }) };
  });
  return atMost(options.duration('timeout'), note, Promise.all(each));
}

export type Verdict = 'well' | 'badly';

/** It serves, or did until a newer version took its place: what was asked for has come about. */
const hasServed = ({ status, deployedAt, reason }: Deployment): boolean =>
  status === 'DEPLOYED' || (status === 'UNDEPLOYED' && deployedAt !== undefined && reason?.code === 'REPLACED');

const durationOf = ({ created, deployedAt, lastModified }: Deployment): string =>
  shortSpan(Date.parse(deployedAt ?? lastModified) - Date.parse(created));

/** Outcomes as data on stdout, explanations of failures on stderr; the exit code. */
export async function tellOutcomes(context: Context, ended: readonly Started[]): Promise<number> {
  const { terminal, format } = context;
  const client = await context.client();
  const good = ended.filter(({ deployment }) => hasServed(deployment));
  const line = ({ deployment }: Started): string => {
    const { paint } = terminal;
    const words = deployment.status === 'DEPLOYED' ? 'serves' : 'served, and was replaced';
    return `${paint('green', `${deployment.descriptor.appName} ${deployment.version} ${words}`)} (deployment ${shortId(deployment.id)}, ${durationOf(deployment)})\n`;
  };
  await print(terminal, format, {
    value: ended.length === 1 ? ended[0]?.deployment : ended.map(({ deployment }) => deployment),
    table: () => good.map(line).join(''),
    names: () => ended.map(({ deployment }) => deployment.id),
  });
  const bad = ended.filter(({ deployment }) => !hasServed(deployment));
  for (const one of bad) terminal.warn(await explain(client, context, one));
  return bad.length === 0 ? exits.done : exits.failed;
}

/** As much of the end of a log as fits on a screen. */
const mostLines = 20;
/** Messages that end alike for so long say the same. */
const tellingLength = 60;

/** What Teal itself says in a log; the rest of what is no info comes from pods and cluster. */
const ownWords =
  /^(Warning: |Deployment (failed!|stopped:|ended:) |Switching traffic |Traffic |Not removed in time|Not all pods are healthy|The (work|log) )/;

/** The report is more than the log: it is told without it where it cannot be read. */
async function logOf(client: Client, namespace: string, id: string): Promise<LogEntry[]> {
  try {
    return await client.get<LogEntry[]>(`/deployments/${id}/logs`, { namespace });
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}

/** A deployment that was refused at its start made nothing, and what goes with its namespace is not removed by Teal. */
const wasRemoved = ({ reason }: Deployment, log: readonly LogEntry[]): boolean =>
  reason?.code !== 'NAMESPACE_GONE' && log.some(({ message }) => message.startsWith('Created '));

async function explain(
  client: Client,
  { terminal: { paintProgress: paint }, program }: Context,
  { namespace, deployment }: Started,
): Promise<string> {
  const { id, status, reason, descriptor, leftovers = [] } = deployment;
  const repeats = (message: string) => reason?.message.endsWith(message.slice(-tellingLength)) === true;
  const log = await logOf(client, namespace, id);
  const evidence = log.filter(({ level, message }) => level !== 'info' && !ownWords.test(message) && !repeats(message));
  const said = oncePerKind(evidence.map(({ message }) => message)).slice(-mostLines);
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', `  ${paint('bold', title)}`, ...lines.map(line => `    ${line}`)];
  const what = status === 'UNDEPLOYED' && deployment.deployedAt !== undefined ? 'is not live any more' : 'does not serve';
  const heading = paint('red', `${descriptor.appName} ${deployment.version} ${what}: ${status}`);
  return [
    '',
    `${heading}${reason === undefined ? '' : `\n  ${reason.code}: ${reason.message}`}`,
    ...section('What the pods and the cluster said', said),
    ...section('What stands now', [
      ...(await standing(client, namespace, deployment)),
      ...(wasRemoved(deployment, log)
        ? [deployment.status === 'DEPLOYING' ? 'what it made is being removed' : 'what it made was removed']
        : []),
      ...leftovers.map(object => `could not be removed: ${object}`),
    ]),
    '',
    `  the whole log: ${program} logs ${shortId(id)}`,
  ].join('\n');
}

/** Pods of one version mostly say the same; the first one speaks for all. */
function oncePerKind(messages: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const message of messages) {
    const kind = message.replaceAll(/-[a-z0-9]{5}\b/g, '-*');
    if (!seen.has(kind)) seen.set(kind, message);
  }
  return [...seen.values()];
}

async function standing(client: Client, namespace: string, deployment: Deployment): Promise<string[]> {
  const { descriptor, reason } = deployment;
  let others: Deployment[];
  try {
    others = await deploymentsOf(client, namespace, descriptor.appName, 50);
  } catch (error) {
    if (error instanceof Failure) return [`it cannot be told: ${error.message}`];
    throw error;
  }
  const live = others.find(({ status }) => status === 'DEPLOYED');
  if (live === undefined) return ['no version of this app serves'];
  const traffic =
    reason?.code === 'SWITCHED_BACK' ? `the traffic is back on ${titleOf(live)}` : `${titleOf(live)} serves as before, untouched`;
  return [traffic];
}
