/** `teal serve` */

import { startServer, StartError, whyUnsafe, type Running } from '../serve.ts';
import { createKnownSecrets, type Hide } from '../lib/known-values.ts';
import type { Logger } from '../lib/log.ts';
import { hideNamed } from '../lib/redact.ts';
import { untilEnded } from './lifetime.ts';
import { loggerOf, settingsFor, type Environment } from './settings.ts';

export async function runServe(argv: string[], env: Environment, command = 'serve'): Promise<number> {
  const loaded = settingsFor(argv, env, command);
  if (loaded === undefined) return 2;
  const { settings } = loaded;
  const unsafe = whyUnsafe(settings);
  if (unsafe !== undefined) {
    process.stderr.write(`teal: ${unsafe}\n`);
    return 2;
  }
  const secrets = createKnownSecrets();
  const log = loggerOf(settings, secrets.hide);
  let running: Running;
  try {
    running = await startServer(settings, { log, secrets });
  } catch (error) {
    return explain(error, log, secrets.hide);
  }
  if (settings.allowAnonymous) log.warn('no authentication: everybody who reaches this port may deploy');
  else if (running.anonymous) log.info('no authentication: served on loopback only, and to pages of this server only');
  process.stdout.write(`teal listening on ${running.url}\n`);
  return untilEnded(() => running.stop(), log);
}

/** Says why the start failed; returns the exit code. */
export function explain(error: unknown, log: Logger, hide: Hide): number {
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (error instanceof StartError) process.stderr.write(`teal: ${error.message}\n`);
  else if (code === 'EADDRINUSE')
    process.stderr.write(`teal: port ${String(port)} is in use; choose another with --port, or --port 0 for a free one\n`);
  else if (error instanceof Error) {
    process.stderr.write(`teal: ${hideNamed(hide(error.message))}\n`);
    log.debug('start failed', { error: error.stack });
  } else process.stderr.write(`teal: ${String(error)}\n`);
  return error instanceof StartError ? 2 : 1;
}
