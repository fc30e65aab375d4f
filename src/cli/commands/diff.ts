/** `teal diff`: what a deployment would leave behind in the cluster, compared to what stands. */

import type { Difference } from '../api/types.ts';
import type { Context, Run } from '../context.ts';
import { documentsFor } from '../documents.ts';
import { exits, Failure } from '../exits.ts';
import { print } from '../output/format.ts';
import type { Paint, Tint } from '../terminal.ts';

const differs = 1;
const cannotTell = 2;

export const runDiff: Run = async (context, args) => {
  try {
    return await compare(context, args);
  } catch (error) {
    // 1 means "it differs", so nothing else may end with it.
    if (error instanceof Failure && error.exit === exits.failed) throw new Failure(error.message, cannotTell, { more: error.more });
    throw error;
  }
};

async function compare(context: Context, args: readonly string[]): Promise<number> {
  const { terminal, format, options } = context;
  const documents = await documentsFor(context, args);
  const client = await context.client();
  const found = await Promise.all(
    documents.map(async ({ namespace, descriptor }) =>
      (await client.ask('POST', '/descriptors/diff', { query: { namespace }, body: descriptor })).json<Difference>(),
    ),
  );
  for (const { appName, warnings } of found)
    for (const warning of warnings) terminal.say(terminal.paintProgress('yellow', `${appName}: warning: ${warning}`));
  await print(terminal, format, {
    value: found.length === 1 ? found[0] : found,
    table: () => found.map(difference => text(difference, terminal.paint, options.flag('summary'))).join('\n'),
    names: () => found.filter(isChange).map(({ appName }) => appName),
  });
  return found.some(isChange) ? differs : exits.done;
}

const isChange = ({ descriptor, objects }: Difference): boolean => descriptor !== '' || objects.some(({ action }) => action !== 'keep');

const lineTints: readonly [start: RegExp, tint: Tint][] = [
  [/^(\+\+\+|---)/, 'bold'],
  [/^\+/, 'green'],
  [/^-/, 'red'],
  [/^@@/, 'dim'],
];

const painted = (diff: string, paint: Paint): string =>
  diff
    .trimEnd()
    .split('\n')
    .map(line => paint(lineTints.find(([start]) => start.test(line))?.[1] ?? 'dim', line))
    .join('\n');

const signs: Readonly<Record<Difference['objects'][number]['action'], [sign: string, tint: Tint]>> = {
  create: ['+', 'green'],
  change: ['~', 'yellow'],
  remove: ['-', 'red'],
  keep: [' ', 'dim'],
};

function text({ appName, version, against, descriptor, objects }: Difference, paint: Paint, summary: boolean): string {
  const versionText = version === '#' ? 'the next version' : `version ${version}`;
  const head = `${appName}: ${versionText} against ${against ? `version ${against.version}, which serves` : 'nothing'}`;
  const lines = objects.map(({ action, kind, name }) => paint(signs[action][1], `  ${signs[action][0]} ${kind} ${name}`));
  const details = summary
    ? []
    : [
        ...(descriptor === '' ? [] : [painted(descriptor, paint)]),
        ...objects.filter(({ diff }) => diff !== '').map(({ diff }) => painted(diff, paint)),
      ];
  return `${[head, ...lines, ...details].join('\n')}\n`;
}
