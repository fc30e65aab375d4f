/** Commands that show things. */

import type { CommandSpec } from './spec.ts';

const kinds = ['apps', 'deployments', 'descriptors'] as const;
const limit = { flags: '--limit <NUMBER>', help: 'the newest so many' };
const ofApp = { flags: '-a, --app <NAME>', help: 'only of this app' };
const everywhere = { flags: '-A, --all-namespaces', help: 'in all namespaces that you may read' };
const appArgument = 'APP is the name of an app, the id of a deployment, or the beginning of one.';

export const looking: readonly CommandSpec[] = [
  {
    name: 'status',
    group: 'look',
    summary: 'Show both versions of an app with their pods, or all apps',
    args: '[app]',
    more: 'With -w it follows: on a terminal redrawn in place, elsewhere one line for each change.',
    flags: [{ flags: '-w, --watch', help: 'follow changes until Ctrl-C' }, everywhere],
    examples: [
      ['status', 'all apps of the namespace'],
      ['status shop -w', 'watch a switch'],
    ],
    completes: ['app'],
    run: async () => (await import('../commands/status.ts')).runStatus,
  },
  {
    name: 'get',
    group: 'look',
    summary: 'List apps, deployments or descriptors, or show some of them',
    args: '<kind> [names...]',
    more: 'KIND is apps, deployments or descriptors. Names are apps, ids, or the beginnings of ids.',
    flags: [ofApp, limit, everywhere],
    examples: [
      ['get apps -A', 'everything that there is'],
      ['get deployments -a shop --limit 5', 'the newest five of an app'],
      ["get deployment shop -o jsonpath='{.version}'", 'the version of the newest'],
      ['get descriptor shop -o yaml > app.yaml', 'what is stored'],
    ],
    completes: [kinds, 'named'],
    run: async () => (await import('../commands/get.ts')).runGet,
  },
  {
    name: 'describe',
    group: 'look',
    summary: 'Tell all about an app, a deployment or a descriptor',
    args: '<kind> <names...>',
    more: 'KIND is app, deployment or descriptor.',
    examples: [
      ['describe app shop', 'versions, pods, traffic'],
      ['describe deployment 0192b3c4', 'with its reason and the warnings of its log'],
    ],
    completes: [kinds, 'named'],
    run: async () => (await import('../commands/describe.ts')).runDescribe,
  },
  {
    name: 'logs',
    group: 'look',
    summary: 'Print or follow the log of a deployment',
    args: '<app>',
    more: appArgument,
    flags: [
      { flags: '-f, --follow', help: 'go on with new lines until the outcome is known' },
      { flags: '--until <WHEN>', help: 'with -f: deployed (default) or settled', words: ['deployed', 'settled'] },
      { flags: '--level <LEVEL>', help: 'only lines of this level and above', words: ['info', 'warn', 'error'] },
      { flags: '--after <SEQ>', help: 'only entries after the one with this number' },
    ],
    examples: [
      ['logs shop', 'of the newest deployment'],
      ['logs shop -f', 'while it is under way'],
      ['logs 0192b3c4 --level warn', 'why it failed'],
    ],
    completes: ['named'],
    run: async () => (await import('../commands/logs.ts')).runLogs,
  },
  {
    name: 'health',
    group: 'look',
    summary: 'Show what the pods of a deployment answered to the health check',
    args: '<app>',
    more: appArgument,
    examples: [['health shop', 'of what serves, or of the newest']],
    completes: ['named'],
    run: async () => (await import('../commands/health.ts')).runHealth,
  },
  {
    name: 'history',
    group: 'look',
    summary: 'List the deployments of an app, newest first',
    args: '<app>',
    flags: [limit],
    examples: [['history shop -o wide', 'who deployed what when, and what became of it']],
    completes: ['app'],
    run: async () => (await import('../commands/history.ts')).runHistory,
  },
  {
    name: 'events',
    group: 'look',
    summary: 'List the latest changes of descriptors and deployments, or follow them',
    flags: [{ flags: '-w, --watch', help: 'follow changes until Ctrl-C' }, ofApp, limit],
    examples: [
      ['events -w', 'everything that happens in the namespace'],
      ['events -w -a shop -o json', 'one JSON text a line, for a program'],
    ],
    run: async () => (await import('../commands/events.ts')).runEvents,
  },
  {
    name: 'audit',
    group: 'look',
    summary: 'List who tried to change what, and what came of it',
    flags: [
      ofApp,
      { flags: '--principal <NAME>', help: 'only what this one did' },
      limit,
      { flags: '--nowhere', help: 'for admins: what was let in nowhere' },
    ],
    examples: [['audit -a shop --limit 20', 'the last 20 of an app']],
    run: async () => (await import('../commands/audit.ts')).runAudit,
  },
];
