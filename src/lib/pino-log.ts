/** The Logger on pino. It writes to stderr; stdout belongs to what a command prints. */

import pino from 'pino';
import pretty from 'pino-pretty';
import type { LogFields, Logger } from './log.ts';

export interface LogOptions {
  level: 'debug' | 'info' | 'warn' | 'error';
  format: 'json' | 'pretty';
}

/** Whatever stands under these names is never written, at any of the first levels. */
const secretNames = ['authorization', 'password', 'secret', 'token', 'cookie', 'env', 'environment'];

export function createPinoLogger({ level, format }: LogOptions): Logger {
  const stream =
    format === 'pretty'
      ? pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' })
      : pino.destination({ fd: 2, sync: true });
  const redact = secretNames.flatMap(name => [name, `*.${name}`, `*.*.${name}`]);
  return wrap(
    pino({ level, redact, formatters: { level: label => ({ level: label }) }, timestamp: pino.stdTimeFunctions.isoTime }, stream),
  );
}

function wrap(inner: pino.Logger): Logger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: LogFields = {}) =>
      inner[level](fields, message);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: fields => wrap(inner.child(fields)) };
}
