/** `teal describe`: all about one thing. */

import type { AppDetail, Deployment, LogEntry } from '../api/types.ts';
import type { Context, Run } from '../context.ts';
import { exits } from '../exits.ts';
import { readKind, type Kind } from '../kinds.ts';
import { ageOf, shortId } from '../output/age.ts';
import { print } from '../output/format.ts';
import { fieldsOf } from '../output/table.ts';
import { nothingCalled, resolveDeployment } from '../resolve.ts';
import { resolveDescriptor } from '../resolve-descriptor.ts';
import { describeDeployment } from '../show/deployments.ts';
import { statusView } from '../show/status.ts';

interface Described {
  value: unknown;
  text: string;
  name: string;
}

export const runDescribe: Run = async (context, [kindText = '', ...names]) => {
  const kind = readKind(kindText);
  const found = await Promise.all(names.map(name => describe(context, kind, name)));
  await print(context.terminal, context.format, {
    value: found.length === 1 ? found[0]?.value : found.map(({ value }) => value),
    table: () => found.map(({ text }) => text).join('\n'),
    names: () => found.map(({ name }) => name),
  });
  return undefined;
};

async function describe(context: Context, kind: Kind, named: string): Promise<Described> {
  const [client, namespace] = [await context.client(), await context.namespace()];
  if (kind === 'app') {
    const app = await appDetail(context, named);
    return { value: app, text: `${statusView(app, { paint: context.terminal.paint, pods: true }).join('\n')}\n`, name: named };
  }
  if (kind === 'deployment') {
    const deployment = await resolveDeployment(client, namespace, named, 'newest');
    const entries = await client.get<LogEntry[]>(`/deployments/${deployment.id}/logs`, { namespace });
    return {
      value: deployment,
      text: `${describeDeployment(deployment, namespace)}${warningsOf(entries, deployment)}`,
      name: deployment.id,
    };
  }
  const descriptor = await resolveDescriptor(client, namespace, named);
  const { id = '', created, lastModified, ...own } = descriptor;
  const { stringify } = await import('yaml');
  const marks = fieldsOf([
    ['Descriptor', id],
    ['Created', created && `${created} (${ageOf(created)} ago)`],
    ['Changed', lastModified && `${lastModified} (${ageOf(lastModified)} ago)`],
  ]);
  return { value: descriptor, text: `${marks}\n${stringify(own)}`, name: id };
}

function warningsOf(entries: readonly LogEntry[], { id }: Deployment): string {
  const lines = entries
    .filter(({ level }) => level !== 'info')
    .map(({ time, level, message }) => `  ${time} ${level.padEnd(5)} ${message}\n`);
  return lines.length === 0 ? '' : `\nWarnings and errors of its log (teal logs ${shortId(id)} has all):\n${lines.join('')}`;
}

export async function appDetail(context: Context, named: string): Promise<AppDetail> {
  const [client, namespace] = [await context.client(), await context.namespace()];
  const answer = await client.look('GET', `/apps/${encodeURIComponent(named)}/`, { query: { namespace } });
  if (answer.status === 200) return answer.json<AppDetail>();
  const refusal = client.refusal(answer);
  throw refusal.exit === exits.notFound ? await nothingCalled(client, namespace, named) : refusal;
}
