/** `teal get`: apps, deployments, descriptors. */

import type { Client } from '../api/client.ts';
import { listAll } from '../api/resources.ts';
import type { AppSummary, Deployment, Descriptor, WhoAmI } from '../api/types.ts';
import type { Context, Run } from '../context.ts';
import { usageFailure } from '../exits.ts';
import { readKind } from '../kinds.ts';
import { ageOf, shortId } from '../output/age.ts';
import { print } from '../output/format.ts';
import { tableOf } from '../output/table.ts';
import { nothingCalled, resolveDeployment } from '../resolve.ts';
import { resolveDescriptor } from '../resolve-descriptor.ts';
import { printApps } from '../show/apps.ts';
import { imagesOf, printDeployments } from '../show/deployments.ts';

export const runGet: Run = async (context, [kindText = '', ...names]) => {
  const kind = readKind(kindText);
  if (names.length > 0 && context.options.flag('all-namespaces'))
    throw usageFailure('names are looked for in one namespace; leave --all-namespaces out');
  if (kind === 'app') await getApps(context, names);
  else if (kind === 'deployment') await getDeployments(context, names);
  else await getDescriptors(context, names);
  return undefined;
};

/** With -A all that the server knows and the user may read. */
async function namespacesFor(context: Context, client: Client): Promise<string[]> {
  if (!context.options.flag('all-namespaces')) return [await context.namespace()];
  return (await client.get<WhoAmI>('/whoami')).known;
}

async function getApps(context: Context, names: readonly string[]): Promise<void> {
  const { options } = context;
  const limit = options.count('limit');
  const client = await context.client();
  const everywhere = options.flag('all-namespaces');
  const namespace = await context.namespace();
  const apps = await client.get<AppSummary[]>('/apps/', everywhere ? {} : { namespace });
  const found: AppSummary[] = [];
  for (const name of names) {
    const app = apps.find(({ appName }) => appName === name);
    if (app === undefined) throw await nothingCalled(client, namespace, name);
    found.push(app);
  }
  const named = options.text('app');
  const wanted = newest(named === undefined ? apps : apps.filter(({ appName }) => appName === named), limit);
  await printApps(context, names.length === 0 ? wanted : found, { single: names.length === 1, everywhere });
}

/** By name, and with a limit those with the newest deployments, newest first. */
function newest(apps: readonly AppSummary[], limit: number | undefined): readonly AppSummary[] {
  if (limit === undefined) return apps;
  const at = (app: AppSummary) => app.newest?.created ?? '';
  return apps.toSorted((a, b) => at(b).localeCompare(at(a))).slice(0, limit);
}

async function getDeployments(context: Context, names: readonly string[]): Promise<void> {
  const { options } = context;
  const client = await context.client();
  if (names.length > 0) {
    const namespace = await context.namespace();
    const found = await Promise.all(names.map(name => resolveDeployment(client, namespace, name, 'newest')));
    return printDeployments(context, found, names.length === 1);
  }
  const namespaces = await namespacesFor(context, client);
  const byId = new Map<string, string>();
  const lists = await Promise.all(
    namespaces.map(async namespace => {
      const list = await listAll<Deployment>(client, '/deployments/', { namespace, appname: options.text('app') }, options.count('limit'));
      for (const { id } of list) byId.set(id, namespace);
      return list;
    }),
  );
  await printDeployments(context, lists.flat(), false, options.flag('all-namespaces') ? ({ id }) => byId.get(id) ?? '' : undefined);
}

async function getDescriptors(context: Context, names: readonly string[]): Promise<void> {
  const { options, terminal, format } = context;
  const client = await context.client();
  const namespace = await context.namespace();
  const everywhere = options.flag('all-namespaces');
  const found =
    names.length > 0
      ? await Promise.all(names.map(name => resolveDescriptor(client, namespace, name)))
      : (
          await Promise.all(
            (await namespacesFor(context, client)).map(each =>
              listAll<Descriptor>(client, '/descriptors/', { namespace: each, appname: options.text('app') }, options.count('limit')),
            ),
          )
        ).flat();
  await print(terminal, format, {
    value: names.length === 1 ? found[0] : found,
    table: wide =>
      tableOf(
        [
          ...(everywhere ? ['namespace'] : []),
          'id',
          'app',
          'version',
          'replicas',
          'host',
          'image',
          'age',
          ...(wide ? ['changed', 'routing'] : []),
        ],
        found.map(descriptor => {
          const { id = '', appName, newVersion, replicas = 1, frontend = '', created, lastModified, routing } = descriptor;
          const row = [shortId(id), appName, newVersion, String(replicas), frontend, imagesOf({ descriptor }), ageOf(created)];
          return [
            ...(everywhere ? [descriptor.namespace ?? ''] : []),
            ...row,
            ...(wide ? [ageOf(lastModified), typeof routing === 'string' ? routing : ''] : []),
          ];
        }),
        terminal.paint,
      ),
    names: () => found.map(({ id = '' }) => id),
  });
}
