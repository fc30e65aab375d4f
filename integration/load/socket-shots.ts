/** WebSockets of the load client: opened on a schedule, a message and its echo every half second, then closed. */

import WebSocket from 'ws';
import type { Aim } from './messages.ts';
import { now, type Counter } from './tally.ts';

const heldMs = 8000;
const messageEveryMs = 500;
const silenceMs = 5000;
/** From its opening until a socket that does not end is given up. */
const longestMs = 30_000;

export interface SocketGun {
  open(due: number): void;
  quiet(): Promise<void>;
}

export function createSocketGun(aim: Aim, counter: Counter): SocketGun {
  const flying = new Set<Promise<void>>();

  function play(due: number): Promise<void> {
    return new Promise(resolve => {
      const sentAt = now();
      const socket = new WebSocket(`${aim.url.replace(/^http/, 'ws')}/socket`, {
        handshakeTimeout: 10_000,
        perMessageDeflate: false,
        ...(aim.host === undefined ? {} : { headers: { host: aim.host } }),
      });
      let version: string | undefined;
      let said = sentAt;
      let problem: string | undefined;
      let detail = '';
      const giveUp = setTimeout(() => {
        problem ??= 'timeout';
        detail = `never ended, state ${socket.readyState}`;
        ended(1006);
        socket.terminate();
      }, longestMs);
      let over = false;
      const ended = (code: number) => {
        if (over) return;
        over = true;
        clearInterval(talk);
        clearTimeout(giveUp);
        if (problem === undefined && code === 1001) counter.sockets.moved++;
        else if (problem === undefined && code !== 1000) problem = 'reset';
        if (problem !== undefined) {
          const text = `close code ${code}, version ${version ?? '-'}, ${detail}`;
          counter.lost({ at: due, kind: 'socket', how: problem, sentAt, detail: text });
        }
        resolve();
      };
      const talk = setInterval(() => {
        if (socket.readyState !== WebSocket.OPEN) return;
        if (now() - said > silenceMs) {
          problem = 'silent';
          socket.terminate();
        } else if (now() - sentAt > heldMs) socket.close(1000);
        else socket.send('hello');
      }, messageEveryMs);
      socket.on('upgrade', response => {
        const header = response.headers['x-version'];
        version = typeof header === 'string' ? header : undefined;
      });
      socket.on('open', () => {
        counter.sockets.opened++;
        counter.answered({ kind: 'socket', due, version });
        said = now();
      });
      socket.on('message', () => {
        counter.sockets.echoed++;
        said = now();
      });
      socket.on('unexpected-response', (sent, response) => {
        problem = `status ${String(response.statusCode)}`;
        sent.destroy();
        socket.terminate();
      });
      socket.on('error', (error: NodeJS.ErrnoException) => {
        problem ??= error.code === 'ECONNREFUSED' ? 'refused' : error.code === 'ECONNRESET' ? 'reset' : 'no handshake';
        detail = error.message;
      });
      socket.on('close', ended);
      counter.sent(due);
    });
  }

  return {
    open(due) {
      const shot = play(due).finally(() => flying.delete(shot));
      flying.add(shot);
    },
    async quiet() {
      await Promise.all(flying);
    },
  };
}
