/** A WebSocket peer that remembers everything it was sent. */

import WebSocket from 'ws';

export interface Stream {
  /** Text of every frame, in order. */
  readonly frames: string[];
  /** Frames joined. */
  text(): string;
  /** Frames parsed; for `teal.v1`. */
  messages<T = Record<string, unknown>>(): T[];
  /** Resolves when the upgrade succeeded, rejects with the HTTP status when it was refused. */
  opened: Promise<void>;
  closed: Promise<{ code: number; reason: string }>;
  protocol(): string;
  /** Cuts the connection without a farewell. */
  cut(): void;
}

export function openStream(url: string, options: { protocols?: string[]; headers?: Record<string, string> } = {}): Stream {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), options.protocols ?? [], { headers: options.headers ?? {} });
  const frames: string[] = [];
  socket.on('message', (data, binary) => {
    if (binary) throw new Error('a binary frame came');
    frames.push((data as Buffer).toString('utf8'));
  });
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('unexpected-response', (_, answer) => {
      reject(new Error(`refused with ${answer.statusCode}`));
      socket.terminate();
    });
    socket.on('error', reject);
  });
  opened.catch(() => undefined);
  const closed = new Promise<{ code: number; reason: string }>(resolve =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  return {
    frames,
    opened,
    closed,
    text: () => frames.join(''),
    messages: <T>() => frames.map(frame => JSON.parse(frame) as T),
    protocol: () => socket.protocol,
    cut: () => socket.terminate(),
  };
}
