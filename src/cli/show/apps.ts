/** How apps look as rows. */

import type { AppSummary } from '../api/types.ts';
import type { Context } from '../context.ts';
import { ageOf } from '../output/age.ts';
import { print } from '../output/format.ts';
import { tableOf, type Cell } from '../output/table.ts';
import type { Paint, Tint } from '../terminal.ts';

export const stateTints: Readonly<Record<string, Tint>> = {
  live: 'green',
  deploying: 'yellow',
  undeploying: 'yellow',
  degraded: 'red',
  failed: 'red',
  undeployed: 'dim',
};

export function appTable(
  apps: readonly AppSummary[],
  { wide, paint, everywhere }: { wide: boolean; paint: Paint; everywhere: boolean },
): string {
  const header = [
    ...(everywhere ? ['namespace'] : []),
    'app',
    'state',
    'serves',
    'under way',
    'host',
    'age',
    ...(wide ? ['image', 'by', 'queued'] : []),
  ];
  const rows = apps.map((app): Cell[] => {
    const { namespace, appName, state, host = '', serving, candidate, newest, queued } = app;
    const under = candidate === undefined ? '' : `${candidate.version} ${candidate.phase}`;
    const images = (serving ?? newest)?.images.map(({ image }) => image).join(',') ?? '';
    const row: Cell[] = [
      appName,
      { text: state, tint: stateTints[state] ?? 'dim' },
      serving?.version ?? '',
      under,
      host,
      ageOf((serving ?? newest)?.created),
    ];
    return [...(everywhere ? [namespace] : []), ...row, ...(wide ? [images, (serving ?? newest)?.principal ?? '', String(queued)] : [])];
  });
  return tableOf(header, rows, paint);
}

export async function printApps(
  { terminal, format }: Pick<Context, 'terminal' | 'format'>,
  apps: readonly AppSummary[],
  { single, everywhere }: { single: boolean; everywhere: boolean },
): Promise<void> {
  await print(terminal, format, {
    value: single ? apps[0] : apps,
    table: wide => appTable(apps, { wide, paint: terminal.paint, everywhere }),
    names: () => apps.map(({ appName }) => appName),
  });
}
