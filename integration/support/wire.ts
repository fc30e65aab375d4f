/** HTTP/1.1 on a bare socket, byte by byte: for requests that a client library would put right before it sends them. */

import { connect } from 'node:net';

export interface Wired {
  status: number;
  /** Lower-case names; several of one name joined by `, `. */
  headers: Record<string, string>;
  text: string;
}

/** The first answer in what was received; undefined when there is none, or none that is complete in its head. */
export function parseAnswer(received: Buffer): Wired | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  const body = received.subarray(end + 4);
  const text =
    headers['transfer-encoding'] === 'chunked' ? unchunked(body) : body.subarray(0, Number(headers['content-length'] ?? body.length));
  return { status: Number(first.split(' ')[1]), headers, text: text.toString('utf8') };
}

function unchunked(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const line = body.indexOf('\r\n', at);
    const size = line < 0 ? 0 : Number.parseInt(body.subarray(at, line).toString('latin1'), 16);
    if (!size) return Buffer.concat(parts);
    parts.push(body.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}

/**
 * Sends the bytes and reads until the server ends the connection, or until `enough` says that it has what it wants. Rejects when that takes longer than `withinMs`, when
 * the server cuts the connection before it has answered, and when it ends without an answer.
 */
export function exchange(port: number, bytes: string | Buffer, withinMs = 5000): Promise<Wired> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const late = setTimeout(() => finish(new Error(`no end of the answer within ${withinMs} ms`)), withinMs);
    function finish(error?: Error): void {
      clearTimeout(late);
      socket.destroy();
      const answer = parseAnswer(Buffer.concat(received));
      if (answer && !error?.message.startsWith('no end')) resolve(answer);
      else reject(error ?? new Error('the server ended the connection without an answer'));
    }
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    socket.once('end', () => finish());
    socket.once('error', finish);
  });
}
