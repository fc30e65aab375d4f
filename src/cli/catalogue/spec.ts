/** What the command line knows of a command before it runs: name, flags, examples. Help, completion and reference are made of it. */

import type { Run } from '../context.ts';

export interface FlagSpec {
  /** As commander reads it: `-f, --filename <FILE>`. */
  flags: string;
  help: string;
  /** May be given several times. */
  repeated?: true;
  /** Words that complete it. */
  words?: readonly string[];
}

/** What completes an argument: live names of the server or of the configuration, or fixed words. */
export type Completion = 'app' | 'deployment' | 'named' | 'variable' | 'context' | 'namespace' | readonly string[];

export type Group = 'deploy' | 'look' | 'operate' | 'set up';

export const groupTitles: Record<Group, string> = {
  deploy: 'Deploy',
  look: 'See what is going on',
  operate: 'Operate',
  'set up': 'Set up',
};

export interface CommandSpec {
  /** One word, or two for the verb of a family: `env set`. */
  name: string;
  group: Group;
  summary: string;
  /** As commander reads them: `<app>`, `[names...]`. */
  args?: string;
  /** What the summary has no room for. */
  more?: string;
  flags?: readonly FlagSpec[];
  /** Talks to no server, so flags about it are no use. */
  offline?: true;
  /** One or more, without the program's name. */
  examples: readonly (readonly [line: string, comment: string])[];
  completes?: readonly Completion[];
  run(): Promise<Run>;
}

export const commonFlags: readonly FlagSpec[] = [
  { flags: '-n, --namespace <NAME>', help: 'namespace (TEAL_NAMESPACE, or of the context, or default)' },
  {
    flags: '-o, --output <FORMAT>',
    help: 'json, yaml, wide, name, or jsonpath=TEMPLATE',
    words: ['json', 'yaml', 'wide', 'name', 'jsonpath='],
  },
  { flags: '--server <URL>', help: 'the Teal server (TEAL_SERVER, or of the context, or http://127.0.0.1:8000)' },
  { flags: '--context <NAME>', help: 'named context of the configuration file' },
  { flags: '--token-file <FILE>', help: 'file with the bearer token (or TEAL_TOKEN, or of the context)' },
  { flags: '--certificate-authority <FILE>', help: 'certificate authority of the server (PEM)' },
  { flags: '-q, --quiet', help: 'no progress on stderr' },
  { flags: '-v, --verbose', help: 'refusals with their code and request id' },
];

export const filename: FlagSpec = {
  flags: '-f, --filename <FILE>',
  help: 'YAML or JSON, several documents allowed; "-" reads stdin; may be repeated',
  repeated: true,
};

export const set: FlagSpec = {
  flags: '--set <KEY=VALUE>',
  help: 'change a field: image=REF, image.CONTAINER=REF, or a path such as replicas=3; may be repeated',
  repeated: true,
};

export const timeout: FlagSpec = {
  flags: '--timeout <TIME>',
  help: 'wait so long at most, such as 90s or 10m (then exit code 5; the deployment goes on)',
};

export const waiting: readonly FlagSpec[] = [{ flags: '--no-wait', help: 'return as soon as it is accepted' }, timeout];
export const yes: FlagSpec = { flags: '-y, --yes', help: 'do not ask' };
