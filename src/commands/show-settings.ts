/** `teal settings`: the server's settings in force. */

import { presentSettings } from '../config.ts';
import { settingsFor, type Environment } from './settings.ts';

export function runSettings(argv: string[], env: Environment): Promise<number> {
  const loaded = settingsFor(argv, env, 'settings');
  if (loaded === undefined) return Promise.resolve(2);
  process.stdout.write(presentSettings(loaded));
  return Promise.resolve(0);
}
