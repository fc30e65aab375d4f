/** `teal adopt`: takes over what another deployer has left; shows first what that would be. */

import type { Adoption } from '../api/types.ts';
import type { Run } from '../context.ts';
import { print } from '../output/format.ts';
import { tableOf } from '../output/table.ts';
import type { Tint } from '../terminal.ts';

const owners: Readonly<Record<string, [text: string, tint: Tint]>> = {
  original: ['the original deployer', 'yellow'],
  'other-installation': ['another installation of Teal', 'yellow'],
  ours: ['this Teal', 'green'],
  missing: ['not there', 'dim'],
};

export const runAdopt: Run = async (context, [app = '']) => {
  const { options, terminal, format } = context;
  const [client, namespace] = [await context.client(), await context.namespace()];
  const dryRun = !options.flag('yes');
  const adoption = (await client.ask('POST', `/apps/${encodeURIComponent(app)}/adopt`, { query: { namespace, dryRun } })).json<Adoption>();
  const { version, objects, warnings, deployment } = adoption;
  for (const warning of warnings) terminal.say(terminal.paintProgress('yellow', `warning: ${warning}`));
  await print(terminal, format, {
    value: adoption,
    table: () => {
      const rows = objects.map(({ kind, name, whose, action }) => {
        const [text, tint] = owners[whose] ?? [whose, 'dim' as const];
        return [kind, name, { text, tint }, action === 'mark' ? (dryRun ? 'would be marked as ours' : 'marked as ours') : 'stays'];
      });
      const head = dryRun
        ? `${app} ${version} would be adopted:`
        : `${app} ${version} is adopted${deployment === undefined ? '' : `: deployment ${deployment}`}`;
      return `${head}\n\n${tableOf(['kind', 'name', 'belongs to', ''], rows, terminal.paint, '  ')}`;
    },
    names: () => objects.map(({ kind, name }) => `${kind}/${name}`),
  });
  if (dryRun) terminal.say(`\nnothing was changed; do it with: ${context.program} adopt ${app} -n ${namespace} --yes`);
  return undefined;
};
