/** `teal audit`: who tried to change what, and what came of it. */

import { listAll } from '../api/resources.ts';
import type { AuditRecord } from '../api/types.ts';
import type { Run } from '../context.ts';
import { print } from '../output/format.ts';
import { tableOf, type Cell } from '../output/table.ts';
import type { Tint } from '../terminal.ts';

const usualLimit = 50;
const tints: Readonly<Record<string, Tint>> = { done: 'green', refused: 'yellow', failed: 'red' };

export const runAudit: Run = async context => {
  const { options, terminal, format } = context;
  const client = await context.client();
  const query = {
    namespace: options.flag('nowhere') ? undefined : await context.namespace(),
    appname: options.text('app'),
    principal: options.text('principal'),
  };
  const records = await listAll<AuditRecord>(client, '/audit/', query, options.count('limit') ?? usualLimit);
  if (records.length === 0) terminal.say('nobody has tried to change anything here');
  const row =
    (wide: boolean) =>
    (record: AuditRecord): Cell[] => {
      const { time, principal, role, action, appName = '', target, outcome, code, remoteAddress, requestId, status } = record;
      const what = target === undefined ? '' : `${target.kind} ${target.id.slice(0, 13)}`;
      const ended: Cell = { text: `${outcome}${code === undefined ? '' : ` ${code}`}`, tint: tints[outcome] ?? 'dim' };
      return [time, principal, action, appName, what, ended, ...(wide ? [role, String(status), remoteAddress, requestId] : [])];
    };
  await print(terminal, format, {
    value: records,
    table: wide =>
      records.length === 0
        ? ''
        : tableOf(
            ['time', 'who', 'action', 'app', 'of', 'outcome', ...(wide ? ['role', 'status', 'from', 'request'] : [])],
            records.map(row(wide)),
            terminal.paint,
          ),
    names: () => records.map(({ id }) => id),
  });
  return undefined;
};
