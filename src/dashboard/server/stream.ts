/** One `teal.v1` stream that outlives its connections: after each it goes on behind the last message that came, so nothing is lost or shown twice. */

import { expireSession, token } from '../state/session.ts';
import { backoff } from '../state/backoff.ts';
import { addressOf } from './call.ts';

/** What every message has. */
interface Numbered {
  type: string;
  seq: number;
}

export type StreamState = 'connecting' | 'open' | 'interrupted' | 'ended' | 'deleted';

interface Options<Message extends Numbered> {
  path: string;
  query: Record<string, string | undefined>;
  /** Number of the last message that is there already. */
  after?: number;
  /** What came in one turn of the event loop, in order. */
  take(messages: Message[]): void;
  tell(state: StreamState): void;
}

const closed = { complete: 1000, tokenExpired: 4401, deleted: 4404, tooOld: 4410 };

/** Returns how to end it. */
export function openStream<Message extends Numbered>({ path, query, after, take, tell }: Options<Message>): () => void {
  let position = after;
  let attempts = 0;
  let over = false;
  let socket: WebSocket | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let waiting: Message[] = [];

  function deliver(): void {
    const messages = waiting;
    waiting = [];
    if (!over && messages.length > 0) take(messages);
  }

  function connect(): void {
    const address = addressOf(path, { ...query, after: position });
    address.protocol = address.protocol.replace('http', 'ws');
    const connecting = new WebSocket(address, [...(token.value === undefined ? [] : ['bearer', token.value]), 'teal.v1']);
    socket = connecting;
    socket.onopen = () => {
      if (over) return connecting.close();
      attempts = 0;
      tell('open');
    };
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      const message = JSON.parse(data) as Message;
      position = Math.max(position ?? 0, message.seq);
      waiting.push(message);
      if (waiting.length === 1) setTimeout(deliver);
    };
    socket.onclose = ({ code }) => {
      if (over) return;
      if (code === closed.complete) return finish('ended');
      if (code === closed.deleted) return finish('deleted');
      if (code === closed.tokenExpired) return expireSession();
      if (code === closed.tooOld) position = undefined;
      tell('interrupted');
      again = setTimeout(connect, backoff(attempts++));
    };
  }

  function finish(state: StreamState): void {
    deliver();
    over = true;
    tell(state);
  }

  tell('connecting');
  connect();
  return () => {
    over = true;
    clearTimeout(again);
    // One that is not open yet closes itself when it is: browsers write a warning about what is cut off before.
    if (socket?.readyState !== WebSocket.CONNECTING) socket?.close();
  };
}
