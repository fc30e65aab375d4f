/** `teal auth check`: who the server takes you for, and what you may do. */

import { inWords } from '../../lib/durations.ts';
import { createClient } from '../api/client.ts';
import type { WhoAmI } from '../api/types.ts';
import type { Context, Run } from '../context.ts';
import { readText } from '../documents.ts';
import { usageFailure } from '../exits.ts';
import { print } from '../output/format.ts';
import { fieldsOf } from '../output/table.ts';

const deeds: Readonly<Record<string, string>> = {
  viewer: 'reads; values of variables are hidden',
  deployer: 'reads and deploys',
  admin: 'reads, deploys and administers, everywhere',
};

async function ask(context: Context, named: string | undefined): Promise<WhoAmI> {
  if (named === undefined) return (await context.client()).get<WhoAmI>('/whoami');
  const given = named === '-' ? await readText('-') : named;
  const { server } = await context.connection();
  const token = given.trim().replace(/^bearer +/i, '');
  if (token === '') throw usageFailure('there is no token on stdin');
  const client = createClient({ ...server, token }, { userAgent: 'teal', verbose: context.options.flag('verbose') });
  try {
    return await client.get<WhoAmI>('/whoami');
  } finally {
    client.close();
  }
}

export const runAuthCheck: Run = async (context, [named]) => {
  const { terminal, format } = context;
  const { server, namespace } = await context.connection();
  const who = await ask(context, named);
  const { name, role, namespaces, expiresAt, authentication, served, known } = who;
  const unserved = served !== undefined && namespaces !== 'all' ? namespaces.filter(each => !served.includes(each)) : [];
  const all =
    namespaces === 'all'
      ? `all${served ? ` that are served: ${served.join(', ')}` : ''}`
      : namespaces.join(', ') || 'none: every answer is 403';
  await print(terminal, format, {
    value: who,
    table: () =>
      fieldsOf([
        ['Server', server.url],
        ['You', authentication ? name : `${name} (this server asks nobody for a token)`],
        ['Role', `${role}: ${deeds[role] ?? ''}`],
        ['Namespaces', all],
        ['Not served', unserved.join(', ')],
        ['With apps', known.join(', ')],
        ['Token', expiresAt && `good for ${inWords(Date.parse(expiresAt) - Date.now())}, until ${expiresAt}`],
      ]),
    names: () => [name],
  });
  const may = (namespaces === 'all' || namespaces.includes(namespace)) && (served?.includes(namespace) ?? true);
  if (!may) terminal.warn(`teal: no right in namespace ${namespace}, which counts when none is named`);
  return undefined;
};
