/** `teal delete`: descriptors, records, or an app with all it has. */

import type { Deployment } from '../api/types.ts';
import type { Context, Run } from '../context.ts';
import { exits } from '../exits.ts';
import { untilGone } from '../gone.ts';
import { readKind, type Kind } from '../kinds.ts';
import { shortId } from '../output/age.ts';
import { descriptorsOf, deploymentsOf } from '../api/resources.ts';
import { nothingCalled, resolveDeployment, titleOf } from '../resolve.ts';
import { resolveDescriptor } from '../resolve-descriptor.ts';

interface Deed {
  title: string;
  run(): Promise<void>;
}

export const runDelete: Run = async (context, [kindText = '', ...names]) => {
  const { options, terminal } = context;
  const kind = readKind(kindText);
  const deeds = await Promise.all(names.map(name => deedFor(context, kind, name)));
  if (!options.flag('yes') && !(await terminal.confirm(`Delete ${deeds.map(({ title }) => title).join(', ')}?`))) {
    terminal.warn('nothing was changed');
    return exits.failed;
  }
  for (const { title, run } of deeds) {
    await run();
    terminal.out(`${title} deleted\n`);
  }
  return exits.done;
};

async function deedFor(context: Context, kind: Kind, named: string): Promise<Deed> {
  const [client, namespace] = [await context.client(), await context.namespace()];
  const remove = async (path: string, query: Record<string, string | boolean>) => {
    await client.ask('DELETE', path, { query: { namespace, ...query } });
  };
  if (kind === 'descriptor') {
    const { id = '', appName } = await resolveDescriptor(client, namespace, named);
    return { title: `descriptor ${shortId(id)} of ${appName}`, run: () => remove(`/descriptors/${id}/`, {}) };
  }
  if (kind === 'deployment') {
    const deployment = await resolveDeployment(client, namespace, named, 'newest');
    const serves = deployment.status === 'DEPLOYED' ? ', which serves' : '';
    return {
      title: `deployment ${titleOf(deployment)}${serves}`,
      run: async () => {
        await remove(`/deployments/${deployment.id}/`, { deleteDeployment: true });
        await untilGone(client, namespace, deployment.id);
      },
    };
  }
  const [deployments, descriptors] = await Promise.all([deploymentsOf(client, namespace, named), descriptorsOf(client, namespace, named)]);
  if (deployments.length + descriptors.length === 0) throw await nothingCalled(client, namespace, named);
  return {
    title: `app ${named} with ${counted(descriptors.length, 'descriptor')} and ${counted(deployments.length, 'deployment')}`,
    run: () => removeApp(context, named, deployments),
  };
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** What is under way is cancelled first: only what has ended is deleted by the name of its app. */
async function removeApp(context: Context, appName: string, deployments: readonly Deployment[]): Promise<void> {
  const [client, namespace] = [await context.client(), await context.namespace()];
  const moving = deployments.filter(({ status }) => status === 'DEPLOYING' || status === 'UNDEPLOYING');
  for (const { id } of moving) await client.ask('DELETE', `/deployments/${id}/`, { query: { namespace, deleteDeployment: true } });
  for (const { id } of moving) await untilGone(client, namespace, id);
  const query = { namespace, appname: appName };
  const answer = await client.ask('DELETE', '/deployments/', { query: { ...query, undeploy: true, deleteDeployment: true } });
  for (const id of answer.json<{ undeploying: string[] }>().undeploying) await untilGone(client, namespace, id);
  await client.ask('DELETE', '/deployments/', { query });
  await client.ask('DELETE', '/descriptors/', { query: { ...query, keepLatest: false } });
}
