/** The Logger on pino. It writes to stderr; stdout belongs to what a command prints. */

import pino from 'pino';
import pretty from 'pino-pretty';
import type { Hide } from './known-values.ts';
import type { LogFields, Logger } from './log.ts';
import { hideInFields, hideNamed } from './redact.ts';

export interface LogOptions {
  level: 'debug' | 'info' | 'warn' | 'error';
  format: 'json' | 'pretty';
  /** Hides the secrets that the process knows; what is named as a secret is hidden besides. */
  hide?: Hide;
}

export function createPinoLogger({ level, format, hide = text => text }: LogOptions): Logger {
  const stream =
    format === 'pretty'
      ? pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' })
      : pino.destination({ fd: 2, sync: true });
  return wrap(pino({ level, formatters: { level: label => ({ level: label }) }, timestamp: pino.stdTimeFunctions.isoTime }, stream), text =>
    hideNamed(hide(text)),
  );
}

function wrap(inner: pino.Logger, hide: Hide): Logger {
  const told = (fields: LogFields) => hideInFields(fields, hide) as LogFields;
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: LogFields = {}) => {
      if (inner.isLevelEnabled(level)) inner[level](told(fields), hide(message));
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: fields => wrap(inner.child(told(fields)), hide),
  };
}
