/** `teal status`: both versions of an app, once or as they change; without an app, all of them. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../api/client.ts';
import type { AppDetail, AppSummary } from '../api/types.ts';
import type { Context, Run } from '../context.ts';
import { exits, usageFailure } from '../exits.ts';
import { openScreen } from '../output/screen.ts';
import { print } from '../output/format.ts';
import { appTable, printApps } from '../show/apps.ts';
import { statusLine, statusView } from '../show/status.ts';
import { appDetail } from './describe.ts';

export const runStatus: Run = async (context, [named]) => {
  const { options } = context;
  if (named === undefined) return options.flag('watch') ? watchAll(context) : showAll(context);
  if (options.flag('all-namespaces')) throw usageFailure('an app is in one namespace; leave --all-namespaces out');
  const app = await appDetail(context, named);
  if (options.flag('watch')) return watchOne(context, app);
  await printOne(context, app);
  return exits.done;
};

const printOne = ({ terminal, format }: Context, app: AppDetail): Promise<void> =>
  print(terminal, format, {
    value: app,
    table: () => `${statusView(app, { paint: terminal.paint, pods: true }).join('\n')}\n`,
    names: () => [app.appName],
  });

/** A server that is away at first is a mistake; one that goes away later may come back. */
const listApps = async (context: Context, ask: Client['ask']): Promise<AppSummary[]> => {
  const query = context.options.flag('all-namespaces') ? {} : { namespace: await context.namespace() };
  return (await ask('GET', '/apps/', { query })).json<AppSummary[]>();
};

async function showAll(context: Context): Promise<number> {
  const apps = await listApps(context, (await context.client()).ask);
  if (apps.length === 0)
    context.terminal.say(
      `there are no apps in ${context.options.flag('all-namespaces') ? 'the namespaces that you may read' : await context.namespace()}`,
    );
  if (apps.length > 0 || context.format.kind !== 'table')
    await printApps(context, apps, { single: false, everywhere: context.options.flag('all-namespaces') });
  return exits.done;
}

/** Several apps are asked for again and again: no single answer tells of all. */
const pollMs = 1000;
const redrawMs = 500;

async function watchAll(context: Context): Promise<number> {
  const { terminal, format } = context;
  const client = await context.client();
  const everywhere = context.options.flag('all-namespaces');
  const screen = openScreen(terminal);
  let last = '';
  for (let ask = client.ask; ; ask = client.patiently) {
    const apps = await listApps(context, ask);
    if (terminal.live && format.kind === 'table')
      screen.draw(appTable(apps, { wide: false, paint: terminal.paint, everywhere }).trimEnd().split('\n'));
    else {
      const state = JSON.stringify(apps);
      if (state !== last) await printApps(context, apps, { single: false, everywhere });
      last = state;
    }
    await sleep(pollMs);
  }
}

async function watchOne(context: Context, first: AppDetail): Promise<number> {
  const { terminal, format } = context;
  const client = await context.client();
  const query = { namespace: first.namespace, wait: '20s' };
  const next = async (after: string): Promise<AppDetail> =>
    (await client.patiently('GET', `/apps/${first.appName}/`, { query: { ...query, after }, silenceMs: 40_000 })).json<AppDetail>();
  if (terminal.live && format.kind === 'table') return drawChanges(context, first, next);
  terminal.onInterrupt(() => '');
  let line = '';
  for (let app = first; ; app = await next(app.revision)) {
    if (format.kind === 'json') terminal.out(`${JSON.stringify(app)}\n`);
    else if (format.kind !== 'table' && format.kind !== 'wide') await printOne(context, app);
    else if (statusLine(app) !== line) {
      line = statusLine(app);
      terminal.out(`${app.time} ${line}\n`);
    }
  }
}

/** Redrawn with each answer, and between two so that the time left runs down. */
async function drawChanges({ terminal }: Context, first: AppDetail, next: (after: string) => Promise<AppDetail>): Promise<number> {
  const screen = openScreen(terminal);
  let app = first;
  let seenAt = Date.now();
  const draw = () => screen.draw(statusView(app, { paint: terminal.paint, pods: true, elapsedMs: Date.now() - seenAt }));
  const timer = setInterval(draw, redrawMs);
  try {
    for (;;) {
      draw();
      app = await next(app.revision);
      seenAt = Date.now();
    }
  } finally {
    clearInterval(timer);
    screen.close();
  }
}
