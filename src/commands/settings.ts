/** Settings for a command, or the list of what is wrong with them on stderr. */

import { readFileSync } from 'node:fs';
import { loadSettings, type Loaded, type Settings } from '../config.ts';
import type { Hide } from '../lib/known-values.ts';
import type { Logger } from '../lib/log.ts';
import { createPinoLogger } from '../lib/pino-log.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined when it has said what is wrong: the command then ends with 2. `command`: whose help lists the flags; empty = flags alone. */
export function settingsFor(argv: readonly string[], env: Environment, command = 'serve'): Loaded | undefined {
  const loaded = loadSettings({ argv, env, readFile: path => readFileSync(path, 'utf8') });
  if (!('faults' in loaded)) return loaded;
  // They mean serve, but whoever typed them may have meant any command.
  const where = command === '' ? 'teal help serve lists the flags, teal help the commands' : `teal help ${command} lists the flags`;
  process.stderr.write(`${loaded.faults.map(fault => `teal: ${fault}`).join('\n')}\n${where}\n`);
  return undefined;
}

export function loggerOf(settings: Settings, hide?: Hide): Logger {
  const format = settings.logFormat === 'auto' ? (process.stderr.isTTY ? 'pretty' : 'json') : settings.logFormat;
  return createPinoLogger({ level: settings.logLevel, format, ...(hide ? { hide } : {}) });
}
