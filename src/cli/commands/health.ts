/** `teal health`: what each pod answered. */

import type { HealthDatum } from '../api/types.ts';
import type { Run } from '../context.ts';
import { ageOf } from '../output/age.ts';
import { print } from '../output/format.ts';
import { tableOf } from '../output/table.ts';
import { resolveDeployment, titleOf } from '../resolve.ts';

/** As much of an answer as a row has room for. */
const longestValue = 100;

export const runHealth: Run = async (context, [named = '']) => {
  const { terminal, format } = context;
  const [client, namespace] = [await context.client(), await context.namespace()];
  const deployment = await resolveDeployment(client, namespace, named, 'live');
  const data = await client.get<HealthDatum[]>(`/deployments/${deployment.id}/healthcheckdata`, { namespace });
  if (data.length === 0) terminal.say(`no pod of ${titleOf(deployment)} was checked`);
  await print(terminal, format, {
    value: data,
    table: wide =>
      data.length === 0
        ? ''
        : tableOf(
            ['pod', 'health', 'checked', 'answer'],
            data.map(({ podName, healthy, checkedAt, value }) => {
              const line = value.replaceAll(/\s+/g, ' ').trim();
              const answer = wide || line.length <= longestValue ? line : `${line.slice(0, longestValue)}...`;
              return [
                podName,
                { text: healthy ? 'healthy' : 'unhealthy', tint: healthy ? 'green' : 'red' },
                `${ageOf(checkedAt)} ago`,
                answer,
              ];
            }),
            terminal.paint,
          ),
    names: () => data.map(({ podName }) => podName),
  });
  return data.every(({ healthy }) => healthy) ? undefined : 1;
};
