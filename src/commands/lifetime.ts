/** How a running server ends: by signal in order, by a second signal at once, by an error that nobody caught in order and with a failure. */

import type { Logger } from '../lib/log.ts';

/** Longest time for an orderly end. */
const longestStopMs = 9500;

/** Resolves with the exit code when everything has ended. */
export function untilEnded(stop: () => Promise<void>, log: Logger): Promise<number> {
  return new Promise(resolve => {
    let ending = false;
    const end = (code: number) => {
      if (ending) return;
      ending = true;
      const late = setTimeout(() => {
        log.error('stopping took too long; ending now');
        process.exit(code);
      }, longestStopMs);
      stop().then(
        () => {
          clearTimeout(late);
          resolve(code);
          // What still holds the event loop, such as an idle socket of a client library, must not hold the exit.
          setTimeout(() => process.exit(code), 250).unref();
        },
        (error: unknown) => {
          log.error('stopping failed', { error: String(error) });
          process.exit(1);
        },
      );
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (ending) process.exit(signal === 'SIGINT' ? 130 : 143);
        log.info('stopping', { signal });
        end(0);
      });
    }
    for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
      process.on(event, (error: unknown) => {
        log.error('an error that nobody caught; stopping', { event, error: error instanceof Error ? error.stack : String(error) });
        end(1);
      });
    }
  });
}
