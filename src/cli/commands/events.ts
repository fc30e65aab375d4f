/** `teal events`: the latest changes of a namespace, and the next ones as they come. */

import { listAll } from '../api/resources.ts';
import type { Deployment, Descriptor, Event } from '../api/types.ts';
import type { Context, Run } from '../context.ts';
import { exits } from '../exits.ts';
import { shortId } from '../output/age.ts';
import { jsonPath } from '../output/jsonpath.ts';
import { print } from '../output/format.ts';
import { tableOf } from '../output/table.ts';
import { followEvents } from '../events-stream.ts';

const usualLimit = 20;

export const runEvents: Run = async context => {
  const { options, terminal, format } = context;
  const namespace = await context.namespace();
  const app = options.text('app');
  const limit = options.count('limit') ?? usualLimit;
  if (!options.flag('watch')) {
    const events = await latest(context, namespace, app, limit);
    if (events.length === 0) terminal.say(`nothing has happened ${app === undefined ? '' : `to ${app} `}in ${namespace}`);
    await print(terminal, format, {
      value: events,
      table: () =>
        events.length === 0
          ? ''
          : tableOf(['time', 'kind', 'action', 'app', 'version', 'status', 'phase', 'id'], events.map(rowOf), terminal.paint),
      names: () => events.map(({ id }) => id),
    });
    return exits.done;
  }
  terminal.onInterrupt(() => '');
  const { server } = await context.connection();
  for await (const event of followEvents(server, namespace, terminal)) {
    if (app === undefined || event.appName === app) terminal.out(`${lineOf(context, event)}\n`);
  }
  return exits.done;
};

const rowOf = ({ time, kind, action, appName, version = '', status, phase = '', id }: Event): string[] => [
  time,
  kind,
  action,
  appName,
  version,
  status ?? '',
  phase,
  shortId(id),
];

function lineOf({ format, terminal: { paint } }: Context, event: Event): string {
  if (format.kind === 'json' || format.kind === 'yaml') return JSON.stringify(event);
  if (format.kind === 'jsonpath') return jsonPath(format.template, event);
  if (format.kind === 'name') return event.id;
  const { time, kind, action, appName, version, status, phase, id } = event;
  const what = kind === 'deployment' && action !== 'deleted' ? `${appName} ${version ?? ''} ${status ?? ''} ${phase ?? ''}` : appName;
  return `${paint('dim', time)} ${kind} ${shortId(id)} ${action}: ${what}`.trimEnd();
}

/** Made of what stands: the last change of each descriptor and deployment. */
async function latest(context: Context, namespace: string, app: string | undefined, limit: number): Promise<Event[]> {
  const client = await context.client();
  const query = { namespace, appname: app };
  const [deployments, descriptors] = await Promise.all([
    listAll<Deployment>(client, '/deployments/', query, Math.max(limit, 100)),
    listAll<Descriptor>(client, '/descriptors/', query, Math.max(limit, 100)),
  ]);
  const base = { type: 'event', seq: 0 } as const;
  const action = (created: string, lastModified: string) => (created === lastModified ? 'created' : 'changed');
  const events: Event[] = [
    ...deployments.map(({ id, created, lastModified, version, status, phase, descriptor }): Event => {
      return {
        ...base,
        time: lastModified,
        kind: 'deployment',
        action: action(created, lastModified),
        id,
        appName: descriptor.appName,
        version,
        status,
        phase,
      };
    }),
    ...descriptors.map(({ id = '', created = '', lastModified = '', appName }): Event => {
      return { ...base, time: lastModified, kind: 'descriptor', action: action(created, lastModified), id, appName };
    }),
  ];
  return events.sort((a, b) => b.time.localeCompare(a.time)).slice(0, limit);
}
