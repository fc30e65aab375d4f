/** The event stream of a namespace over WebSocket, resumed where it was cut. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import type { Server } from './api/client.ts';
import { unreachable } from './api/refusals.ts';
import type { Event } from './api/types.ts';
import { exits, Failure } from './exits.ts';
import type { Terminal } from './terminal.ts';

/** Close codes of api/asyncapi.yaml after which asking again does not help. */
const lasting: Readonly<Record<number, string>> = {
  1008: 'the server wants nothing to be sent',
  4401: 'the token has expired',
};
const tooOld = 4410;
const silenceMs = 60_000;
const longestOutageMs = 60_000;

/** Ends never, but by a failure. */
export async function* followEvents(server: Server, namespace: string, { say }: Pick<Terminal, 'say'>): AsyncGenerator<Event> {
  const { WebSocket: Connection } = await import('ws');
  let after: number | undefined;
  let heardAt = Date.now();
  for (let pause = 200; ; pause = Math.min(pause * 2, 5000)) {
    const url = new URL(`${server.url.replace(/^http/, 'ws')}/stream/events`);
    url.searchParams.set('namespace', namespace);
    if (after !== undefined) url.searchParams.set('after', String(after));
    const headers = server.token ? { Authorization: `Bearer ${server.token}` } : {};
    const socket = new Connection(url, 'teal.v1', { headers, ...(server.ca ? { ca: server.ca } : {}) });
    const { messages, end } = receive(socket, server);
    for await (const message of messages) {
      after = message.seq;
      [pause, heardAt] = [200, Date.now()];
      if (message.type === 'event') yield message;
    }
    const { code, failure } = end();
    if (failure !== undefined && !failure.passing) throw failure;
    const why = lasting[code ?? 0];
    if (why !== undefined) throw new Failure(why, code === 4401 ? exits.notAllowed : exits.failed);
    if (code === tooOld) {
      say('some events are gone for ever; going on from now');
      after = undefined;
    }
    if (Date.now() - heardAt > longestOutageMs) throw failure ?? new Failure('the stream was cut again and again');
    await sleep(pause);
  }
}

interface End {
  code?: number;
  failure?: Failure;
}

/** Messages until the socket is closed, and then how it was. */
function receive(socket: WebSocket, server: Server): { messages: AsyncGenerator<Event>; end(): End } {
  const queue: Event[] = [];
  let wake: () => void = () => undefined;
  let ended: End | undefined;
  const finish = (how: End) => {
    ended = { ...how, ...ended };
    wake();
  };
  let silence: NodeJS.Timeout | undefined;
  const alive = () => {
    clearTimeout(silence);
    silence = setTimeout(() => socket.terminate(), silenceMs);
  };
  alive();
  socket.on('message', (data: Buffer) => {
    alive();
    queue.push(JSON.parse(data.toString()) as Event);
    wake();
  });
  socket.on('ping', alive);
  socket.on('unexpected-response', (_request, { statusCode = 0, statusMessage = '' }) => {
    const exit = [401, 403].includes(statusCode) ? exits.notAllowed : exits.failed;
    finish({
      failure: new Failure(`${server.url} refused the stream: ${statusCode} ${statusMessage}`, exit, { passing: statusCode === 503 }),
    });
    socket.terminate();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => finish({ failure: unreachable(server.url, error) }));
  socket.on('close', code => finish({ code }));
  async function* messages(): AsyncGenerator<Event> {
    try {
      for (;;) {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) yield next;
        if (ended !== undefined) return;
        await new Promise<void>(resolve => (wake = resolve));
      }
    } finally {
      clearTimeout(silence);
      socket.terminate();
    }
  }
  return { messages: messages(), end: () => ended ?? {} };
}
