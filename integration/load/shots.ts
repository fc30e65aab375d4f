/** One HTTP request of the load client, sent once and never repeated: what is lost shows. */

import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { sendingOn, served } from './kept.ts';
import type { Aim, Sending, ShotKind } from './messages.ts';
import { now, type Counter } from './tally.ts';

const timeoutMs = 10_000;

const resets = new Set(['ECONNRESET', 'EPIPE']);

function whatHappened(error: NodeJS.ErrnoException, sent: ClientRequest): string {
  const code = error.code ?? '';
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ETIMEDOUT') return 'timeout';
  if (!resets.has(code)) return code || error.message;
  return sent.reusedSocket ? 'kept reset' : 'reset';
}

export interface Gun {
  fire(kind: Exclude<ShotKind, 'socket'>, due: number): void;
  /** Resolves when every request has ended. */
  quiet(): Promise<void>;
  close(): void;
}

export function createGun(aim: Aim, counter: Counter): Gun {
  const { hostname, port } = new URL(aim.url);
  // In turns, so that a connection is not left idle for longer than clients do.
  const kept = new Agent({
    keepAlive: true,
    scheduling: 'fifo',
    maxFreeSockets: 64,
    // Ends connections that are idle; a request under way only hears of it.
    ...(aim.idleMs === undefined ? {} : { timeout: aim.idleMs }),
  });
  const flying = new Set<Promise<void>>();
  /** Requests under way by tag: how to give one up. */
  const open = new Map<string, () => void>();
  let serial = 0;

  function send(kind: Exclude<ShotKind, 'socket'>, due: number): Promise<void> {
    return new Promise(resolve => {
      const sentAt = now();
      const tag = `${aim.mark}.${++serial}`;
      let used: Socket | undefined;
      let sending: Sending | undefined;
      let over = false;
      /** Whichever of several events comes first decides. */
      const end = (count: () => void) => {
        if (over) return;
        over = true;
        clearTimeout(giveUp);
        open.delete(tag);
        count();
        resolve();
      };
      const lost = (how: string, detail: string) =>
        end(() => counter.lost({ at: due, kind, how, sentAt, detail, tag, ...(sending ? { sending } : {}) }));
      open.set(tag, () =>
        lost('timeout', `never ended; answer ${answer ? 'begun' : 'not begun'}, ${sent.destroyed ? '' : 'not '}destroyed`),
      );
      const posts = kind === 'post';
      const sent = request({
        hostname,
        port,
        path: kind === 'slow' ? `/slow?ms=1000&load=${tag}` : `/?load=${tag}`,
        method: posts ? 'POST' : 'GET',
        agent: kind === 'fresh' ? false : kept,
        headers: {
          ...(aim.host === undefined ? {} : { host: aim.host }),
          ...(kind === 'fresh' ? { connection: 'close' } : {}),
          ...(posts ? { 'content-type': 'text/plain', 'content-length': 5 } : {}),
        },
      });
      const giveUp = setTimeout(() => sent.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })), timeoutMs);
      let answer: IncomingMessage | undefined;
      const failed = (error: NodeJS.ErrnoException) => {
        const how = answer ? 'reset' : whatHappened(error, sent);
        lost(how, `${error.message}${sent.reusedSocket ? ', kept connection' : ', new connection'}${answer ? ', answer had begun' : ''}`);
      };
      sent.once('error', failed);
      sent.once('socket', socket => {
        used = socket;
        sending = sendingOn(socket);
      });
      sent.once('response', incoming => {
        answer = incoming;
        incoming.resume();
        incoming.once('error', failed);
        incoming.once('end', () => {
          if (used) served(used, incoming.headers);
          const status = incoming.statusCode ?? 0;
          const version = incoming.headers['x-version'];
          if (status < 200 || status > 299) {
            lost(`status ${status}`, `version ${String(version ?? '-')}`);
            return;
          }
          end(() => counter.answered({ kind, due, tag, version: typeof version === 'string' ? version : undefined }));
        });
      });
      sent.end(posts ? 'hello' : undefined);
      counter.sent(due);
    });
  }

  return {
    fire(kind, due) {
      const shot = send(kind, due).finally(() => flying.delete(shot));
      flying.add(shot);
    },
    async quiet() {
      const limit = setTimeout(() => {
        for (const giveUp of open.values()) giveUp();
      }, 2 * timeoutMs);
      await Promise.all(flying);
      clearTimeout(limit);
    },
    close: () => kept.destroy(),
  };
}
