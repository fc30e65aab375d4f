/** Help of the commands of the server's side. */

import { settingsHelp } from '../config.ts';
import { authHelp } from './auth.ts';
import { tokenHelp } from './token.ts';

const heads: Readonly<Record<string, string>> = {
  serve: `teal serve - run the server

  teal serve [flags]

Examples:
  # in the cluster, or with a kubeconfig, and records in etcd
  teal serve --kubeconfig ~/.kube/config --etcd http://127.0.0.1:2379
  # with tokens, beyond loopback
  teal serve --host 0.0.0.0 --jwt-secret-file secret
`,
  sandbox: `teal sandbox - run the server with a simulated cluster, to try it out

  teal sandbox [flags]

Examples:
  # on the usual ports; nothing is left behind
  teal sandbox
  # beside something else
  teal sandbox --port 0 --sandbox-api-port 0 --sandbox-proxy-port 0
`,
  settings: `teal settings - show the server's settings in force and where each comes from

  teal settings [flags]

Examples:
  # what would a server with this file do?
  teal settings --config teal.yaml
`,
};

const settings = `
Flags may be written with one dash or two, with a space or "=". Each is also a variable (--data-dir is TEAL_DATA_DIR) and a
key of the YAML file that --config names (data-dir: ...). A flag wins over a variable, a variable over the file.

${settingsHelp()}
`;

export function helpOf(command: string): string {
  if (command === 'token') return tokenHelp;
  if (command === 'auth') return authHelp;
  return `${heads[command] ?? ''}${settings}`;
}
