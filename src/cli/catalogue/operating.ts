/** Commands about what apps share, about the server, and about the command line itself. */

import { yes, type CommandSpec } from './spec.ts';

const serverFlags = 'With --data-dir or --etcd it works on the store itself, without a server; then the flags are those of teal serve.';

const contextFlags = [
  { flags: '--server <URL>', help: 'the Teal server' },
  { flags: '-n, --namespace <NAME>', help: 'namespace that counts when none is named' },
  { flags: '--token-file <FILE>', help: 'file that holds the token' },
  { flags: '--token-env <NAME>', help: 'variable that holds the token' },
  { flags: '--token-exec <COMMAND>', help: 'command line that prints the token' },
  { flags: '--certificate-authority <FILE>', help: 'certificate authority of the server (PEM)' },
  { flags: '--current', help: 'make it the current one' },
];

const variables = async () => import('../commands/env.ts');
const contexts = async () => import('../commands/config.ts');

export const operating: readonly CommandSpec[] = [
  {
    name: 'delete',
    group: 'operate',
    summary: 'Delete descriptors, records of deployments, or an app with all it has',
    args: '<kind> <names...>',
    more: 'KIND is app, deployment or descriptor. A deployment that serves is undeployed first. Asks first on a terminal.',
    flags: [yes],
    examples: [
      ['delete deployment 0192b3c4', 'record, log and health data'],
      ['delete descriptor 0192b3c4', 'nothing is undeployed'],
      ['delete app shop --yes', 'undeploys it and deletes descriptors and history'],
    ],
    completes: [['app', 'deployment', 'descriptor'], 'named'],
    run: async () => (await import('../commands/delete.ts')).runDelete,
  },
  {
    name: 'env list',
    group: 'operate',
    summary: 'List the variables that every deployed pod gets',
    more: serverFlags,
    examples: [['env list', 'names and values']],
    run: async () => (await variables()).runList,
  },
  {
    name: 'env get',
    group: 'operate',
    summary: 'Print the value of a variable, or all of them',
    args: '[name]',
    more: serverFlags,
    examples: [['env get LOG_LEVEL', 'the value alone']],
    completes: ['variable'],
    run: async () => (await variables()).runGet,
  },
  {
    name: 'env set',
    group: 'operate',
    summary: 'Set a variable that every pod gets from its next deployment on',
    args: '<name> <value>',
    more: serverFlags,
    examples: [['env set LOG_LEVEL debug', 'counts from the next deployment of each app on']],
    completes: ['variable'],
    run: async () => (await variables()).runSet,
  },
  {
    name: 'env delete',
    group: 'operate',
    summary: 'Remove a variable',
    args: '<name>',
    more: serverFlags,
    examples: [['env delete LOG_LEVEL', 'pods that run keep it']],
    completes: ['variable'],
    run: async () => (await variables()).runDelete,
  },
  {
    name: 'doctor',
    group: 'operate',
    summary: 'Check server, store, cluster, rights and ingress; each finding with a fix',
    examples: [['doctor -n shop', 'with the rights that Teal needs in the namespace']],
    run: async () => (await import('../commands/doctor.ts')).runDoctor,
  },
  {
    name: 'auth check',
    group: 'set up',
    summary: 'Explain what your token may do, as the server sees it',
    args: '[token]',
    more: '"-" reads the token from stdin; without TOKEN it is the one that counts for every command. With flags that name a key (--jwt-secret-file, --jwks-url, ...) no server is asked: teal help auth.',
    examples: [
      ['auth check', 'who am I, and where may I do what?'],
      ['auth check - < token', 'would the server take this one?'],
    ],
    run: async () => (await import('../commands/auth.ts')).runAuthCheck,
  },
  {
    name: 'config view',
    group: 'set up',
    summary: 'Print the configuration file',
    offline: true,
    examples: [['config view', 'tokens are not in it, only where they come from']],
    run: async () => (await contexts()).runView,
  },
  {
    name: 'config list',
    group: 'set up',
    summary: 'List the named contexts',
    offline: true,
    examples: [['config list', 'the current one has a star; also: config get-contexts']],
    run: async () => (await contexts()).runList,
  },
  {
    name: 'config set-context',
    group: 'set up',
    summary: 'Add or change a named context: server, namespace, where the token comes from',
    args: '<name>',
    offline: true,
    flags: contextFlags,
    examples: [
      ['config set-context prod --server https://teal.example.com -n shop --token-file ~/.teal-token --current', 'a file'],
      ["config set-context prod --token-exec 'vault read -field=token secret/teal'", 'a command that prints it'],
    ],
    completes: ['context'],
    run: async () => (await contexts()).runSetContext,
  },
  {
    name: 'config use-context',
    group: 'set up',
    summary: 'Make a context the current one',
    args: '<name>',
    offline: true,
    examples: [['config use-context prod', 'it counts where no flag or variable says otherwise']],
    completes: ['context'],
    run: async () => (await contexts()).runUseContext,
  },
  {
    name: 'config delete-context',
    group: 'set up',
    summary: 'Remove a named context',
    args: '<name>',
    offline: true,
    examples: [['config delete-context prod', '']],
    completes: ['context'],
    run: async () => (await contexts()).runDeleteContext,
  },
  {
    name: 'version',
    group: 'set up',
    summary: 'Print the version of this program and of the server',
    flags: [{ flags: '--client', help: 'only of this program; no server is asked' }],
    examples: [
      ['version', 'both, and a warning when they differ'],
      ['version --client', ''],
    ],
    run: async () => (await import('../commands/version.ts')).runVersion,
  },
  {
    name: 'completion',
    group: 'set up',
    summary: 'Print the completion script of a shell; names come from the server',
    args: '<shell>',
    offline: true,
    more: 'For the shell that runs: source <(teal completion bash), or the same with zsh; for every new one: a file, as below.',
    examples: [
      ['completion bash > /etc/bash_completion.d/teal', ''],
      ['completion zsh > "${fpath[1]}/_teal"', ''],
      ['completion fish > ~/.config/fish/completions/teal.fish', ''],
    ],
    completes: [['bash', 'zsh', 'fish']],
    run: async () => (await import('../commands/completion.ts')).runCompletion,
  },
];

/** What a family is, for its help. */
export const families: Readonly<Record<string, string>> = {
  env: 'Variables that every deployed pod gets',
  auth: 'Tokens',
  config: 'Named contexts of this command line',
};

/** Commands of the server's side: their help is their own. */
export const serverCommands: readonly (readonly [name: string, summary: string])[] = [
  ['serve', 'Run the server'],
  ['sandbox', 'Run it with a simulated cluster, to try it out'],
  ['settings', "Show the server's settings in force and where each comes from"],
  ['token', 'Make a token'],
];
