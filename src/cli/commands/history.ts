/** `teal history`: the deployments of an app. */

import { deploymentsOf } from '../api/resources.ts';
import type { Run } from '../context.ts';
import { nothingCalled } from '../resolve.ts';
import { printDeployments } from '../show/deployments.ts';

const usualLimit = 20;

export const runHistory: Run = async (context, [app = '']) => {
  const [client, namespace] = [await context.client(), await context.namespace()];
  const deployments = await deploymentsOf(client, namespace, app, context.options.count('limit') ?? usualLimit);
  if (deployments.length === 0) throw await nothingCalled(client, namespace, app);
  await printDeployments(context, deployments, false);
  return undefined;
};
