/** `teal version`: of this program and of the server. */

import type { Version } from '../api/types.ts';
import type { Run } from '../context.ts';
import { exits } from '../exits.ts';

const line = (what: string, { version, commit, node }: Version): string => `${what} ${version} (${commit}, Node.js ${node})\n`;

export const runVersion: Run = async context => {
  const { options, terminal, format } = context;
  const client = await context.about();
  if (options.flag('client') && format.kind === 'table') {
    terminal.out(line('teal', client));
    return exits.done;
  }
  const server = options.flag('client') ? undefined : await (await context.client()).get<Version>('/version');
  const { print } = await import('../output/format.ts');
  await print(terminal, format, {
    value: { client, ...(server ? { server } : {}) },
    table: () => `${line('teal', client)}${server ? line('server', server) : ''}`,
    names: () => [client.version],
  });
  const differs =
    server !== undefined &&
    (server.version !== client.version || (server.commit !== client.commit && ![server.commit, client.commit].includes('unknown')));
  if (differs) terminal.say(terminal.paintProgress('yellow', 'program and server differ; that may matter when one is much older'));
  return exits.done;
};
