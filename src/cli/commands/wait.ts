/** `teal wait`: until the outcome, silently. */

import type { Deployment } from '../api/types.ts';
import type { Run } from '../context.ts';
import { exits, usageFailure } from '../exits.ts';
import { atMost, untilOutcome, type Until } from '../follow.ts';
import type { Options } from '../options.ts';
import { goesOn } from '../goes-on.ts';
import { tellOutcomes } from '../outcome.ts';
import { resolveDeployment } from '../resolve.ts';

export function readUntil(options: Options): Until {
  const until = options.text('until') ?? 'deployed';
  if (until === 'deployed' || until === 'settled') return until;
  throw usageFailure(`--until takes deployed or settled; it is "${until}"`);
}

export const runWait: Run = async (context, [named = '']) => {
  const { options, terminal, program } = context;
  const until = readUntil(options);
  const [client, namespace] = [await context.client(), await context.namespace()];
  const found = await resolveDeployment(client, namespace, named, 'moving');
  const { id } = found;
  terminal.onInterrupt(() => goesOn(program, found));
  // It may have gone on since it was found.
  const late = async () => goesOn(program, await client.get<Deployment>(`/deployments/${id}/`, { namespace }).catch(() => found));
  const deployment = await atMost(options.duration('timeout'), late, untilOutcome(client, { namespace, id, until }));
  const code = await tellOutcomes(context, [{ namespace, deployment }]);
  return code === exits.done ? undefined : code;
};
