/** `teal wait`: until the outcome, silently. */

import type { Run } from '../context.ts';
import { exits, usageFailure } from '../exits.ts';
import { atMost, untilOutcome, type Until } from '../follow.ts';
import type { Options } from '../options.ts';
import { shortId } from '../output/age.ts';
import { tellOutcomes } from '../outcome.ts';
import { resolveDeployment, titleOf } from '../resolve.ts';

export function readUntil(options: Options): Until {
  const until = options.text('until') ?? 'deployed';
  if (until === 'deployed' || until === 'settled') return until;
  throw usageFailure(`--until takes deployed or settled; it is "${until}"`);
}

export const runWait: Run = async (context, [named = '']) => {
  const { options, terminal, program } = context;
  const until = readUntil(options);
  const [client, namespace] = [await context.client(), await context.namespace()];
  const { id, ...found } = await resolveDeployment(client, namespace, named, 'moving');
  const note = () => `${titleOf({ id, ...found })} goes on; stop it: ${program} cancel ${shortId(id)}`;
  terminal.onInterrupt(note);
  const deployment = await atMost(options.duration('timeout'), note, untilOutcome(client, { namespace, id, until }));
  const code = await tellOutcomes(context, [{ namespace, deployment }]);
  return code === exits.done ? undefined : code;
};
