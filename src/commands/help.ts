/** The help texts. */

import { settingsHelp } from '../config.ts';
import { authHelp } from './auth.ts';
import { tokenHelp } from './token.ts';

const overview = `teal - blue-green deployments on Kubernetes

  teal serve [flags]                   run the server
  teal sandbox [flags]                 run it with a simulated cluster, to try it out
  teal env set NAME VALUE [flags]      set a variable that every deployed pod gets
  teal env get [NAME] [flags]          show them
  teal env delete NAME [flags]         remove one
  teal token [flags]                   make a token
  teal auth check [TOKEN] [flags]      explain what a token may do
  teal config [flags]                  show the settings in force and where each comes from
  teal version
  teal help [serve|token|auth]         the flags
`;

const settings = `
Flags may be written with one dash or two, with a space or "=". Each is also a variable (--data-dir is TEAL_DATA_DIR) and a
key of the YAML file that --config names (data-dir: ...). A flag wins over a variable, a variable over the file.

${settingsHelp()}
`;

const own: Record<string, string> = { token: tokenHelp, auth: authHelp };

export const helpOf = (command: string | undefined): string => {
  if (command === undefined) return overview;
  return Object.hasOwn(own, command) ? (own[command] ?? '') : `${overview}${settings}`;
};
