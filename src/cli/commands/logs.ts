/** `teal logs`: the log so far, or as it grows. */

import type { LogEntry } from '../api/types.ts';
import type { Context, Run } from '../context.ts';
import { exits, usageFailure } from '../exits.ts';
import { followLog } from '../follow.ts';
import type { Format } from '../output/format.ts';
import { jsonPath } from '../output/jsonpath.ts';
import { resolveDeployment } from '../resolve.ts';
import type { Paint } from '../terminal.ts';
import { readUntil } from './wait.ts';

const levels = ['info', 'warn', 'error'] as const;

function readLevel(text: string | undefined): number {
  const index = levels.findIndex(level => level === (text ?? 'info'));
  if (index < 0) throw usageFailure(`--level takes info, warn or error; it is "${text ?? ''}"`);
  return index;
}

/** One entry on one line, whatever the format. */
function lineOf(entry: LogEntry, format: Format, paint: Paint): string {
  if (format.kind === 'json' || format.kind === 'yaml') return `${JSON.stringify(entry)}\n`;
  if (format.kind === 'jsonpath') return `${jsonPath(format.template, entry)}\n`;
  const message = entry.level === 'info' ? entry.message : paint(entry.level === 'warn' ? 'yellow' : 'red', entry.message);
  return `${paint('dim', entry.time)} ${format.kind === 'wide' ? `${String(entry.seq).padStart(4)} ${entry.level.padEnd(5)} ` : ''}${message}\n`;
}

export const runLogs: Run = async (context, [named = '']) => {
  const { options, terminal, format } = context;
  const least = readLevel(options.text('level'));
  const until = readUntil(options);
  const after = options.number('after') ?? 0;
  const [client, namespace] = [await context.client(), await context.namespace()];
  const { id } = await resolveDeployment(client, namespace, named, 'newest');
  const show = (entry: LogEntry) => {
    if (levels.indexOf(entry.level) >= least) terminal.out(lineOf(entry, format, terminal.paint));
  };
  if (options.flag('follow')) {
    terminal.onInterrupt(() => '');
    await followLog(client, { namespace, id, after, until, onEntry: show });
    return exits.done;
  }
  const entries = await client.get<LogEntry[]>(`/deployments/${id}/logs`, { namespace, after });
  if (format.kind === 'json' || format.kind === 'yaml')
    await printList(
      context,
      entries.filter(({ level }) => levels.indexOf(level) >= least),
    );
  else entries.forEach(show);
  return exits.done;
};

async function printList({ terminal, format }: Context, entries: readonly LogEntry[]): Promise<void> {
  const { print } = await import('../output/format.ts');
  await print(terminal, format, { value: entries, table: () => '', names: () => [] });
}
